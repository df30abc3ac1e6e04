/*
 * assemble.c: joins lines to records.
 *
 *	                 start line          end line
 *	  (nothing) ---------------> open ------------> record
 *	      |   any line of the id  |  5 min, limits
 *	      +---------------------> +-----------------> fragment, and (nothing)
 *
 * Open hops are found by (host, queue id) in a seeded table and stand in a
 * list by the time they were opened, so that the oldest is cut first.  A start
 * line for an id that is open already begins a new life: the end line of the
 * old one was lost, or the short id came back.
 *
 * Sessions (session.c) carry what is known before there is a queue id: the
 * TLS line, tests of postscreen, failed connections of a delivery agent, and
 * which message a client was sending when its connection broke.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/assemble_part.h"
#include "index/dialogue.h"
#include "index/why.h"
#include "base/banned.h"

struct assembler *
assembler_new(const struct assemble_opts *opts, assemble_sink sink, void *ctx)
{
	struct assembler *as = xcalloc(1, sizeof(*as));

	as->opts = *opts;
	as->sink = sink;
	as->ctx = ctx;
	as->cap = 1024;
	as->tab = xcalloc(as->cap, sizeof(*as->tab));
	as->head.next = as->head.prev = &as->head;
	buf_init(&as->row, ROW_MAX);
	buf_init(&as->one, ROW_MAX);
	buf_init(&as->hold, QID_MAX * 1024);
	buf_init(&as->again.bytes, ROW_MAX);
	kept_init(&as->kept);
	as->ses = sessions_new();
	return as;
}

void
assembler_keep_raw(struct assembler *as, bool keep)
{
	as->opts.keep_raw = keep;
}

void
assembler_free(struct assembler *as)
{
	if (!as)
		return;
	for (struct hop *h = as->head.next, *next; h != &as->head; h = next) {
		next = h->next;
		buf_release(&h->ev);
		free(h);
	}
	for (struct hop *h = as->spare, *next; h; h = next) {
		next = h->next;
		buf_release(&h->ev);
		free(h);
	}
	free(as->tab);
	free(as->host);
	map_release(&as->host_no);
	arena_release(&as->names);
	buf_release(&as->row);
	buf_release(&as->one);
	buf_release(&as->hold);
	buf_release(&as->again.bytes);
	kept_release(&as->kept);
	sessions_free(as->ses);
	free(as);
}

void
assembler_stats(const struct assembler *as, struct assemble_stats *st)
{
	*st = as->st;
	st->open = as->n;
}

static int
emit(struct assembler *as, const struct record *rec, struct str events,
    struct err *err)
{
	buf_clear(&as->row);
	rec_put_header(&as->row, rec);
	as->st.records++;
	if (rec->flags & REC_FRAGMENT)
		as->st.fragments++;
	if (rec->kind == REC_REFUSAL)
		as->st.refusals++;
	return as->sink(as->ctx, buf_str(&as->row), events, err);
}

/* Writes the hop, whole or as a fragment, and forgets it. */
static int
hop_close(struct assembler *as, struct hop *h, unsigned flags, struct err *err)
{
	struct record rec = {
		.kind = REC_HOP,
		.flags = h->flags | flags,
		.host = as->host[h->host],
		.qid = str_make(h->qid, h->qid_n),
		.inst = str_make(h->inst, h->inst_n),
		.t0_us = h->t0_us,
		.t1_us = h->t1_us,
		.n = h->n,
	};
	int rc = emit(as, &rec, buf_str(&h->ev), err);

	hop_forget(as, h);
	return rc;
}

/* Cuts what has been open too long, by the time of the log. */
static int
cut_old(struct assembler *as, int64_t now_us, struct err *err)
{
	while (as->head.next != &as->head) {
		struct hop *h = as->head.next;

		if (as->n <= OPEN_MAX && now_us - h->opened_us < OPEN_MAX_US)
			break;
		if (hop_close(as, h, REC_FRAGMENT, err) < 0)
			return -1;
	}
	return 0;
}

/* The class goes with every failure into the store. */
static __attribute__((noinline)) void
set_class(struct assembler *as, const struct line *ln, struct event *ev)
{
	struct classify_in in;
	struct classify_out out;

	if (!why_event(ev, ln->tag, &in))
		return;
	classify_brief(as->opts.classifier, &in, &out);
	if (out.cls == CLS_NONE)
		return;
	as->conf[0] = (char)('0' + (out.confidence & 3));
	ev_set(ev, F_CLASS, str_c(cls_name(out.cls)));
	ev_set(ev, F_RULE, str_c(out.rule ? out.rule : ""));
	ev_set(ev, F_CONFIDENCE, str_make(as->conf, 1));
	ev_set(ev, F_RULES, str_c(classifier_version(as->opts.classifier)));
}

