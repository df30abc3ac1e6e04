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
 *
 * In one file: the states above share a few fields and are read top to bottom.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/map.h"
#include "index/assemble.h"
#include "index/dialogue.h"
#include "index/kept.h"
#include "index/session.h"
#include "index/why.h"
#include "base/banned.h"

#define OPEN_MAX_US  (300 * INT64_C(1000000))
#define SAME_LIFE_US (30 * INT64_C(1000000))

enum {
	OPEN_MAX = 100000,	   /* hops open at a time */
	HOP_BYTES_MAX = 48 * 1024, /* of one record's events */
	HOP_EVENTS_MAX = 400,
	ROW_MAX = 1 << 20,
	QID_MAX = 128, /* longer ids are cut: no server prints such */
	HOSTS_MAX = 65536,
	RAW_MAX = 16 * 1024, /* of one kept line */
	REPEAT_MAX = 1000,   /* records that one line stands for */
	STATE_AGAIN = 4,     /* bit of a saved hop: it is `again` */
};

struct hop {
	struct hop *next, *prev; /* by time of opening; free list by next */
	uint64_t hash;
	uint32_t host; /* index of as->host */
	uint8_t qid_n;
	uint8_t inst_n;
	bool started, active;
	unsigned flags;
	uint32_t n;
	int64_t t0_us, t1_us;
	int64_t opened_us; /* log time that counts for its age */
	struct buf ev;
	char qid[QID_MAX];
	char inst[32];
};

/*
 * The last login or refusal, for "last message repeated N times" in the line
 * after it; nothing when bytes is empty.
 */
struct again {
	struct buf bytes;
	uint64_t line;
	uint32_t src, host, n;
	unsigned kind, flags;
	int64_t t0_us, t1_us;
	char inst[32];
	size_t inst_n;
};

struct assembler {
	struct assemble_opts opts;
	assemble_sink sink;
	void *ctx;
	struct hop **tab; /* open addressing by hash */
	size_t cap, n;
	struct hop head; /* the list's ends */
	struct hop *spare;
	struct buf row, one, hold;
	struct kept kept;
	struct str *host; /* interned names */
	size_t nhost, chost;
	struct map host_no;
	char conf[1]; /* the confidence, as text, of the event at hand */
	struct str last_host; /* of the line before: most come in runs */
	uint32_t last_no;
	struct arena names;
	struct again again;
	struct sessions *ses;
	struct assemble_stats st;
};

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

static __attribute__((noinline)) uint32_t
other_host(struct assembler *as, struct str host)
{
	void **slot;

	if (host.n > 255)
		host.n = 255;
	slot = map_slot(&as->host_no, host);
	if (!*slot) {
		if (as->nhost == HOSTS_MAX) { /* no site has so many: hostile */
			map_del(&as->host_no, host);
			return 0;
		}
		map_del(&as->host_no, host); /* the key must be our copy */
		host = arena_dup(&as->names, host.p ? host : STR(""));
		slot = map_slot(&as->host_no, host);
		if (as->nhost == as->chost) {
			as->chost = as->chost ? 2 * as->chost : 16;
			as->host = xreallocarray(as->host, as->chost,
			    sizeof(*as->host));
		}
		as->host[as->nhost++] = host;
		*slot = (void *)(uintptr_t)as->nhost;
	}
	as->last_no = (uint32_t)(uintptr_t)*slot - 1;
	as->last_host = as->host[as->last_no];
	return as->last_no;
}

static inline uint32_t
host_number(struct assembler *as, struct str host)
{
	return as->nhost && str_eq(host, as->last_host) ? as->last_no :
							  other_host(as, host);
}

