/*
 * link_piped.c: a mail that a program was given.
 *
 * Postfix' pipe(8) and local(8) or Exim's pipe transport give it the mail,
 * which is thereby delivered.  A content filter sends it in again, by
 * sendmail(1) or over the loopback, before it ends or a little later: the mail
 * goes on for those recipients that the new one has as well; what a list or a
 * robot sends to others is a mail of its own.  Dovecot's LDA says itself what
 * it did: stored, threw away, sent on.
 */
#include "query/link_part.h"
#include "base/banned.h"

#define SEC	INT64_C(1000000)
#define SOON_US (600 * SEC)
#define LDA_US	(60 * SEC)

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

/*
 * Whether `j` is what Dovecot's LDA tells of it; it is the program.  It was told
 * the account, which may be of another domain than the address.
 */
static bool
is_lda(const struct life *l, const struct copy *c, const struct life *j)
{
	int64_t t = c->last.e->t_us;
	bool names = false;

	if (j->mta != MTA_DOVECOT || j->prev || !link_shares_msgid(l, j) ||
	    !site_same_host(j->host, l->host) || j->t0_us < t - LDA_US ||
	    j->t0_us > t + LDA_US)
		return false;
	for (size_t i = 0; i < j->ncopy && !names; i++) {
		struct str who =
		    j->copy[i].orig_to.n ? j->copy[i].orig_to : j->copy[i].to;
		ptrdiff_t at = str_rchr(who, '@');

		names =
		    link_stands_for(at < 0 ? who : str_head(who, (size_t)at),
			c->to);
	}
	return names;
}

static void
link_piped(struct lives *ls, struct life *l, struct copy *c)
{
	struct life *best = NULL;
	enum link_kind kind = LINK_FILTER;

	for (size_t i = 0; i < ls->n && kind == LINK_FILTER; i++) {
		struct life *j = ls->life[i];

		if (is_lda(l, c, j)) {
			kind = LINK_MESSAGE_ID;
			best = j;
		} else if (came_out(l, c, j) &&
			   (!best || j->t0_us < best->t0_us)) {
			best = j;
		}
	}
	if (best)
		link_set(c, l, best, kind, CONF_STRONG);
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
