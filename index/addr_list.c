/*
 * addr_list.c: distinct addresses, sorted, front-coded, compressed.
 *
 * Sealing feeds it the address sections of all groups.  What was seen is kept
 * whole in memory up to ADDR_LIST_MAX addresses; a day with more gets several
 * lists, which a reader does not notice.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/map.h"
#include "index/addr_list.h"
#include "base/banned.h"

enum {
	TEXT_MAX = 64 * 1024 * 1024, /* bytes of all kept */
	ADDR_MAX = 320,
};

struct addr_list {
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct pack *pack;
	struct arena arena;
	struct str *v;
	size_t n, cap;
	uint32_t *slot; /* index + 1 */
	size_t nslot;
	struct buf block, out;
};

struct addr_list *
addr_list_new(sqlite3 *db)
{
	struct addr_list *l = xcalloc(1, sizeof(*l));

	l->db = db;
	l->pack = pack_new();
	l->nslot = 1 << 14;
	l->slot = xcalloc(l->nslot, sizeof(*l->slot));
	buf_init(&l->block, 2 * ADDR_BLOCK);
	buf_init(&l->out, 4 * ADDR_BLOCK);
	return l;
}

void
addr_list_free(struct addr_list *l)
{
	if (!l)
		return;
	sqlite3_finalize(l->insert);
	pack_free(l->pack);
	arena_release(&l->arena);
	free(l->v);
	free(l->slot);
	buf_release(&l->block);
	buf_release(&l->out);
	free(l);
}

static void
slots_grow(struct addr_list *l)
{
	free(l->slot);
	l->nslot *= 2;
	l->slot = xcalloc(l->nslot, sizeof(*l->slot));
	for (size_t i = 0; i < l->n; i++) {
		size_t at = map_hash(l->v[i]) & (l->nslot - 1);
		while (l->slot[at])
			at = (at + 1) & (l->nslot - 1);
		l->slot[at] = (uint32_t)i + 1;
	}
}

int
addr_list_add(struct addr_list *l, struct str addr, struct err *err)
{
	char tmp[ADDR_MAX];
	struct str v = str_make(tmp, addr.n);
	size_t at;

	if (addr.n == 0 || addr.n > sizeof(tmp))
		return 0;
	for (size_t i = 0; i < addr.n; i++)
		tmp[i] = to_lower(addr.p[i]);
	for (at = map_hash(v) & (l->nslot - 1); l->slot[at];
	     at = (at + 1) & (l->nslot - 1))
		if (str_eq(l->v[l->slot[at] - 1], v))
			return 0;
	if (l->n >= ADDR_LIST_MAX || l->arena.total > TEXT_MAX) {
		if (addr_list_finish(l, err) < 0)
			return -1;
		return addr_list_add(l, addr, err);
	}
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 4096;
		l->v = xreallocarray(l->v, l->cap, sizeof(*l->v));
	}
	l->v[l->n++] = arena_dup(&l->arena, v);
	l->slot[at] = (uint32_t)l->n;
	if (l->n * 2 > l->nslot)
		slots_grow(l);
	return 0;
}

/* What is sorted: the first bytes decide nearly always. */
struct key {
	uint64_t first;
	struct str v;
};

static uint64_t
first_bytes(struct str v)
{
	unsigned char b[8] = { 0 };
	uint64_t k = 0;

	memcpy(b, v.p, v.n < 8 ? v.n : 8);
	for (int i = 0; i < 8; i++)
		k = k << 8 | b[i];
	return k;
}

static int
by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return str_cmp(x->v, y->v);
}

static void
sort_texts(struct str *v, size_t n)
{
	struct key *k = xmalloc(n * sizeof(*k));

	for (size_t i = 0; i < n; i++)
		k[i] = (struct key){ first_bytes(v[i]), v[i] };
	qsort(k, n, sizeof(*k), by_text);
	for (size_t i = 0; i < n; i++)
		v[i] = k[i].v;
	free(k);
}

static int
block_done(struct addr_list *l, struct err *err)
{
	if (!l->block.n)
		return 0;
	buf_clear(&l->out);
	if (pack(l->pack, buf_str(&l->block), &l->out, err) < 0 ||
	    db_use(l->db, &l->insert, "INSERT INTO addr(body) VALUES(?)",
		err) < 0)
		return -1;
	db_bind(l->insert, 1, buf_str(&l->out));
	buf_clear(&l->block);
	return db_run(l->insert, err);
}

int
addr_list_finish(struct addr_list *l, struct err *err)
{
	struct str prev = STR("");

	if (l->n)
		sort_texts(l->v, l->n);
	for (size_t i = 0; i < l->n; i++) {
		struct str v = l->v[i];
		size_t same = 0;

		if (!l->block.n)
			prev = STR("");
		while (same < prev.n && same < v.n && prev.p[same] == v.p[same])
			same++;
		buf_uvar(&l->block, same);
		buf_uvar(&l->block, v.n - same);
		buf_add(&l->block, str_from(v, same));
		prev = v;
		if (l->block.n >= ADDR_BLOCK && block_done(l, err) < 0)
			return -1;
	}
	if (block_done(l, err) < 0)
		return -1;
	l->n = 0;
	memset(l->slot, 0, l->nslot * sizeof(*l->slot));
	arena_clear(&l->arena);
	return 0;
}

/* LEB128 of what is left of a block; false at its end or past it. */
static bool
get_uvar(struct str *s, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 35 && s->n; shift += 7) {
		unsigned char c = (unsigned char)s->p[0];
		*s = str_from(*s, 1);
		*v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return true;
	}
	return false;
}

static int
read_block(struct str b, seg_text_fn fn, void *ctx, struct err *err)
{
	char tmp[ADDR_MAX];
	size_t have = 0;
	uint64_t same, n;

	while (b.n) {
		if (!get_uvar(&b, &same) || !get_uvar(&b, &n) || same > have ||
		    n > b.n || n > sizeof(tmp) - same)
			return err_set(err, "damaged list of addresses");
		if (n)
			memcpy(tmp + same, b.p, n);
		have = same + n;
		b = str_from(b, n);
		fn(ctx, 0, str_make(tmp, have));
	}
	return 0;
}

int
addr_list_read(sqlite3 *db, struct seg_dec *dec, seg_text_fn fn, void *ctx,
    struct err *err)
{
	sqlite3_stmt *st = db_prep(db, "SELECT body FROM addr ORDER BY id",
	    err);
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		struct str raw;

		if (seg_unpack(dec, db_blob(st, 0), &raw, err) < 0 ||
		    read_block(raw, fn, ctx, err) < 0) {
			rc = -1;
			break;
		}
	}
	sqlite3_finalize(st);
	return rc;
}
