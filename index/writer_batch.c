/*
 * writer_batch.c: what a batch brings to one day file, and its bytes in a redo
 * record.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/rd.h"
#include "index/writer_part.h"
#include "base/banned.h"

void
batch_clear(struct batch *b)
{
	b->ngroup = 0;
	buf_clear(&b->blob);
	b->blob.max = BLOB_MAX;
	b->post.n = 0;
	b->records = 0;
	b->t0 = INT64_MAX;
	b->t1 = INT64_MIN;
}

void
batch_release(struct batch *b)
{
	free(b->group);
	buf_release(&b->blob);
	postings_release(&b->post);
	*b = (struct batch){ 0 };
}

void
batch_save(const struct batch *b, struct buf *out)
{
	buf_uvar(out, b->records);
	buf_svar(out, b->t0);
	buf_svar(out, b->t1);
	buf_uvar(out, b->ngroup);
	for (size_t i = 0; i < b->ngroup; i++) {
		const struct group *g = &b->group[i];

		buf_uvar(out, g->id);
		buf_uvar(out, g->kind);
		buf_uvar(out, g->full);
		buf_uvar(out, g->n);
		buf_svar(out, g->t0);
		buf_svar(out, g->t1);
		buf_uvar(out, g->off);
		for (int k = 0; k < SEG_SECTIONS; k++)
			buf_uvar(out, g->len[k]);
	}
	buf_uvar(out, b->blob.n);
	buf_add(out, buf_str(&b->blob));
	buf_uvar(out, b->post.n);
	buf_addn(out, b->post.p, b->post.n * sizeof(*b->post.p));
}

void
batch_add(struct batch *b, const struct group *g)
{
	if (b->ngroup == b->cgroup) {
		b->cgroup = b->cgroup ? 2 * b->cgroup : 64;
		b->group =
		    xreallocarray(b->group, b->cgroup, sizeof(*b->group));
	}
	b->group[b->ngroup++] = *g;
}

static bool
group_fits(const struct group *g, size_t blob)
{
	size_t left = blob;

	if (g->off > left || g->kind >= REC_KINDS || g->n > SEG_RECORDS)
		return false;
	left -= g->off;
	for (int k = 0; k < SEG_SECTIONS; k++) {
		if (g->len[k] > left)
			return false;
		left -= g->len[k];
	}
	return true;
}

int
batch_load(struct batch *b, struct str in, struct err *err)
{
	struct rd r = rd_of(in);
	uint64_t n, bytes;

	batch_clear(b);
	b->records = rd_uvar(&r);
	b->t0 = rd_svar(&r);
	b->t1 = rd_svar(&r);
	n = rd_uvar(&r);
	for (uint64_t i = 0; i < n && !r.bad; i++) {
		struct group g = { 0 };

		g.id = (uint32_t)rd_uvar(&r);
		g.kind = (uint8_t)rd_uvar(&r);
		g.full = rd_uvar(&r) != 0;
		g.n = (uint16_t)rd_uvar(&r);
		g.t0 = rd_svar(&r);
		g.t1 = rd_svar(&r);
		g.off = rd_uvar(&r);
		for (int k = 0; k < SEG_SECTIONS; k++)
			g.len[k] = rd_uvar(&r);
		batch_add(b, &g);
	}
	bytes = rd_uvar(&r);
	if (r.bad || bytes > rd_left(&r))
		return err_set(err, "damaged redo record");
	buf_addn(&b->blob, r.p, bytes);
	r.p += bytes;
	n = rd_uvar(&r);
	if (r.bad || n != rd_left(&r) / sizeof(*b->post.p))
		return err_set(err, "damaged redo record");
	for (size_t i = 0; i < b->ngroup; i++)
		if (!group_fits(&b->group[i], b->blob.n))
			return err_set(err, "damaged redo record");
	b->post.p = xreallocarray(b->post.p, n + 1, sizeof(*b->post.p));
	b->post.cap = n + 1;
	b->post.n = n;
	memcpy(b->post.p, r.p, n * sizeof(*b->post.p));
	return 0;
}
