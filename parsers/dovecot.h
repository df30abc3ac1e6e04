/*
 * dovecot.h: what the parts of Dovecot's parser share: a line without its
 * prefix.  parsers/dovecot.c reads the prefix, dovecot_mail.c the deliveries,
 * dovecot_auth.c the logins.
 */
#ifndef PARSERS_DOVECOT_H
#define PARSERS_DOVECOT_H

#include "parsers/parser.h"

enum dovecot_service {
	DOVECOT_OTHER, /* indexer, anvil, stats ... */
	DOVECOT_LOGIN, /* imap-login and its like */
	DOVECOT_AUTH,
	DOVECOT_MAIL, /* lmtp, lda */
	DOVECOT_USER, /* imap, pop3, submission: somebody's session */
	DOVECOT_MASTER,
};

enum dovecot_level {
	DOVECOT_INFO,
	DOVECOT_DEBUG,
	DOVECOT_WARNING,
	DOVECOT_ERROR,
};

/* "lmtp(a@b)<18060><pGRzHDl1AGuMRgAATu4P5g>: Info: text" */
struct dovecot_line {
	enum dovecot_service kind;
	enum dovecot_level level;
	bool has_level; /* the word stood behind the service: its own file */
	struct str service; /* "lmtp" */
	struct str user;    /* in the parentheses, when it is no number */
	struct str pid;	    /* from wherever it stands */
	struct str session;
	struct str text;
};

enum parse_result dovecot_mail(const struct dovecot_line *dl, struct event *ev);
enum parse_result dovecot_login(const struct dovecot_line *dl,
    struct event *ev);
enum parse_result dovecot_auth(const struct dovecot_line *dl, struct event *ev);

/* pam_unix(dovecot:auth): what PAM itself says. */
enum parse_result dovecot_pam(struct str text, struct event *ev);

/* A line that only its text describes. */
enum parse_result dovecot_says(const struct dovecot_line *dl, struct event *ev);

#endif
