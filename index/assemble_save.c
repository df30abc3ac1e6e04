/*
 * assemble_save.c: what the assembler has in its hands as bytes, and back, so
 * that reading goes on where it stopped.
 *
 * The host names, the last login or refusal, the open hops, the sessions.
 * Host numbers stay what they are.  The bytes come from a file: what cannot
 * have been written is refused.
 */
#include "index/assemble_part.h"
#include "index/rd.h"
#include "base/banned.h"

static void
put_str(struct buf *out, struct str s)
{
	buf_uvar(out, s.n);
	buf_add(out, s);
}

static void
put_again(struct buf *out, const struct again *g)
{
	put_str(out, buf_str(&g->bytes));
	if (!g->bytes.n)
		return;
	buf_uvar(out, g->line);
	buf_uvar(out, g->src);
	buf_uvar(out, g->host);
	buf_uvar(out, g->n);
	buf_uvar(out, g->kind);
	buf_uvar(out, g->flags);
	buf_svar(out, g->t0_us);
	buf_svar(out, g->t1_us);
	put_str(out, str_make(g->inst, g->inst_n));
}

void
assembler_save(const struct assembler *as, struct buf *out)
{
	buf_uvar(out, as->nhost);
	for (size_t i = 0; i < as->nhost; i++)
		put_str(out, as->host[i]);
	put_again(out, &as->again);
	buf_uvar(out, as->n);
	for (const struct hop *h = as->head.next; h != &as->head; h = h->next) {
		buf_uvar(out, h->host);
		put_str(out, str_make(h->qid, h->qid_n));
		put_str(out, str_make(h->inst, h->inst_n));
		buf_uvar(out, (h->started ? 1u : 0) | (h->active ? 2u : 0));
		buf_uvar(out, h->flags);
		buf_uvar(out, h->n);
		buf_svar(out, h->t0_us);
		buf_svar(out, h->t1_us);
		buf_svar(out, h->opened_us);
		put_str(out, buf_str(&h->ev));
	}
	sessions_save(as->ses, out);
}

static void
get_again(struct assembler *as, struct rd *r)
{
	struct again *g = &as->again;
	struct str bytes = rd_str(r), inst;

	if (!bytes.n)
		return;
	g->line = rd_uvar(r);
	g->src = (uint32_t)rd_upto(r, UINT32_MAX);
	g->host = (uint32_t)rd_uvar(r);
	g->n = (uint32_t)rd_upto(r, HOP_EVENTS_MAX);
	g->kind = (unsigned)rd_upto(r, REC_KINDS - 1);
	g->flags = (unsigned)rd_upto(r, UINT32_MAX);
	g->t0_us = rd_svar(r);
	g->t1_us = rd_svar(r);
	inst = rd_short(r, INST_MAX - 1);
	if (g->host >= as->nhost || !rec_events_good(bytes, g->n) ||
	    (g->kind != REC_AUTH && g->kind != REC_REFUSAL))
		r->bad = true;
	g->inst_n = inst.n;
	if (inst.n)
		memcpy(g->inst, inst.p, inst.n);
	buf_clear(&g->bytes);
	buf_add(&g->bytes, bytes);
}

static void
get_hop(struct assembler *as, struct rd *r)
{
	uint64_t host = rd_uvar(r);
	struct str qid = rd_short(r, QID_MAX - 1);
	struct event ev = { .inst = rd_short(r, INST_MAX - 1) };
	uint64_t bits = rd_uvar(r);
	unsigned flags = (unsigned)rd_upto(r, UINT32_MAX);
	uint32_t n = (uint32_t)rd_upto(r, UINT32_MAX);
	struct line ln = { .t_us = rd_svar(r) };
	int64_t t1_us = rd_svar(r), opened_us = rd_svar(r);
	struct str bytes = rd_str(r);
	struct hop *h, **slot;
	uint64_t hash;

	if (r->bad || host >= as->nhost || !rec_events_good(bytes, n)) {
		r->bad = true;
		return;
	}
	hash = hop_hash((uint32_t)host, qid);
	slot = hop_probe(as, hash, (uint32_t)host, qid);
	if (*slot) {
		r->bad = true;
		return;
	}
	h = hop_open(as, slot, hash, (uint32_t)host, qid, &ln, &ev);
	h->started = bits & 1;
	h->active = bits & 2;
	h->flags = flags;
	h->n = n;
	h->t1_us = t1_us;
	h->opened_us = opened_us;
	buf_add(&h->ev, bytes);
}

int
assembler_load(struct assembler *as, struct str saved, struct err *err)
{
	struct rd r = rd_of(saved);
	uint64_t n = rd_upto(&r, HOSTS_MAX);

	while (n-- && !r.bad)
		host_number(as, rd_str(&r));
	get_again(as, &r);
	n = rd_upto(&r, 2 * OPEN_MAX);
	while (n-- && !r.bad)
		get_hop(as, &r);
	sessions_load(as->ses, &r);
	return r.bad || rd_left(&r) ?
		   err_set(err, "what the store keeps of messages on their "
				"way is damaged; read the logs into a new "
				"store") :
		   0;
}
