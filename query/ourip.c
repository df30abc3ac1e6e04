/*
 * ourip.c: see ourip.h.
 */
#include "query/ourip.h"
#include "base/banned.h"

enum { SAMPLE = 20000, LEARNT_MAX = 1000 };

const char *const ourip_from_name[] = {
	[OURIP_UNKNOWN] = "",
	[OURIP_REPLY] = "reply",
	[OURIP_LINE] = "log",
	[OURIP_CONFIG] = "configured",
	[OURIP_LEARNT] = "learnt",
};

void
ourip_init(struct ourip *o, struct store *st, const struct site *site,
    struct arena *a, int64_t t0_us, int64_t t1_us)
{
	*o = (struct ourip){ .site = site,
		.st = st,
		.a = a,
		.t0_us = t0_us,
		.t1_us = t1_us };
}

static void
learn(struct ourip *o)
{
	struct store_cur *cur;
	struct arena line = { 0 };
	struct record rec;
	struct err err;

	o->looked = true;
	cur =
	    store_find(o->st, NULL, 0, 1u << REC_HOP, o->t0_us, o->t1_us, &err);
	for (int i = 0; cur && i < SAMPLE && o->nlearnt < LEARNT_MAX; i++) {
		arena_clear(&line);
		if (store_next(cur, &line, &rec, &err) <= 0)
			break;
		for (size_t k = 0; k < rec.n; k++) {
			struct str name = rev_get(&rec.ev[k], F_CLIENT_NAME);
			struct str ip = rev_get(&rec.ev[k], F_CLIENT_IP);
			bool have = false;

			if (rec.ev[k].kind != EV_ARRIVE || !ip.n ||
			    ip_loopback(ip) || !site_our_name(o->site, name))
				continue;
			for (size_t j = 0; j < o->nlearnt && !have; j++)
				have = str_eqi(o->learnt[j].a, name);
			if (have)
				continue;
			arena_grow(o->a, o->learnt, o->nlearnt, o->clearnt);
			o->learnt[o->nlearnt++] =
			    (struct site_pair){ arena_dup(o->a, name),
				    arena_dup(o->a, ip) };
		}
	}
	store_cur_close(cur);
	arena_release(&line);
}

/* What a reply named, for when nothing else says it; two are no answer. */
static void
note_reply(struct ourip *o, struct str host, struct str inst, struct str ip)
{
	for (size_t i = 0; i < o->nnamed; i++) {
		struct ourip_named *n = &o->named[i];

		if (!str_eqi(n->host, host) || !str_eqi(n->inst, inst))
			continue;
		n->several |= !str_eqi(n->ip, ip);
		return;
	}
	if (o->nnamed == LEARNT_MAX)
		return;
	arena_grow(o->a, o->named, o->nnamed, o->cnamed);
	o->named[o->nnamed++] = (struct ourip_named){ arena_dup(o->a, host),
		arena_dup(o->a, inst), arena_dup(o->a, ip), false };
}

struct str
ourip_of(struct ourip *o, struct str host, struct str inst, struct str local_ip,
    const struct classify_out *why, enum ourip_from *from)
{
	struct str said = STR_NONE, block = why ? why->block.ip : STR_NONE;
	size_t n = 0;

	*from = OURIP_UNKNOWN;
	for (size_t i = 0; i < o->site->noutgoing; i++) {
		const struct site_pair *p = &o->site->outgoing[i];

		if (block.n && str_eqi(p->b, block)) {
			*from = OURIP_REPLY;
			return block;
		}
		if (!site_outgoing_of(p, host, inst))
			continue;
		said = p->b;
		n++;
		if (str_chr(p->a, '/') >= 0) {
			n = 1;
			break;
		}
	}
	/* a reply handed on by another server names that server's client */
	if (block.n && why->side != SIDE_RELAY && why->side != SIDE_NOTICE) {
		*from = OURIP_REPLY;
		if (!n)
			note_reply(o, host, inst, block);
		return block;
	}
	if (local_ip.n && !ip_loopback(local_ip)) {
		*from = OURIP_LINE;
		return local_ip;
	}
	if (n == 1) {
		*from = OURIP_CONFIG;
		return said;
	}
	for (size_t i = 0; i < o->nnamed && !n; i++)
		if (str_eqi(o->named[i].host, host) &&
		    str_eqi(o->named[i].inst, inst) && !o->named[i].several) {
			*from = OURIP_LEARNT;
			return o->named[i].ip;
		}
	if (!o->looked)
		learn(o);
	for (size_t i = 0; i < o->nlearnt; i++)
		if (site_same_host(site_host(o->site, o->learnt[i].a), host)) {
			*from = OURIP_LEARNT;
			return o->learnt[i].b;
		}
	return STR_NONE;
}
