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
advance(struct run_in *in, struct err *err)
{
	if (in->p == in->end && in->st) {
		int rc = read_ahead(in, err);

		if (rc <= 0) {
			in->key = UINT64_MAX;
			return rc;
		}
	}
	in->key = in->p < in->end ? *in->p++ : UINT64_MAX;
	return 0;
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

int
run_merge(struct run_in *in, size_t n, struct run_out *out, run_hash_fn each,
    void *ctx, struct err *err)
{
	size_t loser[RUN_MERGE_MAX], win[2 * RUN_MERGE_MAX], size = 1, w;
	uint64_t last = UINT64_MAX, key[RUN_AHEAD];
	size_t nkey = 0;

	if (n == 0)
		return 0;
	if (n > RUN_MERGE_MAX)
		return err_set(err, "too many runs to merge at once");
	for (size_t i = 0; i < n; i++)
		if (advance(&in[i], err) < 0)
			return -1;
	while (size < n)
		size *= 2;
	/* an input that is not there (SIZE_MAX) loses every game */
	for (size_t i = 0; i < size; i++)
		win[size + i] = i < n ? i : SIZE_MAX;
	for (size_t i = size - 1; i > 0; i--) {
		size_t a = win[2 * i], b = win[2 * i + 1];
		bool first =
		    b == SIZE_MAX || (a != SIZE_MAX && in[a].key <= in[b].key);

		win[i] = first ? a : b;
		loser[i] = first ? b : a;
	}
	w = size == 1 ? 0 : win[1];
	while (in[w].key != UINT64_MAX) {
		uint64_t first = in[w].key;

		if (first != last) {
			if (each &&
			    (last == UINT64_MAX || first >> 32 != last >> 32) &&
			    each(ctx, (uint32_t)(first >> 32), err) < 0)
				return -1;
			if (nkey == RUN_AHEAD) {
				if (run_put(out, key, nkey, err) < 0)
					return -1;
				nkey = 0;
			}
			last = key[nkey++] = first;
		}
		if (advance(&in[w], err) < 0)
			return -1;
		for (size_t i = (size + w) / 2; i > 0; i /= 2)
			if (loser[i] != SIZE_MAX &&
			    in[loser[i]].key < in[w].key) {
				size_t t = loser[i];
				loser[i] = w;
				w = t;
			}
	}
	return run_put(out, key, nkey, err);
}
