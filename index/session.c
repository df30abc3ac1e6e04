/*
 * session.c: a bounded table of sessions with the few events they hold.
 */
#include <stdlib.h>

#include "base/die.h"
#include "base/map.h"
#include "index/session.h"
#include "base/banned.h"

enum {
	SESSIONS_MAX = 50000,
	PEND_MAX = 8,
	PEND_BYTES = 8 * 1024,
	TALK_BYTES = 20 * 1024,
	PEND_KEPT = 512, /* of a session that is not in use */
	TAB_MIN = 256,
};

struct sessions {
	struct session **tab; /* chains by hash */
	size_t cap, n;	      /* cap: power of two */
	struct session head;
	struct session *spare; /* by next */
};

struct sessions *
sessions_new(void)
{
	struct sessions *ss = xcalloc(1, sizeof(*ss));

	ss->head.next = ss->head.prev = &ss->head;
	ss->cap = TAB_MIN;
	ss->tab = xcalloc(ss->cap, sizeof(*ss->tab));
	return ss;
}

void
sessions_free(struct sessions *ss)
{
	if (!ss)
		return;
	while (ss->head.next != &ss->head)
		session_drop(ss, ss->head.next);
	for (struct session *s = ss->spare, *next; s; s = next) {
		next = s->next;
		buf_release(&s->pend);
		buf_release(&s->talk);
		free(s);
	}
	free(ss->tab);
	free(ss);
}

bool
sessions_pending(const struct sessions *ss)
{
	return ss->n > 0;
}

/* The link to the session of a key, or the one where it would be put. */
static struct session **
place(struct sessions *ss, uint64_t hash, uint32_t host, struct str key)
{
	struct session **at = &ss->tab[hash & (ss->cap - 1)], *s;

	for (; (s = *at) != NULL; at = &s->chain)
		if (s->hash == hash && str_load4(s->key) == host &&
		    str_eq(str_make(s->key + 4, s->key_n - 4u), key))
			break;
	return at;
}

static void
grow(struct sessions *ss)
{
	size_t cap = 2 * ss->cap;
	struct session **tab = xcalloc(cap, sizeof(*tab));

	for (size_t i = 0; i < ss->cap; i++)
		for (struct session *s = ss->tab[i], *next; s; s = next) {
			struct session **at = &tab[s->hash & (cap - 1)];

			next = s->chain;
			s->chain = *at;
			*at = s;
		}
	free(ss->tab);
	ss->tab = tab;
	ss->cap = cap;
}

void
session_drop(struct sessions *ss, struct session *s)
{
	struct session **at = &ss->tab[s->hash & (ss->cap - 1)];

	while (*at != s)
		at = &(*at)->chain;
	*at = s->chain;
	ss->n--;
	s->next->prev = s->prev;
	s->prev->next = s->next;
	if (s->pend.cap > PEND_KEPT)
		buf_release(&s->pend);
	if (s->talk.cap > PEND_KEPT)
		buf_release(&s->talk);
	s->next = ss->spare;
	ss->spare = s;
}

/* A session, new or used before, that says nothing. */
static struct session *
blank(struct sessions *ss)
{
	struct session *s = ss->spare;

	if (!s) {
		s = xcalloc(1, sizeof(*s));
		buf_init(&s->pend, PEND_BYTES);
		buf_init(&s->talk, TALK_BYTES);
		return s;
	}
	ss->spare = s->next;
	s->next = s->prev = NULL;
	s->qid_n = s->tls_n = 0;
	s->npend = 0;
	buf_clear(&s->pend);
	buf_clear(&s->talk);
	return s;
}

static void
touch(struct sessions *ss, struct session *s, int64_t t_us)
{
	if (s->next) {
		s->next->prev = s->prev;
		s->prev->next = s->next;
	}
	s->t_us = t_us;
	s->next = &ss->head;
	s->prev = ss->head.prev;
	s->prev->next = s;
	ss->head.prev = s;
}

