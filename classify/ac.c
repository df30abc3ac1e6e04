/*
 * ac.c: the literal finder of ac.h.
 *
 * ac_add() builds a trie with lists of children; ac_build() turns it into a
 * full table (next state by state and byte class), so that a scan is one load
 * per byte.  Bytes that no literal holds share class 0.
 */
#include <stdlib.h>

#include "base/die.h"
#include "classify/ac.h"
#include "base/banned.h"

struct node {
	uint32_t child, sibling; /* 0: none */
	uint32_t out;		 /* first output + 1, or 0 */
	uint16_t fail;
	uint16_t report; /* nearest state on the fail path with outputs */
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
	unsigned char cls[256];
	unsigned ncls;
	uint16_t *next; /* [state * ncls + class] */
};

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
	free(ac);
}

static uint32_t
child(const struct ac *ac, uint32_t state, unsigned char byte)
{
	uint32_t c = ac->node[state].child;

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
		unsigned char byte = (unsigned char)literal.p[i];
		uint32_t c = child(ac, state, byte);

		if (!c) {
			if (ac->n == AC_STATES_MAX)
				return false;
			c = new_node(ac, byte);
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

void
ac_build(struct ac *ac)
{
	uint16_t *queue = xreallocarray(NULL, ac->n, sizeof(*queue));
	size_t head = 0, tail = 0;

	ac->ncls = 1;
	for (size_t i = 1; i < ac->n; i++)
		if (!ac->cls[ac->node[i].byte])
			ac->cls[ac->node[i].byte] = (unsigned char)ac->ncls++;
	ac->next = xcalloc(ac->n * ac->ncls, sizeof(*ac->next));
	queue[tail++] = 0;
	while (head < tail) {
		uint32_t s = queue[head++];
		struct node *nd = &ac->node[s];
		uint16_t *row = ac->next + s * ac->ncls;

		if (s) /* what the fail state does, unless there is a child */
			memcpy(row, ac->next + nd->fail * ac->ncls,
			    ac->ncls * sizeof(*row));
		nd->report = nd->out ? (uint16_t)s :
			     s	     ? ac->node[nd->fail].report :
				       0;
		for (uint32_t c = nd->child; c; c = ac->node[c].sibling) {
			unsigned k = ac->cls[ac->node[c].byte];

			ac->node[c].fail = s ? row[k] : 0;
			row[k] = (uint16_t)c;
			queue[tail++] = (uint16_t)c;
		}
	}
	free(queue);
}

static void
report(const struct ac *ac, uint32_t s, size_t end, ac_hit_fn hit, void *ctx)
{
	while (s) {
		for (uint32_t o = ac->node[s].out; o; o = ac->out[o - 1].next)
			hit(ctx, ac->out[o - 1].id, end);
		s = ac->node[ac->node[s].fail].report;
	}
}

void
ac_scan(const struct ac *ac, struct str text, ac_hit_fn hit, void *ctx)
{
	uint32_t s = 0;

	for (size_t i = 0; i < text.n; i++) {
		s = ac->next[s * ac->ncls + ac->cls[(unsigned char)text.p[i]]];
		if (ac->node[s].report)
			report(ac, ac->node[s].report, i + 1, hit, ctx);
	}
}
