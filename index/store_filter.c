/*
 * store_filter.c: what the reader keeps of the filters of sealed days.
 *
 * Following a message asks the filters of many days, and the next question
 * those of the same days again; so pages are kept as they were read, up to a
 * limit.  They are dropped whenever the catalogue changes.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/store_part.h"
#include "base/banned.h"

enum { FILTER_PAGES = 2048, FILTER_PAGE_MAX = 4096 };

/* Where in the list the first page after `id` is. */
static size_t
after(const struct filter_cache *c, int64_t id)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->page[mid]->id <= id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
filter_cache_clear(struct filter_cache *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->page[i]);
	c->n = 0;
}

void
filter_cache_release(struct filter_cache *c)
{
	filter_cache_clear(c);
	free(c->page);
	c->page = NULL;
	c->cap = 0;
}

/* Marks spread over a page, and its last value. */
static void
set_marks(struct filter_page *p)
{
	uint32_t v = (uint32_t)p->id, d = 0;
	int bits = 0;

	for (size_t i = 0; i < p->n; i++) {
		unsigned char c = (unsigned char)p->body[i];

		d |= (uint32_t)(c & 127) << bits;
		bits += 7;
		if (c >= 128 && bits < 35)
			continue;
		v += d;
		d = 0;
		bits = 0;
		if (i >= p->nmark * p->n / FILTER_MARKS &&
		    p->nmark < FILTER_MARKS)
			p->mark[p->nmark++] =
			    (struct filter_mark){ v, (uint16_t)(i + 1) };
	}
	p->last = v;
}

static void
keep(struct filter_cache *c, size_t at, int64_t id, struct str body)
{
	struct filter_page *p;

	if (c->n == FILTER_PAGES) {
		filter_cache_clear(c);
		at = 0;
	}
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->page = xreallocarray(c->page, c->cap, sizeof(*c->page));
	}
	p = xmalloc(sizeof(*p) + body.n);
	p->id = id;
	p->nmark = 0;
	p->n = body.n;
	memcpy(p->body, body.p, body.n);
	memmove(c->page + at + 1, c->page + at, (c->n - at) * sizeof(*c->page));
	c->page[at] = p;
	c->n++;
}

static bool
page_has(const struct filter_page *p, uint32_t want)
{
	struct filter_mark from = { (uint32_t)p->id, 0 };

	for (size_t i = 0; i < p->nmark && p->mark[i].v < want; i++)
		from = p->mark[i];
	return filter_page_seek(from.v,
		   str_make(p->body + from.at, p->n - from.at), want) == want;
}

int
store_may_have(struct store *st, const struct part_info *part, uint32_t hash,
    struct err *err)
{
	struct filter_cache *c = &st->filters;
	uint32_t want;
	struct str body;
	int64_t key, id;
	size_t at;
	int rc;

	if (part->shift < 0)
		return 1;
	want = hash >> part->shift;
	key = (int64_t)part->id << 32 | want;
	at = after(c, key);
	if (at) {
		struct filter_page *p = c->page[at - 1];

		if (p->id >> 32 == part->id && !p->nmark)
			set_marks(p); /* it is looked at again */
		if (p->id >> 32 == part->id && want <= p->last)
			return page_has(p, want);
	}
	if (db_use(st->control, &st->filter, FILTER_LOOKUP, err) < 0)
		return -1;
	sqlite3_bind_int64(st->filter, 1, key);
	rc = db_step(st->filter, err);
	if (rc == 1) {
		id = sqlite3_column_int64(st->filter, 0);
		rc = 0;
		if (id >> 32 == part->id) {
			body = db_blob(st->filter, 1);
			rc = filter_page_seek((uint32_t)id, body, want) == want;
			if (body.n <= FILTER_PAGE_MAX &&
			    (!at || c->page[at - 1]->id != id))
				keep(c, at, id, body);
		}
	}
	sqlite3_reset(st->filter);
	return rc;
}
