/*
 * postfix_part.h: what the files of the Postfix parser share; nobody else
 * includes this.
 *
 * A line is read by the file of its daemon:
 *
 *	postfix.c		who the line is from, and its first words
 *	postfix_deliver.c	smtp, lmtp, local, virtual, pipe, error, discard
 *	postfix_smtpd.c		smtpd; postfix_reject.c its refusals
 *	postfix_cleanup.c	cleanup
 *	postfix_queue.c		qmgr, bounce, pickup, postsuper
 *	postfix_screen.c	postscreen, dnsblog, tlsproxy
 *	postfix_noise.c		what says nothing about a mail; warnings
 *	postfix_print.c		events back to lines
 *	postfix_samples.c	a sample of every line form
 *
 * Each handler gets the cursor behind the first words (struct lead says what
 * they were), sets fields, and answers as a parser does.
 */
#ifndef PARSERS_POSTFIX_PART_H
#define PARSERS_POSTFIX_PART_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/scan.h"
#include "parsers/parser.h"

/* What a line begins with. */
enum lead_kind {
	LEAD_NONE,
	LEAD_QID,     /* 4F1D2B02A16: */
	LEAD_NOQUEUE, /* NOQUEUE: */
};

enum severity { SEV_INFO, SEV_WARNING, SEV_ERROR, SEV_FATAL, SEV_PANIC };

struct lead {
	enum lead_kind kind;
	enum severity sev; /* printed before everything else */
};

/* The cursor stands behind the lead; ev->qid, mta and inst are set. */
typedef enum parse_result (*postfix_handler)(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);

enum parse_result postfix_deliver(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_smtp(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_agent(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_smtpd(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_cleanup(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_qmgr(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_bounce(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_pickup(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_postsuper(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_postscreen(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_dnsblog(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_tlsproxy(const struct line *ln,
    const struct lead *lead, struct scan *sc, struct event *ev);
enum parse_result postfix_master(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_tool(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);
enum parse_result postfix_quiet(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);

/* A line with a severity that its daemon's handler has no own rule for. */
enum parse_result postfix_trouble(const struct lead *lead, struct scan *sc,
    struct event *ev);

/* A line without severity that any daemon may print. */
enum parse_result postfix_common(const struct line *ln, struct scan *sc,
    struct event *ev);

/*
 * "ACTION: WHERE from CLIENT: TEXT; from=<> to=<> ...": the cursor stands on
 * ACTION.  Commas between the fields are postscreen's.
 */
enum parse_result postfix_reject(const struct line *ln, const struct lead *lead,
    struct scan *sc, struct event *ev);

/* "Trusted TLS connection established from ..."; *from: a client's. */
enum parse_result postfix_tls(struct scan *sc, struct event *ev);

/* An action about the mail as a whole, and what became of it by that. */
enum ev_state postfix_action_state(struct str action);

/*
 * The fields behind the ';' of refusals and header actions: " from=<a>
 * to=<b> proto=P helo=<H>", in any number, with `comma` between them or not.
 * `rest` gets what follows the last one.  False: not such a list.
 */
struct postfix_tail {
	struct str from, to, proto, helo; /* p == NULL: not there */
	struct str user, method;
	struct str rest;
	bool canon; /* printed in the usual form, nothing but these */
};
bool postfix_tail(struct str s, bool comma, struct postfix_tail *t);
void postfix_tail_set(const struct postfix_tail *t, struct event *ev);

bool postfix_print(const struct event *ev, struct str prog, struct buf *out);
extern const struct sample postfix_samples[];

/* ---- small readers ---- */

/* The first c at or after p, or end.  For what is near: no call. */
static inline const char *
byte_at(const char *p, const char *end, char c)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		unsigned at = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p),
			_mm_set1_epi8(c)));

		if (at)
			return p + __builtin_ctz(at);
	}
#endif
	while (p < end && *p != c)
		p++;
	return p;
}

/* name[address] and, if it follows, :port.  Cursor behind them. */
struct peer {
	struct str name, ip, port; /* port.p == NULL: none */
};
bool postfix_peer(struct scan *sc, struct peer *peer);
void postfix_set_client(struct event *ev, const struct peer *peer);

/* The first relay named in a text, "H[IP]:25" or "H[IP]"; false: none. */
bool postfix_find_relay(struct event *ev, struct str text);

/*
 * The end of an address whose '<' has been taken: the '>' that is followed
 * by `sep` (',' or ' '; ':' stands for a space) or the end; quotes are
 * respected.  NULL: none.
 */
const char *postfix_addr_end(struct str s, char sep);

/* "<a@b>" at the cursor, up to and without `sep`. */
static inline bool
take_addr(struct scan *sc, char sep, struct str *addr)
{
	const char *from = sc->p, *q;

	if (sc->end - from < 2 || *from != '<')
		return false;
	from++;
	q = byte_at(from, sc->end, '>');
	if (q == sc->end)
		return false;
	if (*from == '"' || (q + 1 < sc->end && q[1] != sep)) {
		q = postfix_addr_end(str_make(from, (size_t)(sc->end - from)),
		    sep);
		if (!q)
			return false;
	}
	*addr = str_make(from, (size_t)(q - from));
	sc->p = q + 1;
	return true;
}

/* Whether the rest of the line is exactly this. */
static inline bool
rest_is(const struct scan *sc, struct str s)
{
	return str_eq(scan_rest(sc), s);
}

#endif