/* The line itself is kept when it could not be told again from its event. */
static struct str
raw_of(struct assembler *as, const struct line *ln, struct event *ev,
    uint32_t host, struct str qid)
{
	if (ev->flags & EVF_SECRET)
		return STR("(not shown: this line may hold a password)");
	if (ev->flags & EVF_CANON && ln->flags & LINE_CANON_HDR)
		return STR("");
	if (as->opts.keep_raw || ev->flags & EVF_DECIDES)
		return kept_form(&as->kept, ln, ev, as->host[host], qid,
		    RAW_MAX);
	return STR("");
}

/* For the message that may come of a session: whose queue id is not known, so
 * that the line is kept as it is. */
static void
hold(const struct assembler *as, struct session *s, const struct line *ln,
    const struct event *ev, uint32_t src)
{
	bool again = ev->flags & EVF_CANON && ln->flags & LINE_CANON_HDR;
	bool keep = as->opts.keep_raw && !again && !(ev->flags & EVF_SECRET);

	session_hold(s, ln, ev, src,
	    keep ? str_head(ln->raw, RAW_MAX) : STR(""));
}

/* Flags of the line that its printer needs travel with the event. */
static void
line_flags_to_event(const struct line *ln, struct event *ev)
{
	if (ln->flags & LINE_CANON_HDR)
		ev->flags |= EVF_HDR;
	if (ln->flags & LINE_PAD0)
		ev->flags |= EVF_PAD0;
}

static int
add_event(struct assembler *as, struct hop *h, const struct line *ln,
    struct event *ev, struct str qid, uint32_t src, struct err *err)
{
	struct str raw = raw_of(as, ln, ev, h->host, qid);

	rec_put_event(&h->ev, ln, ev, src, raw);
	h->n++;
	if (ln->t_us > h->t1_us)
		h->t1_us = ln->t_us;
	if (ev->flags & EVF_START) {
		h->started = true;
		h->flags |= REC_START;
	}
	if (ev->kind == EV_ACTIVE || ev->kind == EV_DELIVERY)
		h->active = true;
	if (ev->flags & EVF_END) {
		h->flags |= REC_END;
		return hop_close(as, h, 0, err);
	}
	if (h->n >= HOP_EVENTS_MAX || h->ev.n >= HOP_BYTES_MAX)
		return hop_close(as, h, REC_FRAGMENT, err);
	return 0;
}

/* An event of a message: into its open hop, or a new one. */
static int
hop_event(struct assembler *as, const struct line *ln, struct event *ev,
    struct str qid, uint32_t host, uint32_t src, struct err *err)
{
	struct hop **slot = NULL;
	struct hop *h = as->last;
	uint64_t hash = 0;

	if (qid.n >= QID_MAX)
		qid.n = QID_MAX - 1;
	if (!h || !hop_is(h, host, qid)) {
		hash = hop_hash(host, qid);
		slot = hop_probe(as, hash, host, qid);
		h = *slot;
	}
	if (h && ev->flags & EVF_START &&
	    (h->started || ln->t_us - h->t0_us > SAME_LIFE_US)) {
		hash = h->hash;
		if (hop_close(as, h, REC_FRAGMENT, err) < 0)
			return -1;
		slot = hop_probe(as, hash, host, qid);
		h = NULL;
	}
	if (!h)
		h = hop_open(as, slot, hash, host, qid, ln, ev);
	as->last = h;
	if (ev->kind == EV_ARRIVE && ln->pid.n) {
		struct session *s =
		    session_get(as->ses, host, ln->pid, ln->t_us, true);

		session_set_qid(s, qid);
		if (s->tls_n)
			ev_set(ev, F_TLS_SEEN, str_make(s->tls, s->tls_n));
		if (s->npend)
			h->n += session_take(s, &h->ev);
	} else if ((ev->kind == EV_DELIVERY || ev->kind == EV_ATTEMPT) &&
		   ev->mta == MTA_POSTFIX && sessions_pending(as->ses)) {
		struct session *s =
		    session_get(as->ses, host, ln->pid, ln->t_us, false);

		if (s && s->npend)
			h->n += session_take(s, &h->ev);
		if (s && s->tls_n && !ev_has(ev, F_TLS_SEEN) &&
		    ev_get(ev, F_RELAY_PORT).n)
			ev_set(ev, F_TLS_SEEN, str_make(s->tls, s->tls_n));
	}
	return add_event(as, h, ln, ev, qid, src, err);
}

