/*
 * exim_part.h: what the files of the Exim parser share; nobody else includes
 * this.
 *
 *	exim.c		whose line it is: stamp, pid, message id; the flags
 *	exim_item.c	KEY=value items, hosts, quoted texts
 *	exim_mail.c	<= (= => -> >> *> ** == Completed
 *	exim_reject.c	H=... rejected ..., and what else refuses a client
 *	exim_session.c	connections, broken commands, logins
 *	exim_text.c	all other texts, with and without an id: tables
 *	exim_samples.c	a sample of every line form
 *
 * Each reader gets the cursor behind what was recognised, sets fields, and
 * answers as a parser does.
 */
#ifndef PARSERS_EXIM_PART_H
#define PARSERS_EXIM_PART_H

#include "base/scan.h"
#include "parsers/parser.h"

/* exim_mail.c: the cursor stands behind the flag and its space. */
enum parse_result exim_arrival(struct scan *sc, struct event *ev);
enum parse_result exim_delivery(struct scan *sc, struct str flag,
    struct event *ev);
enum parse_result exim_failure(struct scan *sc, struct event *ev);
enum parse_result exim_deferral(struct scan *sc, struct event *ev);
enum parse_result exim_completed(struct scan *sc, struct event *ev);

/*
 * exim_reject.c: a line that begins with H=, U= or F=.  Without an id, or
 * with one when the message was refused; a host that a delivery tried reads
 * the same and is an EV_ATTEMPT then.
 */
enum parse_result exim_host_line(struct scan *sc, struct event *ev);

/* "rejected RCPT <a@b>: TEXT", "temporarily rejected DATA": from there on. */
bool exim_rejected(struct scan *sc, struct event *ev);

/* exim_text.c: the rest. */
enum parse_result exim_text_id(struct str text, struct event *ev);
enum parse_result exim_text_bare(struct str text, struct event *ev);

/*
 * "SMTP error from remote mail server after RCPT TO:<a@b>: 550 5.1.1 ...":
 * sets CODE and DSN, and the host when the text names it (before 4.85).
 */
void exim_smtp_error(struct str msg, struct event *ev);

/* ---- exim_session.c: behind the words that exim_text.c knows ---- */

bool exim_smtp_connection(struct scan *sc, struct event *ev);
bool exim_lost(struct scan *sc, struct event *ev);
bool exim_lost_data(struct scan *sc, struct event *ev);
bool exim_tls_error(struct scan *sc, struct event *ev);
bool exim_smtp_call(struct scan *sc, struct event *ev);
bool exim_bad_command(struct scan *sc, struct event *ev);
bool exim_smtp_sync(struct scan *sc, struct event *ev);
bool exim_connection_refused(struct scan *sc, struct event *ev);
bool exim_refused_connection(struct scan *sc, struct event *ev);
bool exim_refused_for_now(struct scan *sc, struct event *ev);
bool exim_rejected_from(struct scan *sc, struct event *ev);

/* Envelope and header behind the first line of a reject record. */
void exim_reject_record(struct str lines, struct event *ev);
bool exim_rejected_for_now(struct scan *sc, struct event *ev);
bool exim_too_many(struct scan *sc, struct event *ev);
bool exim_unqualified(struct scan *sc, struct event *ev);
bool exim_long_header(struct scan *sc, struct event *ev);
bool exim_no_mail(struct scan *sc, struct event *ev);

/* "plain authenticator failed for H: 535 ...", whole; false: no such text. */
bool exim_authenticator(struct str text, struct event *ev);

/* Before 4.85: "mx.b.example [192.0.2.9] Operation timed out" */
bool exim_old_attempt(struct str text, struct event *ev);

/* ---- exim_item.c ---- */

/*
 * The next item behind the cursor's spaces: key and value, or a bare word
 * (key.n == 0).  False at the end, or where the message begins: then the
 * cursor stands on its ':'.  A value's quotes are taken off.
 */
struct item {
	struct str key, val;
	char letter; /* the key's, when it has just one and is not H */
};
bool exim_item(struct scan *sc, struct item *it);

/* Whether s begins with a few words that are known when this is compiled. */
static inline bool
exim_words(struct str s, struct str words)
{
	return s.n >= words.n && str_same(s.p, words.p, words.n);
}

/* The end of the word at p: a space, or the ':' that begins the message. */
static inline const char *
exim_word_end(const char *p, const char *end)
{
	const char *q = scan_space(p, end);

	if (q > p && q[-1] == ':')
		q--;
	return q;
}

/* A word without a value, of those that nearly every line has. */
static inline bool
exim_bare(struct scan *sc, struct item *it)
{
	const char *p = sc->p + 1;
	size_t left = (size_t)(sc->end - p), n;

	if (left >= 2 && p[1] == ' ') /* K */
		n = 1;
	else if (left >= 4 && str_same(p, "for ", 4))
		n = 3;
	else if (left >= 6 && str_same(p, "from <", 6))
		n = 4;
	else
		return false;
	*it = (struct item){ .val = str_make(p, n) };
	sc->p = p + n;
	return true;
}

/* The value at p of *it, if it is one of the usual "value" and <value>. */
bool exim_value(struct scan *sc, struct item *it, const char *p);

/*
 * The same, the most usual without a call.  Of a host " H=" is read alone, for
 * it may hold spaces: then the letter is H.
 */
static inline __attribute__((always_inline)) bool
exim_next(struct scan *sc, struct item *it)
{
	const char *p = sc->p, *from;

	if (p == sc->end)
		return false;
	if (sc->end - p < 4 || p[0] != ' ' || !is_alpha(p[1]))
		return exim_item(sc, it);
	if (p[2] == '=') {
		it->letter = p[1];
		from = p + 3;
	} else if (p[3] == '=' && is_alnum(p[2]) && sc->end - p > 4) {
		it->letter = 0;
		from = p + 4;
	} else {
		return exim_bare(sc, it) || exim_item(sc, it);
	}
	if (it->letter == 'H') {
		sc->p = from;
		return true;
	}
	it->key = str_make(p + 1, (size_t)(from - p - 2));
	if (*from == '"' || *from == '<' || it->letter == 'A')
		return exim_value(sc, it, from) || exim_item(sc, it);
	sc->p = exim_word_end(from, sc->end);
	it->val = str_make(from, (size_t)(sc->p - from));
	return true;
}

/* Whether "KEY=" comes next. */
bool exim_at_key(const struct scan *sc);

/* A bare word that stands among the items: L K PRDR DS TFO* SPF ... */
bool exim_is_mark(struct str word);

/* "name (helo) [ip]:port*", with any of them missing. */
struct exim_host {
	struct str name, helo, ip, port; /* p == NULL: not there */
};
void exim_host(struct scan *sc, struct exim_host *h);
void exim_set_client(struct event *ev, const struct exim_host *h);
void exim_set_relay(struct event *ev, const struct exim_host *h);

/* A=authenticator[:id[:sender]] */
void exim_set_auth(struct event *ev, struct str val);

/* "[192.0.2.1]:25": the address. */
struct str exim_ip(struct str val);

/* What stands in <> at the cursor, quotes respected; false: no such. */
bool exim_angle(struct scan *sc, struct str *inside);

/* The cursor stands on ':' or " :"; skips it and the space behind it. */
struct str exim_message(struct scan *sc);

/* A text the client typed that may hold a password. */
bool exim_secret(struct str typed);

extern const struct sample exim_samples[];

#endif
