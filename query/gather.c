/*
 * gather.c: the records of one message.
 *
 * They are fetched by Message-ID (one look-up brings most hops of a message),
 * then by every queue id that is named but not at hand, until nothing new
 * comes.  The lives found are linked (link.c); what hangs together with the
 * seed is the message.  Notices (NDRs) are messages of their own, followed to
 * their end to be pointed at.
 */
#include "query/gather.h"
#include "base/banned.h"

#define NOTICE_US (300 * INT64_C(1000000)) /* made before or after its line */

enum { ROUNDS_MAX = 8 };

static bool
life_known(const struct ws *ws, struct str qid)
{
	for (size_t i = 0; i < ws->lives.n; i++)
		if (str_eq(ws->lives.life[i]->qid, qid))
			return true;
	return false;
}

/* Whether some hop of the message has one of its Message-IDs. */
static bool
shares_msgid(const struct ws *ws, const struct life *l)
{
	for (size_t i = 0; i < ws->lives.n; i++)
		for (size_t k = 0; k < l->nmsgid; k++)
			if (ws->lives.life[i]->in_message &&
			    life_has_msgid(ws->lives.life[i], l->msgid[k]))
				return true;
	return false;
}

static bool
gave_up(const struct life *l)
{
	for (size_t i = 0; l->mta == MTA_EXIM && i < l->ncopy; i++)
		if (l->copy[i].state == ST_BOUNCED ||
		    l->copy[i].state == ST_EXPIRED)
			return true;
	return false;
}

static int
fetch_life(struct ws *ws, struct life *l, struct err *err)
{
	int got = 0, rc;

	for (size_t i = 0; i < l->nmsgid; i++) {
		rc = ws_msgid(ws, l->msgid[i], l->t0_us, l->t1_us, err);
		if (rc < 0)
			return -1;
		got |= rc;
	}
	/*
	 * Fragments of it that do not repeat the Message-ID; the hop
	 * before, when that was one of ours, and Exim's notice about it: they
	 * name this id.  What a milter refused of sendmail(1) is bounced.
	 */
	if ((l->rule_state == ST_REJECTED && l->local_entry) || !l->started ||
	    !l->ended || !l->nmsgid || l->parts || gave_up(l) ||
	    ((!l->prev || !l->prev->nev) &&
		site_our_server(ws->site, l->client_name, l->client_ip))) {
		rc = ws_qid(ws, l->qid, l->t0_us, l->t1_us, err);
		if (rc < 0)
			return -1;
		got |= rc;
	}
	if (l->orig_qid.n && !life_known(ws, l->orig_qid)) {
		rc = ws_qid(ws, l->orig_qid, l->t0_us, l->t1_us, err);
		if (rc < 0)
			return -1;
		got |= rc;
	}
	for (size_t i = 0; i < l->ncopy; i++) {
		struct copy *c = &l->copy[i];
		struct str id;

		if ((c->next && c->next->nev) || !c->last.e ||
		    copy_handed(ws->site, l, c) != HANDED_OURS)
			continue;
		id = rev_get(c->last.e,
		    c->last.e->kind == EV_FILTER ? F_QID3 : F_QID2);
		if (!id.n || life_known(ws, id))
			continue;
		rc = ws_qid(ws, id, c->last.e->t_us, c->last.e->t_us, err);
		if (rc < 0)
			return -1;
		got |= rc;
	}
	for (size_t i = 0; i < l->nnotice; i++) {
		if (life_known(ws, l->notice[i].qid))
			continue;
		rc = ws_qid(ws, l->notice[i].qid, l->notice[i].ev.e->t_us,
		    l->notice[i].ev.e->t_us, err);
		if (rc < 0)
			return -1;
		got |= rc;
	}
	return got;
}

static struct life *
life_of(const struct ws *ws, const struct record *seed)
{
	for (size_t i = 0; i < ws->lives.n; i++) {
		struct life *l = ws->lives.life[i];

		for (size_t k = 0; k < l->nrec; k++)
			if (l->rec[k]->id == seed->id)
				return l;
	}
	return NULL;
}

