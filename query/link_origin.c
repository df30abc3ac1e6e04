/*
 * link_origin.c: recipients over hops: which copy goes on as which.
 */
#include "query/link_part.h"
#include "base/banned.h"

bool
link_stands_for(struct str account, struct str addr)
{
	ptrdiff_t at = str_chr(addr, '@'), plus;
	struct str local = at < 0 ? addr : str_head(addr, (size_t)at);

	if (str_chr(account, '@') >= 0)
		return str_eqi(account, addr);
	plus = str_chr(local, '+');
	return str_eqi(account, local) ||
	       (plus > 0 && str_eqi(account, str_head(local, (size_t)plus)));
}

/*
 * A mailbox server says whose account, perhaps without a domain; the hop
 * before it, which address: "ann" and ann+list@isp.example are
 * ann@isp.example, and u1042 is the address that was handed over.
 */
static struct str
name_account(struct arena *a, struct str account, struct str addr)
{
	struct str dom = str_domain(addr);

	if (!account.n || !dom.n || str_chr(account, '@') >= 0)
		return account;
	if (!link_stands_for(account, addr))
		return addr;
	return arena_printf(a, STR_FMT "@" STR_FMT, STR_ARG(account),
	    STR_ARG(dom));
}

/* For every copy of a hop, which copy handed over it continues. */
static void
find_origins(struct arena *a, struct life *j)
{
	for (int pass = 0; pass < 2 && j->in; pass++)
		for (size_t k = 0; k < j->ncopy; k++) {
			struct copy *c = &j->copy[k];
			struct handed_in *in, *pick = NULL;

			if (c->origin)
				continue;
			for (in = j->in; in && !pick; in = in->next) {
				struct str to = in->c->to;

				if (pass == 0 &&
				    link_stands_for(c->orig_to.n ? c->orig_to :
								   c->to,
					to))
					pick = in;
				if (pass == 1 && !in->c->has_heirs)
					pick = in;
			}
			if (pass == 1 && !pick)
				pick = j->in;
			if (!pick)
				continue;
			c->origin = pick->c;
			c->origin_life = pick->l;
			pick->c->has_heirs = true;
			if (j->mta != MTA_DOVECOT)
				continue;
			c->orig_to = name_account(a, c->orig_to, pick->c->to);
			c->to = name_account(a, c->to, pick->c->to);
		}
}

/* Lists of what was handed to each life, oldest first. */
static void
list_handed(struct ws *ws)
{
	struct lives *ls = &ws->lives;

	for (size_t i = ls->n; i-- > 0;) {
		struct life *l = ls->life[i];

		for (size_t k = l->ncopy; k-- > 0;) {
			struct life *j = l->copy[k].next;
			struct handed_in *in;

			if (!j)
				continue;
			in = arena_new(ws->a, struct handed_in);
			*in = (struct handed_in){ &l->copy[k], l, j->in };
			j->in = in;
		}
	}
}

void
links_origins(struct ws *ws)
{
	list_handed(ws);
	for (size_t i = 0; i < ws->lives.n; i++)
		find_origins(ws->a, ws->lives.life[i]);
}
