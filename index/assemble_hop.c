/*
 * assemble_hop.c: the table and the list of open hops, and the hosts' numbers.
 *
 * Open addressing by a seeded hash: host names and queue ids are an attacker's
 * choice.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/assemble_part.h"
#include "base/banned.h"

uint32_t
assembler_host(struct assembler *as, struct str host)
{
	void **slot;

	if (host.n > 255)
		host.n = 255;
	slot = map_slot(&as->host_no, host);
	if (!*slot) {
		if (as->nhost >= HOSTS_MAX - 1 && host.n) {
			/* no site has so many: hostile; who it was is not
			 * known, and nobody else */
			map_del(&as->host_no, host);
			return assembler_host(as, STR(""));
		}
		map_del(&as->host_no, host); /* the key must be our copy */
		host = arena_dup(&as->names, host.p ? host : STR(""));
		slot = map_slot(&as->host_no, host);
		if (as->nhost == as->chost) {
			as->chost = as->chost ? 2 * as->chost : 16;
			as->host = xreallocarray(as->host, as->chost,
			    sizeof(*as->host));
		}
		as->host[as->nhost++] = host;
		*slot = (void *)(uintptr_t)as->nhost;
	}
	as->last_no = (uint32_t)(uintptr_t)*slot - 1;
	as->last_host = as->host[as->last_no];
	return as->last_no;
}

static void
table_grow(struct assembler *as)
{
	struct hop **old = as->tab;
	size_t cap = as->cap;

	as->cap *= 2;
	as->tab = xcalloc(as->cap, sizeof(*as->tab));
	for (size_t i = 0; i < cap; i++)
		if (old[i])
			*hop_probe(as, old[i]->hash, old[i]->host,
			    str_make(old[i]->qid, old[i]->qid_n)) = old[i];
	free(old);
}

static void
table_remove(struct assembler *as, struct hop *h)
{
	size_t mask = as->cap - 1;
	size_t i = (size_t)h->hash & mask, j;

	while (as->tab[i] != h)
		i = (i + 1) & mask;
	for (j = (i + 1) & mask; as->tab[j]; j = (j + 1) & mask) {
		size_t home = (size_t)as->tab[j]->hash & mask;
		if (((j - home) & mask) >= ((j - i) & mask)) {
			as->tab[i] = as->tab[j];
			i = j;
		}
	}
	as->tab[i] = NULL;
	as->n--;
}

struct hop *
hop_open(struct assembler *as, struct hop **slot, uint64_t hash, uint32_t host,
    struct str qid, const struct line *ln, const struct event *ev)
{
	struct hop *h = as->spare;

	if (h) {
		as->spare = h->next;
	} else {
		h = xcalloc(1, sizeof(*h));
		buf_init(&h->ev, 2 * HOP_BYTES_MAX + 128 * 1024);
	}
	h->hash = hash;
	h->host = host;
	h->qid_n = (uint8_t)qid.n;
	memcpy(h->qid, qid.p, qid.n);
	h->inst_n = (uint8_t)str_head(ev->inst, INST_MAX - 1).n;
	if (h->inst_n)
		memcpy(h->inst, ev->inst.p, h->inst_n);
	h->started = h->active = false;
	h->flags = 0;
	h->n = 0;
	h->t0_us = h->t1_us = h->opened_us = ln->t_us;
	buf_clear(&h->ev);
	*slot = h;
	h->next = &as->head;
	h->prev = as->head.prev;
	h->prev->next = h;
	as->head.prev = h;
	as->n++;
	if (as->n > as->st.open_max)
		as->st.open_max = as->n;
	if (as->n * 2 > as->cap)
		table_grow(as);
	return h;
}

void
hop_forget(struct assembler *as, struct hop *h)
{
	table_remove(as, h);
	if (as->last == h)
		as->last = NULL;
	h->prev->next = h->next;
	h->next->prev = h->prev;
	h->next = as->spare;
	as->spare = h;
}
