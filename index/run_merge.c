/*
 * run_merge.c: several runs to one, as a stream: memory is one page and a few
 * keys for each input and for the output, whatever their size.
 *
 * A tournament tree holds the losers: after the smallest key is taken, its
 * input plays against log2(n) others only.
 */
#include "index/runs.h"
#include "index/segment.h"
#include "base/banned.h"

static int
table_page(struct run_in *in, struct err *err)
{
	int rc = db_step(in->st, err);

	if (rc <= 0)
		return rc;
	run_page_init(&in->page, run_id_hash(sqlite3_column_int64(in->st, 0)),
	    db_blob(in->st, 1));
	return 1;
}

/* A number in the file that is read, in the one that is written. */
static inline int
renumber(const struct remap *map, uint64_t *key, struct err *err)
{
	uint32_t number = (uint32_t)*key, base;

	if (number / SEG_RECORDS >= map->n)
		return err_set(err, "damaged run: no record has number %u",
		    number);
	base = map->base[number / SEG_RECORDS];
	*key += (uint64_t)base + number % SEG_RECORDS - number;
	return base != REMAP_DROP;
}

/* The next keys of a run, with their new numbers; none at its end. */
static int
read_ahead(struct run_in *in, struct err *err)
{
	size_t n = 0, keep = 0;

	while (keep == 0) {
		int rc;

		n = run_page_keys(&in->page, in->buf, RUN_AHEAD);
		if (in->page.bad)
			return err_set(err, "damaged page of a run");
		if (n == 0 && (rc = table_page(in, err)) <= 0)
			return rc;
		if (!in->map) {
			keep = n;
			continue;
		}
		for (size_t i = 0; i < n; i++) {
			rc = renumber(in->map, &in->buf[i], err);
			if (rc < 0)
				return -1;
			in->buf[keep] = in->buf[i];
			keep += rc > 0;
		}
	}
	in->p = in->buf;
	in->end = in->buf + keep;
	return 1;
}

/* The next key of an input. */
static inline int
next_key(struct run_in *in, uint64_t *key, struct err *err)
{
	int rc = 1;

	if (in->p == in->end)
		rc = in->st ? read_ahead(in, err) : 0;
	*key = rc > 0 ? *in->p++ : UINT64_MAX;
	return rc < 0 ? -1 : 0;
}

int
run_in_table(struct run_in *in, sqlite3 *db, uint32_t run,
    const struct remap *map, struct err *err)
{
	*in = (struct run_in){ .map = map };
	in->st = db_prep(db,
	    "SELECT id, body FROM run WHERE id >= ?1 AND "
	    "id < ?2 ORDER BY id",
	    err);
	if (!in->st)
		return -1;
	sqlite3_bind_int64(in->st, 1, run_id(run, 0, 0));
	sqlite3_bind_int64(in->st, 2, run_id(run + 1, 0, 0));
	return 0;
}

void
run_in_array(struct run_in *in, const struct postings *p)
{
	*in = (struct run_in){ .p = p->p, .end = p->p + p->n };
}

void
run_in_release(struct run_in *in)
{
	sqlite3_finalize(in->st);
	*in = (struct run_in){ 0 };
}

/* Who plays: an input with its next key. */
struct player {
	uint64_t key; /* UINT64_MAX at the end of the input */
	size_t in;
};

/* All others' games; who has won, and who lost each. */
static struct player
first_games(struct run_in *in, size_t n, size_t size, struct player *loser,
    struct err *err)
{
	struct player win[2 * RUN_MERGE_MAX];

	/* an input that is not there loses, as one that has ended does */
	for (size_t i = 0; i < size; i++) {
		win[size + i] = (struct player){ UINT64_MAX, i };
		if (i < n && next_key(&in[i], &win[size + i].key, err) < 0)
			return (struct player){ UINT64_MAX, SIZE_MAX };
	}
	for (size_t i = size - 1; i > 0; i--) {
		struct player a = win[2 * i], b = win[2 * i + 1];

		win[i] = a.key <= b.key ? a : b;
		loser[i] = a.key <= b.key ? b : a;
	}
	return win[1];
}

/* Keys in order, on their way out. */
struct merged {
	struct run_out *out;
	run_hash_fn each;
	void *ctx;
	uint64_t last; /* hash told to `each`; UINT64_MAX before the first */
	size_t n;
	uint64_t key[RUN_AHEAD];
};

static int
put_merged(struct merged *m, struct err *err)
{
	size_t n = m->n;

	for (size_t i = 0; m->each && i < n; i++) {
		uint64_t hash = m->key[i] >> 32;

		if (hash == m->last)
			continue;
		m->last = hash;
		if (m->each(m->ctx, (uint32_t)hash, err) < 0)
			return -1;
	}
	m->n = 0;
	return run_put(m->out, m->key, n, err);
}

int
run_merge(struct run_in *in, size_t n, struct run_out *out, run_hash_fn each,
    void *ctx, struct err *err)
{
	struct merged m = { .out = out,
		.each = each,
		.ctx = ctx,
		.last = UINT64_MAX };
	struct player loser[RUN_MERGE_MAX], w;
	uint64_t last = UINT64_MAX;
	size_t size = 1;

	if (n == 0)
		return 0;
	if (n > RUN_MERGE_MAX)
		return err_set(err, "too many runs to merge at once");
	while (size < n)
		size *= 2;
	w = first_games(in, n, size, loser, err);
	if (w.in == SIZE_MAX)
		return -1;
	while (w.key != UINT64_MAX) {
		if (w.key != last) {
			if (m.n == RUN_AHEAD && put_merged(&m, err) < 0)
				return -1;
			last = m.key[m.n++] = w.key;
		}
		if (next_key(&in[w.in], &w.key, err) < 0)
			return -1;
		for (size_t i = (size + w.in) / 2; i > 0; i /= 2)
			if (loser[i].key < w.key) {
				struct player t = loser[i];

				loser[i] = w;
				w = t;
			}
	}
	return put_merged(&m, err);
}
