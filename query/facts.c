/*
 * facts.c: records of a period -> lives -> one fact at a time; see facts.h.
 *
 * A record that holds start and end of its life is worked off where it is
 * met.  Fragments are packed as rows (index/record.h) under host and queue id
 * and joined when the walk is over.  When they take too much room they are
 * joined early, and what still comes of those ids is left out: the walk goes
 * backwards in time, so the last word has been said by then.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/facts_part.h"
#include "base/banned.h"

enum { SAMPLE = 4096, KEY_MAX = 600, ROW_MAX = 4 << 20 };

const char *const flow_name[FLOWS] = {
	[FLOW_UNKNOWN] = "",
	[FLOW_INBOUND] = "inbound",
	[FLOW_OUTBOUND] = "outbound",
	[FLOW_INTERNAL] = "internal",
};

/* ---- opening ---- */

/* Hosts on which a mailbox server tells what it stored. */
static int
learn_mailboxes(struct facts *fs, struct err *err)
{
	struct store_cur *cur = store_find(fs->ask.st, NULL, 0, 1u << REC_HOP,
	    fs->ask.t0_us, fs->ask.t1_us, err);
	size_t cap = 0;
	int rc = 0;

	if (!cur)
		return -1;
	for (int i = 0; i < SAMPLE; i++) {
		struct record rec;
		bool known = false;

		arena_clear(&fs->line);
		rc = store_next(cur, &fs->line, &rec, err);
		if (rc <= 0)
			break;
		if (!rec.n || rec.ev[0].kind != EV_STORED)
			continue;
		for (size_t k = 0; k < fs->nmailbox && !known; k++)
			known = str_eq(fs->mailbox[k], rec.host);
		if (known)
			continue;
		arena_grow(&fs->arena, fs->mailbox, fs->nmailbox, cap);
		fs->mailbox[fs->nmailbox++] = arena_dup(&fs->arena, rec.host);
	}
	store_cur_close(cur);
	arena_clear(&fs->line);
	return rc < 0 ? -1 : 0;
}

