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

/*
 * Distances below 128 are a byte each: up to eight of them are added at once
 * as long as that does not lead past what is wanted.
 */
uint64_t
filter_page_seek(uint32_t first, struct str body, uint64_t want)
{
	const unsigned char *p = (const unsigned char *)body.p;
	const unsigned char *end = p + body.n;
	const uint64_t pairs = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t v = first, x, high;
	uint32_t d;

	while (p < end && v < want) {
		if (end - p >= 8) {
			memcpy(&x, p, 8);
			high = x & UINT64_C(0x8080808080808080);
			if (high)
				x &= (high & -high) / 128 - 1;
			x = (x & pairs) + (x >> 8 & pairs);
			x = x * UINT64_C(0x0001000100010001) >> 48;
			if (v + x < want) {
				v += x;
				p += high ? __builtin_ctzll(high) / 8 : 8;
				if (!high)
					continue;
			}
		}
		d = 0;
		for (int bits = 0; p < end; bits += 7) {
			d |= (uint32_t)(*p & 127) << bits;
			if (*p++ < 128 || bits >= 28)
				break;
		}
		v += d;
	}
	return v;
}