/* Marks everything linked with `l`, both ways. */
static void
mark(struct ws *ws, struct life *l, int depth)
{
	if (l->in_message || depth > DEPTH_MAX * 2)
		return;
	l->in_message = true;
	if (l->prev)
		mark(ws, l->prev, depth + 1);
	if (l->requeued)
		mark(ws, l->requeued, depth + 1);
	for (size_t i = 0; i < l->ncopy; i++)
		if (l->copy[i].next)
			mark(ws, l->copy[i].next, depth + 1);
	for (struct handed_in *in = l->in; in; in = in->next)
		mark(ws, in->l, depth + 1);
}

static void
mark_notice(struct life *l, int depth)
{
	if (l->notice_of_it || l->in_message || depth > DEPTH_MAX)
		return;
	l->notice_of_it = true;
	for (size_t i = 0; i < l->ncopy; i++)
		if (l->copy[i].next)
			mark_notice(l->copy[i].next, depth + 1);
}

bool
notice_is(const struct life *l, size_t i, const struct life *k)
{
	int64_t apart = k->t0_us - l->notice[i].ev.e->t_us;

	return str_eq(l->notice[i].qid, k->qid) && apart < NOTICE_US &&
	       apart > -NOTICE_US && site_same_host(k->host, l->host);
}

/* Whether `k` is a notice about `l`: one of them names the other's id. */
static bool
is_notice(const struct life *k, const struct life *l)
{
	if (!site_same_host(k->host, l->host))
		return false;
	if (k->is_notice_child && str_eq(k->orig_qid, l->qid))
		return true;
	for (size_t i = 0; i < l->nnotice; i++)
		if (notice_is(l, i, k))
			return true;
	return false;
}

/* Marks the notices about the message, and those about them, to their end. */
static void
mark_notices(struct ws *ws)
{
	bool again = true;

	for (int round = 0; again && round < DEPTH_MAX; round++) {
		again = false;
		for (size_t i = 0; i < ws->lives.n; i++) {
			const struct life *l = ws->lives.life[i];

			if (!l->in_message && !l->notice_of_it)
				continue;
			for (size_t j = 0; j < ws->lives.n; j++) {
				struct life *k = ws->lives.life[j];

				if (k->in_message || k->notice_of_it ||
				    !is_notice(k, l))
					continue;
				mark_notice(k, 0);
				again = true;
			}
		}
	}
}

int
gather(struct ws *ws, const struct record *seed, struct life **life,
    struct err *err)
{
	struct life *l = NULL;

	ws_add(ws, seed);
	/* of a filter on another host: the server that asked it */
	if (rec_is_aside(seed) &&
	    ws_qid(ws, seed->qid, seed->t0_us, seed->t1_us, err) < 0)
		return -1;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		int got = 0;

		lives_build(ws->a, ws->site, ws->rec, ws->nrec, &ws->lives);
		links_make(ws);
		l = life_of(ws, seed);
		if (!l)
			break;
		mark(ws, l, 0);
		/* a filter or mailbox that refused: nothing goes on there */
		for (size_t i = 0; i < ws->lives.n; i++)
			if (ws->lives.life[i]->prev &&
			    ws->lives.life[i]->prev->in_message)
				mark(ws, ws->lives.life[i], 0);
		mark_notices(ws);
		for (size_t i = 0; i < ws->lives.n; i++) {
			struct life *k = ws->lives.life[i];
			int rc;

			if (k->in_message || k->notice_of_it) {
				rc = fetch_life(ws, k, err);
			} else if ((!k->started || !k->ended || k->parts) &&
				   shares_msgid(ws, k)) {
				/* the part that would link it may be in a
				 * fragment that is not at hand yet */
				rc =
				    ws_qid(ws, k->qid, k->t0_us, k->t1_us, err);
			} else {
				continue;
			}
			if (rc < 0)
				return -1;
			got |= rc;
		}
		if (!got)
			break;
	}
	*life = l;
	return l != NULL;
}
