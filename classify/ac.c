/*
 * ac.c: the literal finder of ac.h.
 *
 * ac_add() builds a trie with lists of children; ac_build() turns it into a
 * full table (next state by state and byte class), so that a scan is one load
 * per byte.  Bytes that no literal holds share class 0, those above 127 eight
 * classes: a small table stays in the processor's cache.
 */
#include <stdlib.h>

#include "base/die.h"
#include "classify/ac.h"
#include "base/banned.h"

struct node {
	uint32_t child, sibling; /* 0: none */
	uint32_t out;		 /* first output + 1, or 0 */
	uint16_t fail;
	unsigned char byte;
};

struct output {
	uint32_t id;
	uint32_t next; /* + 1, or 0 */
};

struct ac {
	struct node *node;
	size_t n, cap;
	struct output *out;
	size_t nout, out_cap;
	uint32_t first[256]; /* the root's children; of use to ac_add() only */
	unsigned char cls[256];
	unsigned ncls;
	uint16_t *next; /* [state * ncls + class] */
	uint32_t *said; /* by state: where in ids, or 0 */
	uint32_t *ids;	/* how many, then these */
	size_t nids, ids_cap;
};

static unsigned char
plain(unsigned char byte)
{
	return byte < 0x80 ? byte : 0x80 | (byte & 7);
}

static uint32_t
new_node(struct ac *ac, unsigned char byte)
{
	if (ac->n == ac->cap) {
		ac->cap = ac->cap ? 2 * ac->cap : 1024;
		ac->node = xreallocarray(ac->node, ac->cap, sizeof(*ac->node));
	}
	ac->node[ac->n] = (struct node){ .byte = byte };
	return (uint32_t)ac->n++;
}

struct ac *
ac_new(void)
{
	struct ac *ac = xcalloc(1, sizeof(*ac));

	new_node(ac, 0);
	return ac;
}

void
ac_free(struct ac *ac)
{
	if (!ac)
		return;
	free(ac->node);
	free(ac->out);
	free(ac->next);
	free(ac->said);
	free(ac->ids);
	free(ac);
}

static uint32_t
child(const struct ac *ac, uint32_t state, unsigned char byte)
{
	uint32_t c = state ? ac->node[state].child : ac->first[byte];

	while (c && ac->node[c].byte != byte)
		c = ac->node[c].sibling;
	return c;
}

bool
ac_add(struct ac *ac, struct str literal, uint32_t id)
{
	uint32_t state = 0;

	literal = str_head(literal, AC_PREFIX);
	for (size_t i = 0; i < literal.n; i++) {
		unsigned char byte = plain((unsigned char)literal.p[i]);
		uint32_t c = child(ac, state, byte);

		if (!c) {
			if (ac->n == AC_STATES_MAX)
				return false;
			c = new_node(ac, byte);
			if (!state)
				ac->first[byte] = c;
			ac->node[c].sibling = ac->node[state].child;
			ac->node[state].child = c;
		}
		state = c;
	}
	if (!state)
		return false;
	if (ac->nout == ac->out_cap) {
		ac->out_cap = ac->out_cap ? 2 * ac->out_cap : 256;
		ac->out = xreallocarray(ac->out, ac->out_cap, sizeof(*ac->out));
	}
	ac->out[ac->nout] = (struct output){ id, ac->node[state].out };
	ac->node[state].out = (uint32_t)++ac->nout;
	return true;
}

static void
put_id(struct ac *ac, uint32_t id)
{
	if (ac->nids == ac->ids_cap) {
		ac->ids_cap = ac->ids_cap ? 2 * ac->ids_cap : 1024;
		ac->ids = xreallocarray(ac->ids, ac->ids_cap, sizeof(*ac->ids));
	}
	ac->ids[ac->nids++] = id;
}

/* All that ends in a state: its own, then what its fail state says. */
static void
put_said(struct ac *ac, uint32_t s)
{
	uint32_t more = s ? ac->said[ac->node[s].fail] : 0;
	size_t at = ac->nids;

	if (!ac->node[s].out) {
		ac->said[s] = more;
		return;
	}
	ac->said[s] = (uint32_t)at;
	put_id(ac, 0);
	for (uint32_t o = ac->node[s].out; o; o = ac->out[o - 1].next)
		put_id(ac, ac->out[o - 1].id);
	for (uint32_t i = 1; more && i <= ac->ids[more]; i++)
		put_id(ac, ac->ids[more + i]);
	ac->ids[at] = (uint32_t)(ac->nids - at - 1);
}

void
ac_build(struct ac *ac)
{
	uint16_t *queue = xreallocarray(NULL, ac->n, sizeof(*queue));
	size_t head = 0, tail = 0;

	ac->ncls = 1;
	for (size_t i = 1; i < ac->n; i++)
		if (!ac->cls[ac->node[i].byte])
			ac->cls[ac->node[i].byte] = (unsigned char)ac->ncls++;
	for (unsigned b = 0x80; b < 256; b++)
		ac->cls[b] = ac->cls[plain((unsigned char)b)];
	ac->said = xcalloc(ac->n, sizeof(*ac->said));
	put_id(ac, 0); /* 0: nothing */
	ac->next = xcalloc(ac->n * ac->ncls, sizeof(*ac->next));
	queue[tail++] = 0;
	while (head < tail) {
		uint32_t s = queue[head++];
		struct node *nd = &ac->node[s];
		uint16_t *row = ac->next + s * ac->ncls;

		if (s) /* what the fail state does, unless there is a child */
			memcpy(row, ac->next + nd->fail * ac->ncls,
			    ac->ncls * sizeof(*row));
		put_said(ac, s);
		for (uint32_t c = nd->child; c; c = ac->node[c].sibling) {
			unsigned k = ac->cls[ac->node[c].byte];

			ac->node[c].fail = s ? row[k] : 0;
			row[k] = (uint16_t)c;
			queue[tail++] = (uint16_t)c;
		}
	}
	free(queue);
}

void
ac_scan(const struct ac *ac, struct str text, ac_hit_fn hit, void *ctx)
{
	uint32_t s = 0;

	for (size_t i = 0; i < text.n; i++) {
		const uint32_t *id;

		s = ac->next[s * ac->ncls + ac->cls[(unsigned char)text.p[i]]];
		if (!ac->said[s])
			continue;
		id = &ac->ids[ac->said[s]];
		for (uint32_t n = *id++; n; n--)
			hit(ctx, *id++, i + 1);
	}
}
