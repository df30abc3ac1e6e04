/*
 * ndr.h: what the files of `mailtrace ndr` share: cmd_ndr.c (options),
 * ndr_read.c (files, mailboxes, folders), ndr_trace.c (the original message in
 * the store), ndr_text.c and ndr_json.c (output), ndr_table.c (--tsv).
 */
#ifndef CLI_NDR_H
#define CLI_NDR_H

#include "classify/notice.h"
#include "cli/cmd.h"
#include "query/query.h"

enum { NDR_MAIL_MAX = 32 << 20 }; /* of one mail, the rest is not read */

/* Called for each mail; false stops. */
typedef bool (*ndr_mail_fn)(void *ctx, const char *name, struct str mail);

/*
 * All mails of a file, mbox, maildir, folder or "-".  -1 when something could
 * not be read; the rest has been read all the same.
 */
int ndr_read(const char *path, ndr_mail_fn fn, void *ctx, struct err *err);

/* Where the original message is in the store. */
struct ndr_trace {
	bool found;
	struct str host, qid, message_id, from, subject;
	int64_t first_us;
	const char *state; /* of that recipient; NULL when he is not there */
	const char *how;   /* it was found */
	char term[1200];   /* the term to ask the store with */
};

struct ndr {
	struct env *env;
	struct classifier *cl;
	struct store *store; /* NULL: none */
	size_t mails, bounces, unreadable;
	struct buf out;
	struct json *json;
};

void ndr_trace(struct ndr *n, const struct bounce *b, struct arena *a,
    struct ndr_trace *t);

void ndr_text_mail(struct ndr *n, const char *name, const struct bounce *b,
    const struct ndr_trace *t);
void ndr_json_mail(struct ndr *n, const char *name, const struct bounce *b,
    const struct ndr_trace *t);

/* One reply that was given by --text. */
void ndr_text_reply(struct ndr *n, const struct classify_in *in);
void ndr_json_reply(struct ndr *n, const struct classify_in *in);

/* --tsv: a table in, a table out. */
int ndr_table(struct ndr *n, const char *path, struct err *err);

#endif
