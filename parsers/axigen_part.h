/*
 * axigen_part.h: what the files of the Axigen parser share; nobody else
 * includes this.
 *
 *	axigen.c	  whose line it is: time, level, host, service, id
 *	axigen_text.c	  the verified texts that make up most of a log
 *	axigen_table.c	  all others: the table of patterns
 *	axigen.patterns	  the table itself
 *	axigen_samples.c  a sample of every line form
 */
#ifndef PARSERS_AXIGEN_PART_H
#define PARSERS_AXIGEN_PART_H

#include "base/err.h"
#include "base/scan.h"
#include "parsers/parser.h"

enum service {
	SV_SMTP_IN,
	SV_SMTP_OUT,
	SV_PROCESSING,
	SV_IMAP,
	SV_POP3,
	SV_WEBMAIL,
	SV_MAILBOXAPI,
	SV_WEBADMIN,
	SV_DNR,
	SV_RPOP,
	SV_CLI,
	SV_LOG,
	SV_REPORTING,
	SV_FTP_BACKUP,
	SV_PROXY_POP3,
	SV_PROXY_IMAP,
	SV_PROXY_WEBMAIL,
	SV_USERDB,
	SV_FILTERS,
	SV_CALLOG,
	SV_SECURITY,
	SV_JOBLOG,
	SV_SRVLOG,
	SV_SERVER,
	SV_OTHER, /* not in the vendor's list, but of its form */
	SV_COUNT
};

/* The part before the text. */
struct prefix {
	struct str host;    /* empty when the carrier's header has it */
	struct str name;    /* "SMTP-IN" */
	struct str id;	    /* "0000001B" */
	struct str session; /* "SMTP-IN:0000001B" */
	struct str text;
	enum service service;
};

/* SV_COUNT when there is none of this name. */
enum service axigen_service(struct str name);
const char *axigen_service_name(enum service s);

/* An id as texts print it, without the zeros the prefix pads it with. */
struct str axigen_id(struct str id);

/* axigen_text.c; PARSE_FOREIGN: not one of its texts. */
enum parse_result axigen_text(const struct prefix *px, struct event *ev);

/* axigen_table.c; PARSE_FOREIGN: no row matches. */
enum parse_result axigen_table(const struct prefix *px, struct event *ev);
enum parse_result axigen_table_own(const struct prefix *px, struct event *ev);

/* What every event of a session, or of a queue id, has. */
void axigen_set_id(const struct prefix *px, bool queue, struct event *ev);

/* Code and enhanced code at the start of F_REPLY, when not set yet. */
void axigen_set_codes(struct event *ev);

/* "imap", "smtp" ...: what F_SERVICE of a login is. */
struct str axigen_login_service(enum service s);

/* The shipped table, from axigen.patterns (mk/axigen.mk). */
extern const char axigen_patterns[];

extern const struct sample axigen_samples[];

#endif
