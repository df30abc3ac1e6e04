/*
 * config.h: the configuration file (docs/mailtrace.conf.example): which hosts,
 * networks and domains are ours, where the store is, how logs without zone or
 * year are read, and what the checks need.
 *
 * Everything has a default.  An unknown section or key, a bad value, a key
 * said twice: an error that names file and line.
 *
 * To add a key: a member here and a row in config_keys.c.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "index/ingest.h"
#include "query/site.h"

struct config_list {
	struct str *v;
	size_t n;
};

struct config_pair { /* a key as written, its value */
	struct str key, value;
};

struct config {
	struct arena arena;
	const char *file; /* that was read; NULL: none */
	struct site site; /* its arena is not used: views are in ours */

	const char *store;    /* NULL: not said */
	bool raw_keep;	      /* raw = keep */
	int64_t retention_us; /* 0: for ever */

	const char *timezone;	      /* [ingest]; NULL: this machine's */
	struct ingest_source *source; /* [source:NAME] */
	size_t nsource, source_cap;

	struct config_list ndr_rules; /* files or globs, in order */
	const char *geo_country, *geo_asn;

	/* [checks]; NULL or empty: not said */
	struct config_list resolver; /* address or address@port */
	const char *axigen_patterns;
	const char *helo, *trust_anchor, *providers, *typo_targets;
	const char *connect_map;
	struct config_list sending; /* addresses to send checks from */

	const char *accounts; /* [accounts] lookup: file:F, sqlite:F ... */
	struct config_pair *client; /* [client]: imap = host:993 tls ... */
	size_t nclient, client_cap;

	uint64_t said; /* keys that were set, by row */
};

/*
 * Reads `file`, or with NULL $MAILTRACE_CONFIG, else the system's file if it
 * is there.  -1 and err ("FILE:LINE: why"); *c is to be released all the same.
 */
int config_load(struct config *c, const char *file, struct err *err);
void config_release(struct config *c);

/* The shipped rules and those of [ndr] rules, globs expanded. */
struct classifier *config_classifier(struct config *c, struct err *err);
/* The same, with these files of rules before the configured ones. */
struct classifier *config_classifier_and(struct config *c,
    const char *const *file, size_t n, struct err *err);

/* [checks] providers: who runs which mail servers; none when not said. */
struct provider;
int config_providers(struct config *c, const struct provider **out, size_t *n,
    struct err *err);

/* "address", "address@port" (also with : or #) as "address[@port]". */
bool resolver_text(struct str s, char *out, size_t size);

/* ---- inside config*.c ---- */

enum { CONFIG_ITEMS = 100000 }; /* values of one list, most */

/* Whether there is such a section; [source:NAME] makes a source. */
int config_section(struct config *c, const char *section, struct err *err);

/* Sets one key; `again`: a continuation line of the same key. */
int config_set(struct config *c, const char *section, const char *key,
    struct str value, bool again, struct err *err);

/* What stands together: checked when all is read. */
int config_finish(struct config *c, struct err *err);

#endif
