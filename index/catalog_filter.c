/*
 * catalog_filter.c: which hashes a sealed day may have, in about a byte each.
 *
 * The distinct hashes, shifted right so that the mean distance is near 40,
 * as LEB128 distances: one in 40 look-ups of what is not there is sent on to
 * the file, which then knows.
 */
#include "index/catalog.h"
#include "base/banned.h"

enum { DISTANCE = 40 };

int
filter_shift(uint64_t hashes)
{
	int shift = 0;

	while (shift < 24 && hashes &&
	       (UINT64_C(1) << (32 - shift)) / hashes > DISTANCE * 3 / 2)
		shift++;
	return shift;
}

void
filter_init(struct filter_out *o, sqlite3_stmt *insert, uint32_t part,
    int shift)
{
	*o = (struct filter_out){ .insert = insert,
		.part = part,
		.shift = shift };
}

static int
page_done(struct filter_out *o, struct err *err)
{
	sqlite3_bind_int64(o->insert, 1, (int64_t)o->part << 32 | o->first);
	db_bind(o->insert, 2, str_make((const char *)o->page, o->n));
	o->bytes += o->n;
	o->n = 0;
	o->open = false;
	return db_run(o->insert, err);
}

int
filter_put(struct filter_out *o, uint32_t hash, struct err *err)
{
	uint32_t v = hash >> o->shift, d;

	if (o->any && v == o->last)
		return 0;
	if (o->open && o->n + 5 > 4056 && page_done(o, err) < 0)
		return -1;
	if (!o->open) {
		o->first = o->last = v;
		o->open = o->any = true;
	}
	for (d = v - o->last; d >= 128; d >>= 7)
		o->page[o->n++] = (unsigned char)(d | 128);
	o->page[o->n++] = (unsigned char)d;
	o->last = v;
	return 0;
}

int
filter_finish(struct filter_out *o, struct err *err)
{
	return o->open ? page_done(o, err) : 0;
}

int
filter_has(sqlite3_stmt *st, const struct part_info *part, uint32_t hash,
    struct err *err)
{
	uint32_t want, v, d = 0;
	struct str body;
	int64_t id;
	int rc, bits = 0;

	if (part->shift < 0)
		return 1;
	want = hash >> part->shift;
	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, (int64_t)part->id << 32 | want);
	rc = db_step(st, err);
	if (rc < 0)
		return -1;
	id = rc ? sqlite3_column_int64(st, 0) : -1;
	if (rc == 0 || id >> 32 != part->id) {
		sqlite3_reset(st);
		return 0;
	}
	v = (uint32_t)id;
	body = db_blob(st, 1);
	rc = 0;
	for (size_t i = 0; i < body.n && v <= want; i++) {
		unsigned char c = (unsigned char)body.p[i];
		d |= (uint32_t)(c & 127) << bits;
		bits += 7;
		if (c >= 128 && bits < 32)
			continue;
		v += d;
		d = 0;
		bits = 0;
		if (v == want) {
			rc = 1;
			break;
		}
	}
	sqlite3_reset(st);
	return rc;
}