struct facts *
facts_open(const struct facts_ask *ask, struct err *err)
{
	static const struct {
		enum fact_kind fact;
		enum rec_kind rec;
	} table[] = {
		{ FACT_LIFE, REC_HOP },
		{ FACT_COPY, REC_HOP },
		{ FACT_REFUSAL, REC_REFUSAL },
		{ FACT_AUTH, REC_AUTH },
		{ FACT_OTHER, REC_OTHER },
	};
	const struct store_info *info = store_overview(ask->st, err);
	struct facts *fs;
	unsigned kinds = 0;

	if (!info)
		return NULL;
	fs = xcalloc(1, sizeof(*fs));
	fs->ask = *ask;
	fs->site = *ask->site;
	buf_init(&fs->row, ROW_MAX);
	buf_init(&fs->key, ROW_MAX);
	if (!fs->ask.kinds)
		fs->ask.kinds = ~0u;
	if (!fs->site.nlogging) {
		fs->site.logging =
		    arena_array(&fs->arena, struct str, info->nhost + 1);
		for (size_t i = 0; i < info->nhost; i++)
			fs->site.logging[fs->site.nlogging++] =
			    arena_dup(&fs->arena, info->host[i].name);
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (fs->ask.kinds >> table[i].fact & 1)
			kinds |= 1u << table[i].rec;
	if (kinds >> REC_HOP & 1 && learn_mailboxes(fs, err) < 0)
		goto fail;
	fs->cur =
	    store_find(ask->st, NULL, 0, kinds, ask->t0_us, ask->t1_us, err);
	if (fs->cur)
		return fs;
fail:
	facts_close(fs);
	return NULL;
}

void
facts_close(struct facts *fs)
{
	if (!fs)
		return;
	store_cur_close(fs->cur);
	map_release(&fs->parts);
	map_release(&fs->done);
	map_release(&fs->why);
	arena_release(&fs->part_arena);
	arena_release(&fs->why_arena);
	arena_release(&fs->line);
	arena_release(&fs->arena);
	buf_release(&fs->row);
	buf_release(&fs->key);
	rec_scratch_release(&fs->scratch);
	free(fs);
}

bool
facts_cut(const struct facts *fs)
{
	return fs->cut;
}

const struct site *
facts_site(const struct facts *fs)
{
	return &fs->site;
}

/* ---- fragments ---- */

static struct str
part_key(const struct record *rec, char key[KEY_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < rec->host.n && n < KEY_MAX / 2; i++)
		key[n++] = to_lower(rec->host.p[i]);
	key[n++] = '\0';
	for (size_t i = 0; i < rec->qid.n && n < KEY_MAX; i++)
		key[n++] = rec->qid.p[i];
	return str_make(key, n);
}

static void
put_aside(struct facts *fs, const struct record *rec)
{
	char text[KEY_MAX];
	struct str key = part_key(rec, text);
	struct part_row *p;
	void **slot;

	if (fs->done.n && map_get(&fs->done, key))
		return;
	buf_clear(&fs->row);
	rec_put_header(&fs->row, rec);
	for (size_t i = 0; i < rec->n; i++)
		rec_put_rev(&fs->row, &rec->ev[i]);
	if (fs->row.toobig)
		return;
	if (!map_get(&fs->parts, key))
		key = arena_dup(&fs->part_arena, key);
	slot = map_slot(&fs->parts, key);
	p = arena_alloc(&fs->part_arena, sizeof(*p) + fs->row.n);
	p->n = fs->row.n;
	memcpy(p->row, buf_c(&fs->row), fs->row.n);
	p->next = *slot;
	*slot = p;
}

/* Room has run out: what was joined early is remembered by its id only. */
static void
forget_parts(struct facts *fs)
{
	size_t most = FACTS_DONE_MAX;

	for (size_t i = 0; i < fs->parts.cap && fs->done.n < most; i++) {
		struct map_entry *e = &fs->parts.e[i];
		struct str key;

		if (!e->used || map_get(&fs->done, e->key))
			continue;
		key = arena_dup(&fs->arena, e->key);
		*map_slot(&fs->done, key) = fs;
	}
	map_clear(&fs->parts);
	arena_clear(&fs->part_arena);
	fs->joining = false;
	fs->at = 0;
}

/* The record of a row, its arrays in the line's arena. */
static const struct record *
unpack(struct facts *fs, const struct part_row *p, struct err *err)
{
	struct record *rec = arena_new(&fs->line, struct record);
	struct rec_event *ev;

	if (rec_read(str_make(p->row, p->n), rec, &fs->scratch, err) < 0)
		return NULL;
	ev = arena_array(&fs->line, struct rec_event, rec->n + 1);
	for (size_t i = 0; i < rec->n; i++) {
		size_t n = bits_set(rec->ev[i].mask);
		struct str *f = arena_array(&fs->line, struct str, n + 1);

		if (n)
			memcpy(f, rec->ev[i].f, n * sizeof(*f));
		ev[i] = rec->ev[i];
		ev[i].f = f;
	}
	rec->ev = ev;
	return rec;
}

/* The lives of the next id that waits; 0 when there is none. */
static int
join_next(struct facts *fs, struct err *err)
{
	const struct record **rec = NULL;
	size_t n = 0, cap = 0;

	while (fs->at < fs->parts.cap && !fs->parts.e[fs->at].used)
		fs->at++;
	if (fs->at == fs->parts.cap)
		return 0;
	for (const struct part_row *p = fs->parts.e[fs->at].val; p;
	     p = p->next) {
		const struct record *r = unpack(fs, p, err);

		if (!r)
			return -1;
		arena_grow(&fs->line, rec, n, cap);
		rec[n++] = r;
	}
	fs->at++;
	lives_build(&fs->line, &fs->site, rec, n, &fs->lives);
	return 1;
}

/* ---- the walk ---- */

/* The same lines read from another file: overlapping or copied logs. */
bool
facts_met(struct facts *fs, const struct record *rec)
{
	const struct rec_event *e = &rec->ev[rec->n - 1];
	struct str key;
	uint64_t h;

	buf_clear(&fs->key);
	buf_add(&fs->key, rec->host);
	buf_putc(&fs->key, '\0');
	buf_add(&fs->key, rec->qid);
	buf_printf(&fs->key, "%d %zu %llx %lld", (int)rec->kind, rec->n,
	    (unsigned long long)e->mask, (long long)rec->t0_us);
	for (unsigned i = 0; i < bits_set(e->mask); i++)
		buf_add(&fs->key, e->f[i]);
	buf_add(&fs->key, e->pid);
	key = buf_str(&fs->key);
	h = map_hash(key);
	for (size_t i = 0; i < FACTS_SEEN; i++)
		if (fs->seen[i].hash == h && fs->seen[i].t_us == rec->t1_us &&
		    fs->seen[i].src != e->at.src)
			return true;
	fs->seen[fs->nseen++ % FACTS_SEEN] =
	    (struct seen){ h, rec->t1_us, e->at.src };
	return false;
}

static bool
is_whole(const struct record *rec)
{
	if (rec->ev[0].mta == MTA_DOVECOT)
		return true; /* a session is one record */
	return rec->flags & REC_START && rec->flags & REC_END &&
	       !(rec->flags & REC_FRAGMENT);
}

/* Whether some failure in it is of a group that was asked for. */
static bool
has_group(const struct facts *fs, const struct record *rec)
{
	for (size_t i = 0; i < rec->n; i++) {
		struct str cls = rev_get(&rec->ev[i], F_CLASS);

		if (rec->ev[i].kind == EV_SCREEN)
			return true;
		/* a script's rejection gives no reason */
		if (!cls.n && fs->ask.groups >> GRP_UNKNOWN & 1 &&
		    (rec->ev[i].state == ST_BOUNCED ||
			rec->ev[i].state == ST_REJECTED ||
			rec->ev[i].state == ST_EXPIRED))
			return true;
		if (cls.n && fs->ask.groups >> cls_grp(cls_by_name(cls)) & 1)
			return true;
	}
	return false;
}

/* A fragment that may belong to a life with such a failure. */
static bool
needed(const struct facts *fs, const struct record *rec)
{
	if (rec->kind != REC_HOP || is_whole(rec))
		return false;
	/* Postfix says the sender with every attempt, others at the start */
	return !fs->ask.attempts_only ||
	       (rec->flags & REC_START && rec->ev[0].mta != MTA_POSTFIX);
}

/* 1 something new is at hand, 0 the end. */
static int
step(struct facts *fs, struct err *err)
{
	const struct record *one = &fs->rec;
	int rc;

	fs->lives = (struct lives){ 0 };
	fs->life = fs->copy = fs->event = 0;
	fs->has_rec = false;
	for (;;) {
		arena_clear(&fs->line);
		if (fs->why_arena.total > FACTS_CLASS_BYTES) {
			map_clear(&fs->why);
			arena_clear(&fs->why_arena);
		}
		if (fs->joining) {
			rc = join_next(fs, err);
			if (rc)
				return rc;
			if (!fs->cur)
				return 0;
			forget_parts(fs);
		}
		rc = store_next(fs->cur, &fs->line, &fs->rec, err);
		if (rc < 0)
			return -1;
		if (rc == 0) {
			store_cur_close(fs->cur);
			fs->cur = NULL;
			fs->joining = true;
			continue;
		}
		if (!fs->rec.n)
			continue;
		if (fs->ask.groups && !has_group(fs, &fs->rec) &&
		    !needed(fs, &fs->rec))
			continue;
		if (facts_met(fs, &fs->rec))
			continue;
		if (fs->rec.kind != REC_HOP) {
			fs->has_rec = true;
			return 1;
		}
		if (is_whole(&fs->rec)) {
			lives_build(&fs->line, &fs->site, &one, 1, &fs->lives);
			return 1;
		}
		put_aside(fs, &fs->rec);
		if (fs->part_arena.total > FACTS_PARTS_MAX)
			fs->joining = fs->cut = true;
	}
}

/* The next fact of what is at hand; 0 when it is used up. */
static int
take(struct facts *fs, struct fact *f)
{
	if (fs->has_rec) {
		while (fs->event < fs->rec.n)
			if (fact_of_event(fs, &fs->rec, fs->event++, f))
				return 1;
		return 0;
	}
	for (; fs->life < fs->lives.n; fs->life++, fs->copy = 0) {
		const struct life *l = fs->lives.life[fs->life];
		size_t most = l->ncopy ? l->ncopy : 1;

		while (fs->copy <= most) {
			size_t i = fs->copy++;

			fs->life_no += i == 0;

			if (i == 0 ? fact_of_life(fs, l, f) :
				     fact_of_copy(fs, l,
					 l->ncopy ? &l->copy[i - 1] : NULL, f))
				return 1;
		}
	}
	return 0;
}

int
facts_next(struct facts *fs, struct fact *f, struct err *err)
{
	int rc = 1;

	while (rc > 0) {
		if (take(fs, f))
			return 1;
		rc = step(fs, err);
	}
	return rc;
}