/* A record of one event, with what its session held. */
static int
single(struct assembler *as, enum rec_kind kind, const struct line *ln,
    struct event *ev, struct session *s, uint32_t host, uint32_t src,
    struct err *err)
{
	struct record rec = {
		.kind = kind,
		.flags = ev->flags & (EVF_START | EVF_END),
		.host = as->host[host],
		.qid = ev->qid.p ? ev->qid : STR(""),
		.inst = ev->inst.p ? ev->inst : STR(""),
		.t0_us = ln->t_us,
		.t1_us = ln->t_us,
		.n = 1,
	};
	struct buf *b = &as->one;
	struct str raw = raw_of(as, ln, ev, host, rec.qid);

	buf_clear(b);
	if (s && s->npend) {
		rec.t0_us = session_first(s, ln->t_us);
		if (rec.t0_us > ln->t_us)
			rec.t0_us = ln->t_us;
		rec.n += session_take(s, b);
	}
	rec_put_event(b, ln, ev, src, raw);
	if (emit(as, &rec, buf_str(b), err) < 0)
		return -1;
	/* "message repeated 5 times: [ ... ]": each was a login or refusal of
	 * its own, and is counted; a message's own lines say no more twice */
	if (kind != REC_AUTH && kind != REC_REFUSAL)
		return 0;
	for (unsigned i = 0; i < ln->repeat && i < REPEAT_MAX; i++)
		if (emit(as, &rec, buf_str(b), err) < 0)
			return -1;
	buf_clear(&as->again.bytes);
	if (rec.qid.n || rec.inst.n >= sizeof(as->again.inst))
		return 0;
	buf_add(&as->again.bytes, buf_str(b));
	as->again.line = ln->number;
	as->again.src = src;
	as->again.host = host;
	as->again.n = rec.n;
	as->again.kind = kind;
	as->again.flags = rec.flags;
	as->again.t0_us = rec.t0_us;
	as->again.t1_us = rec.t1_us;
	as->again.inst_n = rec.inst.n;
	if (rec.inst.n)
		memcpy(as->again.inst, rec.inst.p, rec.inst.n);
	return 0;
}

int
assemble_again(struct assembler *as, const struct line *ln, struct str host,
    uint32_t src, struct err *err)
{
	const struct again *g = &as->again;
	struct record rec = { 0 };

	if (!g->bytes.n || g->src != src || g->line + 1 != ln->number ||
	    g->host != host_number(as, host))
		return 0;
	rec.kind = (enum rec_kind)g->kind;
	rec.flags = g->flags;
	rec.host = as->host[g->host];
	rec.qid = STR("");
	rec.inst = str_make(g->inst, g->inst_n);
	rec.t0_us = g->t0_us;
	rec.t1_us = g->t1_us;
	rec.n = g->n;
	for (unsigned i = 0; i < ln->repeat && i < REPEAT_MAX; i++)
		if (emit(as, &rec, buf_str(&g->bytes), err) < 0)
			return -1;
	buf_clear(&as->again.bytes);
	return 1;
}

/* postscreen's session, and what smtpd refuses of it. */
static __attribute__((noinline)) struct session *
screen_session(struct assembler *as, const struct line *ln,
    const struct event *ev, uint32_t host, bool create)
{
	char key[64];
	struct str ip = ev_get(ev, F_CLIENT_IP);
	struct str port = ev_get(ev, F_CLIENT_PORT);
	size_t n = ip.n < 48 ? ip.n : 48;
	size_t m = port.n < 8 ? port.n : 8;

	if (n)
		memcpy(key, ip.p, n);
	key[n] = ':';
	if (m)
		memcpy(key + n + 1, port.p, m);
	return session_get(as->ses, host, str_make(key, n + 1 + m), ln->t_us,
	    create);
}

/* A session that broke: the message it was sending, else a record alone. */
static int
lost(struct assembler *as, const struct line *ln, struct event *ev,
    uint32_t host, uint32_t src, struct err *err)
{
	struct session *s =
	    session_get(as->ses, host, ln->pid, ln->t_us, false);
	struct str qid = ev->qid;

	if (!qid.n && s)
		qid = str_make(s->qid, s->qid_n);
	if (qid.n) {
		struct hop *h = *hop_probe(as, hop_hash(host, qid), host, qid);

		/* a client that says nothing for five minutes is given up,
		 * and the hop was written by then */
		if (ev->qid.n || (h && !h->active) ||
		    (!h && (str_starts(ev_get(ev, F_WHERE), STR("DATA")) ||
			       str_starts(ev_get(ev, F_WHERE), STR("BDAT"))))) {
			if (h && !h->active)
				h->flags |= REC_ABORTED;
			return hop_event(as, ln, ev, qid, host, src, err);
		}
	}
	return single(as, REC_OTHER, ln, ev, NULL, host, src, err);
}