static uint64_t
hop_hash(uint32_t host, struct str qid)
{
	return map_hash(qid) ^ (host + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline struct hop **
hop_probe(struct assembler *as, uint64_t hash, uint32_t host, struct str qid)
{
	size_t i = (size_t)hash & (as->cap - 1);
	struct hop *h;

	while ((h = as->tab[i]) != NULL &&
	       (h->hash != hash || h->host != host ||
		   !str_eq(str_make(h->qid, h->qid_n), qid)))
		i = (i + 1) & (as->cap - 1);
	return &as->tab[i];
}

static void
table_grow(struct assembler *as)
{
	struct hop **old = as->tab;
	size_t cap = as->cap;

	as->cap *= 2;
	as->tab = xcalloc(as->cap, sizeof(*as->tab));
	for (size_t i = 0; i < cap; i++)
		if (old[i])
			*hop_probe(as, old[i]->hash, old[i]->host,
			    str_make(old[i]->qid, old[i]->qid_n)) = old[i];
	free(old);
}

static void
table_remove(struct assembler *as, struct hop *h)
{
	size_t mask = as->cap - 1;
	size_t i = (size_t)h->hash & mask, j;

	while (as->tab[i] != h)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; as->tab[j]; j = (j + 1) & mask) {
		size_t home = (size_t)as->tab[j]->hash & mask;
		if (((j - home) & mask) >= ((j - i) & mask)) {
			as->tab[i] = as->tab[j];
			i = j;
		}
	}
	as->tab[i] = NULL;
	as->n--;
}

static struct hop *
hop_open(struct assembler *as, struct hop **slot, uint64_t hash, uint32_t host,
    struct str qid, const struct line *ln, const struct event *ev)
{
	struct hop *h = as->spare;

	if (h) {
		as->spare = h->next;
	} else {
		h = xcalloc(1, sizeof(*h));
		buf_init(&h->ev, 2 * HOP_BYTES_MAX + 128 * 1024);
	}
	h->hash = hash;
	h->host = host;
	h->qid_n = (uint8_t)qid.n;
	memcpy(h->qid, qid.p, qid.n);
	h->inst_n = ev->inst.n < sizeof(h->inst) ? (uint8_t)ev->inst.n : 31;
	if (h->inst_n)
		memcpy(h->inst, ev->inst.p, h->inst_n);
	h->started = h->active = false;
	h->flags = 0;
	h->n = 0;
	h->t0_us = h->t1_us = h->opened_us = ln->t_us;
	buf_clear(&h->ev);
	*slot = h;
	h->next = &as->head;
	h->prev = as->head.prev;
	h->prev->next = h;
	as->head.prev = h;
	as->n++;
	if (as->n > as->st.open_max)
		as->st.open_max = as->n;
	if (as->n * 2 > as->cap)
		table_grow(as);
	return h;
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

	table_remove(as, h);
	h->prev->next = h->next;
	h->next->prev = h->prev;
	h->next = as->spare;
	as->spare = h;
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
	uint64_t hash;
	struct hop **slot;
	struct hop *h;

	if (qid.n >= QID_MAX)
		qid.n = QID_MAX - 1;
	hash = hop_hash(host, qid);
	slot = hop_probe(as, hash, host, qid);
	h = *slot;
	if (h && ev->flags & EVF_START &&
	    (h->started || ln->t_us - h->t0_us > SAME_LIFE_US)) {
		if (hop_close(as, h, REC_FRAGMENT, err) < 0)
			return -1;
		slot = hop_probe(as, hash, host, qid);
		h = NULL;
	}
	if (!h)
		h = hop_open(as, slot, hash, host, qid, ln, ev);
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

static void
put_bytes(struct buf *out, struct str s)
{
	buf_uvar(out, s.n);
	buf_add(out, s);
}

static bool
take_uvar(struct str *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && in->n; shift += 7) {
		unsigned char c = (unsigned char)in->p[0];

		*in = str_from(*in, 1);
		*v |= (uint64_t)(c & 127) << shift;
		if (!(c & 128))
			return true;
	}
	return false;
}

static bool
take_svar(struct str *in, int64_t *v)
{
	uint64_t u;

	if (!take_uvar(in, &u))
		return false;
	*v = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
	return true;
}

static bool
take_bytes(struct str *in, struct str *out)
{
	uint64_t n;

	if (!take_uvar(in, &n) || n > in->n)
		return false;
	*out = str_head(*in, n);
	*in = str_from(*in, n);
	return true;
}

/*
 * Saved form: the host names, the open hops, the sessions.  Host numbers stay
 * what they are.
 */
void
assembler_save(const struct assembler *as, struct buf *out)
{
	buf_uvar(out, as->nhost);
	for (size_t i = 0; i < as->nhost; i++)
		put_bytes(out, as->host[i]);
	buf_uvar(out, as->n + (as->again.bytes.n > 0));
	if (as->again.bytes.n) { /* written like a hop, marked by a bit */
		const struct again *g = &as->again;
		char src[16];

		buf_uvar(out, g->host);
		put_bytes(out, str_make(src, (size_t)snprintf(src, sizeof(src),
						 "%u", (unsigned)g->src)));
		put_bytes(out, str_make(g->inst, g->inst_n));
		buf_uvar(out, STATE_AGAIN);
		buf_uvar(out, g->flags);
		buf_uvar(out, g->n);
		buf_svar(out, g->t0_us);
		buf_svar(out, g->t1_us);
		buf_svar(out, (int64_t)(g->line << 4 | g->kind));
		put_bytes(out, buf_str(&g->bytes));
	}
	for (const struct hop *h = as->head.next; h != &as->head; h = h->next) {
		buf_uvar(out, h->host);
		put_bytes(out, str_make(h->qid, h->qid_n));
		put_bytes(out, str_make(h->inst, h->inst_n));
		buf_uvar(out, (h->started ? 1u : 0) | (h->active ? 2u : 0));
		buf_uvar(out, h->flags);
		buf_uvar(out, h->n);
		buf_svar(out, h->t0_us);
		buf_svar(out, h->t1_us);
		buf_svar(out, h->opened_us);
		put_bytes(out, buf_str(&h->ev));
	}
	sessions_save(as->ses, out);
}

int
assembler_load(struct assembler *as, struct str in, struct err *err)
{
	uint64_t n;

	if (!take_uvar(&in, &n) || n > HOSTS_MAX)
		goto bad;
	while (n--) {
		struct str name;

		if (!take_bytes(&in, &name))
			goto bad;
		host_number(as, name);
	}
	if (!take_uvar(&in, &n) || n > 2 * OPEN_MAX)
		goto bad;
	while (n--) {
		uint64_t host, bits, flags, count;
		int64_t t0, t1, opened;
		struct str qid, inst, bytes;
		struct line ln = { 0 };
		struct event ev = { 0 };
		struct hop *h, **slot;
		uint64_t hash;

		if (!take_uvar(&in, &host) || host >= as->nhost ||
		    !take_bytes(&in, &qid) || qid.n >= QID_MAX ||
		    !take_bytes(&in, &inst) || inst.n > 31 ||
		    !take_uvar(&in, &bits) || !take_uvar(&in, &flags) ||
		    !take_uvar(&in, &count) || !take_svar(&in, &t0) ||
		    !take_svar(&in, &t1) || !take_svar(&in, &opened) ||
		    !take_bytes(&in, &bytes))
			goto bad;
		if (bits & STATE_AGAIN) {
			uint64_t no;

			if (!str_u64(qid, &no) || inst.n > 31 ||
			    ((opened & 15) != REC_AUTH &&
				(opened & 15) != REC_REFUSAL))
				goto bad;
			as->again.src = (uint32_t)no;
			as->again.host = (uint32_t)host;
			as->again.flags = (unsigned)flags;
			as->again.n = (uint32_t)count;
			as->again.t0_us = t0;
			as->again.t1_us = t1;
			as->again.line = (uint64_t)opened >> 4;
			as->again.kind = (unsigned)opened & 15;
			as->again.inst_n = inst.n;
			memcpy(as->again.inst, inst.p, inst.n);
			buf_clear(&as->again.bytes);
			buf_add(&as->again.bytes, bytes);
			continue;
		}
		hash = hop_hash((uint32_t)host, qid);
		slot = hop_probe(as, hash, (uint32_t)host, qid);
		if (*slot)
			goto bad;
		ln.t_us = t0;
		ev.inst = inst;
		h = hop_open(as, slot, hash, (uint32_t)host, qid, &ln, &ev);
		h->started = bits & 1;
		h->active = bits & 2;
		h->flags = (unsigned)flags;
		h->n = (uint32_t)count;
		h->t1_us = t1;
		h->opened_us = opened;
		buf_add(&h->ev, bytes);
	}
	return sessions_load(as->ses, in, err);
bad:
	return err_set(err, "damaged ingest state");
}
