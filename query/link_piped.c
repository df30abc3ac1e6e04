/*
 * link_piped.c: a content filter that is a program.
 *
 * Postfix' pipe(8) or Exim's pipe transport gives it the mail, which is
 * thereby delivered; it sends the mail in again, by sendmail(1) or over the
 * loopback, before it ends or a little later.  The mail goes on for those
 * recipients that the new one has as well; what a list or a robot sends to
 * others is a mail of its own.
 */
#include "query/link_part.h"
#include "base/banned.h"

#define SEC	INT64_C(1000000)
#define SOON_US (600 * SEC)

static bool
has_recipient(const struct life *j, struct str addr)
{
	for (size_t i = 0; i < j->ncopy; i++)
		if (str_eqi(j->copy[i].orig_to.n ? j->copy[i].orig_to :
						   j->copy[i].to,
			addr))
			return true;
	return false;
}

/* Whether `j` may have come out of a program that `l` gave its mail. */
static bool
came_out(const struct life *l, const struct copy *c, const struct life *j)
{
	return j != l && (!j->prev || j->prev == l) && !j->orig_qid.n &&
	       (j->local_entry || ip_loopback(j->client_ip)) &&
	       site_same_host(j->host, l->host) && link_shares_msgid(l, j) &&
	       j->t0_us >= l->t0_us && j->t0_us <= c->last.e->t_us + SOON_US &&
	       !link_before(l, j) && has_recipient(j, c->to);
}

static void
link_piped(struct lives *ls, struct life *l, struct copy *c)
{
	struct life *best = NULL;

	for (size_t i = 0; i < ls->n; i++)
		if (came_out(l, c, ls->life[i]) &&
		    (!best || ls->life[i]->t0_us < best->t0_us))
			best = ls->life[i];
	if (best)
		link_set(c, l, best, LINK_FILTER, CONF_STRONG);
}

void
links_piped(const struct linker *lk)
{
	struct lives *ls = &lk->ws->lives;

	for (size_t i = 0; i < ls->n; i++) {
		struct life *l = ls->life[i];

		if (l->mta != MTA_POSTFIX && l->mta != MTA_EXIM)
			continue;
		for (size_t k = 0; k < l->ncopy; k++) {
			struct copy *c = &l->copy[k];

			if (!c->next && c->last.e && c->state == ST_SENT &&
			    copy_handed(lk->ws->site, l, c) == HANDED_NOT)
				link_piped(ls, l, c);
		}
	}
}