static void
drop(struct assembler *as, uint32_t host, struct str key, int64_t t_us)
{
	struct session *s = session_get(as->ses, host, key, t_us, false);

	if (s)
		session_drop(as->ses, s);
}

/*
 * A log that shows the dialogue line by line (Axigen): its session says whom
 * a reply is about.  True: the line was no more than a step of it.
 */
static __attribute__((noinline)) bool
talk(struct assembler *as, const struct line *ln, struct event *ev,
    uint32_t host)
{
	struct str name = ev_get(ev, F_SESSION), id = name;
	bool step;

	if (!name.n)
		return false;
	step = dialogue_step(&session_get(as->ses, host, name, ln->t_us, true)
				  ->talk,
	    ev, &as->hold);
	if (ev->kind == EV_DELIVERY && !ev->qid.n) {
		/* the sending service may count sessions, or name the mail */
		str_split(&id, ':');
		while (id.n > 1 && id.p[0] == '0')
			id = str_from(id, 1);
		if (id.n && id.n < QID_MAX &&
		    *hop_probe(as, hop_hash(host, id), host, id))
			ev->qid = id;
	}
	return step;
}

int
assemble(struct assembler *as, const struct line *ln, struct event *ev,
    struct str hostname, uint32_t src, struct err *err)
{
	uint32_t host = host_number(as, hostname);
	struct session *s;

	if (cut_old(as, ln->t_us, err) < 0)
		return -1;
	if (ev->kind == EV_CONNECT || ev->kind == EV_DISCONNECT) {
		drop(as, host, ln->pid, ln->t_us);
		if (ev->mta == MTA_AXIGEN)
			drop(as, host, ev_get(ev, F_SESSION), ln->t_us);
	}
	if (ev->mta == MTA_AXIGEN && talk(as, ln, ev, host))
		return 0;
	if (ev->kind == EV_CONNECT || ev->kind == EV_DISCONNECT)
		return 0;
	if (as->opts.classifier && why_says(ev->kind, ev->state))
		set_class(as, ln, ev);
	line_flags_to_event(ln, ev);
	switch (ev->kind) {
	case EV_TLS:
		if (ev->qid.n)
			break;
		s = session_get(as->ses, host, ln->pid, ln->t_us, true);
		session_set_tls(s, ev_get(ev, F_TLS));
		return 0;
	case EV_LOST:
		return lost(as, ln, ev, host, src, err);
	case EV_ATTEMPT:
		if (ev->qid.n)
			break;
		s = session_get(as->ses, host, ln->pid, ln->t_us, true);
		hold(as, s, ln, ev, src);
		return 0;
	case EV_SCREEN:
		if (ev_has(ev, F_CLIENT_IP)) {
			s = screen_session(as, ln, ev, host, true);
			hold(as, s, ln, ev, src);
		}
		return 0;
	case EV_REJECT:
		if (ev->qid.n)
			break;
		/* also part of the message the client may yet send */
		if (ln->pid.n && !str_eq(ln->prog, STR("postscreen")))
			hold(as,
			    session_get(as->ses, host, ln->pid, ln->t_us, true),
			    ln, ev, src);
		s = screen_session(as, ln, ev, host, false);
		return single(as, REC_REFUSAL, ln, ev, s, host, src, err);
	case EV_POLICY:
		if (ev->mta == MTA_AXIGEN && !ev->qid.n && ln->pid.n)
			hold(as,
			    session_get(as->ses, host, ln->pid, ln->t_us, true),
			    ln, ev, src);
		if (ev->state == ST_PASSED && !ev->qid.n)
			return 0; /* counted; the message itself follows */
		break;
	case EV_AUTH:
	case EV_BAN:
		return single(as, REC_AUTH, ln, ev, NULL, host, src, err);
	case EV_LOSS:
	case EV_SYSTEM:
		return single(as, REC_OTHER, ln, ev, NULL, host, src, err);
	default:
		break;
	}
	if (!ev->qid.n)
		return single(as, REC_OTHER, ln, ev, NULL, host, src, err);
	return hop_event(as, ln, ev, ev->qid, host, src, err);
}

int
assemble_flush(struct assembler *as, int64_t before_us, struct err *err)
{
	for (struct hop *h = as->head.next, *next; h != &as->head; h = next) {
		next = h->next;
		if (h->t1_us < before_us &&
		    hop_close(as, h, REC_FRAGMENT, err) < 0)
			return -1;
	}
	return 0;
}

int
assemble_afresh(struct assembler *as, struct err *err)
{
	if (assemble_flush(as, INT64_MAX, err) < 0)
		return -1;
	buf_clear(&as->again.bytes);
	sessions_free(as->ses);
	as->ses = sessions_new();
	return 0;
}