struct session *
session_get(struct sessions *ss, uint32_t host, struct str key, int64_t t_us,
    bool create)
{
	struct session **at, *s;
	uint64_t hash;

	if (!create && !ss->n)
		return NULL;
	key = str_head(key, sizeof(s->key) - 4);
	hash = map_hash(key) ^ (host + 1) * UINT64_C(0x9e3779b97f4a7c15);
	s = *place(ss, hash, host, key);
	if (s) {
		if (create)
			touch(ss, s, t_us);
		return s;
	}
	if (!create)
		return NULL;
	if (ss->n >= SESSIONS_MAX)
		session_drop(ss, ss->head.next);
	if (ss->n >= ss->cap)
		grow(ss);
	s = blank(ss);
	s->key_n = (uint8_t)(key.n + 4);
	memcpy(s->key, &host, 4);
	str_put(s->key + 4, key.p, key.n);
	s->hash = hash;
	at = &ss->tab[hash & (ss->cap - 1)];
	s->chain = *at;
	*at = s;
	ss->n++;
	touch(ss, s, t_us);
	return s;
}

void
session_set_qid(struct session *s, struct str qid)
{
	s->qid_n = (uint8_t)str_head(qid, sizeof(s->qid) - 1).n;
	if (s->qid_n)
		memcpy(s->qid, qid.p, s->qid_n);
}

void
session_set_tls(struct session *s, struct str tls)
{
	s->tls_n = (uint8_t)str_head(tls, sizeof(s->tls) - 1).n;
	if (s->tls_n)
		memcpy(s->tls, tls.p, s->tls_n);
}

void
session_hold(struct session *s, const struct line *ln, const struct event *ev,
    uint32_t src, struct str raw)
{
	size_t n = s->pend.n;

	if (s->npend == PEND_MAX)
		return;
	/* lines must not push out events */
	if (n + raw.n > PEND_BYTES / 2)
		raw = STR("");
	rec_put_event(&s->pend, ln, ev, src, raw);
	if (s->pend.n > n)
		s->npend++;
}

uint32_t
session_take(struct session *s, struct buf *events)
{
	uint32_t n = s->npend;

	buf_add(events, buf_str(&s->pend));
	buf_clear(&s->pend);
	s->npend = 0;
	return n;
}

int64_t
session_first(const struct session *s, int64_t t_us)
{
	return s->npend ? rec_first_time(buf_str(&s->pend)) : t_us;
}

void
sessions_save(const struct sessions *ss, struct buf *out)
{
	buf_uvar(out, ss->n);
	for (const struct session *s = ss->head.next; s != &ss->head;
	     s = s->next) {
		buf_svar(out, s->t_us);
		buf_uvar(out, s->key_n);
		buf_addn(out, s->key, s->key_n);
		buf_uvar(out, s->qid_n);
		buf_addn(out, s->qid, s->qid_n);
		buf_uvar(out, s->tls_n);
		buf_addn(out, s->tls, s->tls_n);
		buf_uvar(out, s->npend);
		buf_uvar(out, s->pend.n);
		buf_add(out, buf_str(&s->pend));
	}
	for (const struct session *s = ss->head.next; s != &ss->head;
	     s = s->next) {
		buf_uvar(out, s->talk.n);
		buf_add(out, buf_str(&s->talk));
	}
}

void
sessions_load(struct sessions *ss, struct rd *r)
{
	uint64_t n = rd_upto(r, SESSIONS_MAX);

	while (n-- && !r->bad) {
		int64_t t = rd_svar(r);
		struct session *s;
		struct str key = rd_short(r, sizeof(s->key));
		struct str qid = rd_short(r, sizeof(s->qid) - 1);
		struct str tls = rd_short(r, sizeof(s->tls) - 1);
		uint64_t npend = rd_upto(r, PEND_MAX);
		struct str pend = rd_short(r, PEND_BYTES);
		uint32_t host;

		if (r->bad || key.n < sizeof(host) ||
		    !rec_events_good(pend, npend)) {
			r->bad = true;
			return;
		}
		memcpy(&host, key.p, sizeof(host));
		s = session_get(ss, host, str_from(key, sizeof(host)), t, true);
		session_set_qid(s, qid);
		session_set_tls(s, tls);
		buf_clear(&s->pend);
		buf_add(&s->pend, pend);
		s->npend = (uint32_t)npend;
	}
	for (struct session *s = ss->head.next; s != &ss->head && !r->bad;
	     s = s->next)
		buf_add(&s->talk, rd_short(r, TALK_BYTES));
}
