/*
 * evidence.c: gathers the facts, weighs them link by link, sorts them.
 *
 * What a message's end says about the chain is in evidence_mail.c, what
 * logins, bans and sessions say in evidence_login.c.
 */
#include <stdlib.h>

#include "query/evidence.h"
#include "base/banned.h"

enum { FACTS_MAX = 200 };

const char *const evd_kind_name[EVD_KINDS] = {
	[EVD_RECEIVED] = "received",
	[EVD_SENT] = "sent",
	[EVD_NOT_RECEIVED] = "not_received",
	[EVD_NOT_SENT] = "not_sent",
	[EVD_OTHERS] = "others_refused",
	[EVD_MESSAGE] = "one_message",
	[EVD_LOGIN] = "login",
	[EVD_NO_LOGIN] = "login_failed",
	[EVD_ALIAS] = "alias",
	[EVD_BAN] = "banned",
	[EVD_UNBAN] = "unbanned",
	[EVD_CLIENT] = "client",
	[EVD_DOMAIN_OK] = "same_domain",
	[EVD_BLOCKED_US] = "blocked_us",
};

const char *const evd_slip_name[SLIP_COUNT] = {
	[SLIP_NONE] = NULL,
	[SLIP_NO_DOMAIN] = "login_without_domain",
	[SLIP_ALIAS] = "login_is_alias",
	[SLIP_PLAIN_PORT] = "no_tls",
	[SLIP_TLS_PORT] = "tls_mixed_up",
	[SLIP_OLD_TLS] = "tls_too_old",
	[SLIP_TLS_FAILED] = "tls_failed",
	[SLIP_CERTIFICATE] = "certificate_refused",
	[SLIP_NO_AUTH] = "sends_without_login",
	[SLIP_OLD_PASSWORD] = "old_password_in_one_device",
};

struct evd_fact *
evidence_fact(struct evidence *ev, enum evd_kind kind)
{
	struct evd_fact *f;

	if (ev->nfact == FACTS_MAX)
		return NULL;
	f = arena_new(&ev->arena, struct evd_fact);
	f->kind = kind;
	f->n = 1;
	arena_grow(&ev->arena, ev->fact, ev->nfact, ev->cfact);
	return ev->fact[ev->nfact++] = f;
}

static bool
has_line(const struct evd_fact *f, struct str source, uint64_t offset,
    uint64_t line)
{
	for (size_t i = 0; i < f->nline; i++)
		if (f->line[i].offset == offset && f->line[i].line == line &&
		    str_eq(f->line[i].source, source))
			return true;
	return false;
}

void
evidence_line(struct evd_ctx *x, struct evd_fact *f, const struct record *rec,
    size_t i)
{
	const struct rec_event *e = &rec->ev[i];
	struct arena *a = &x->ev->arena;
	struct str source = store_source_name(x->st, e->at.src);
	struct ans_evidence *l = &f->line[f->nline];

	if (f->nline == EVD_LINES ||
	    has_line(f, source, e->at.offset, e->at.number))
		return;
	*l = (struct ans_evidence){ .source = arena_dup(a, source),
		.line = e->at.number,
		.offset = e->at.offset,
		.t_us = e->t_us };
	l->text = store_line(x->st, a, rec, i, &l->why_gone);
	if (l->text.p)
		l->text = arena_dup(a, l->text);
	f->nline++;
}

void
evidence_lines(struct evd_fact *f, const struct ans_rcpt *r)
{
	for (size_t i = 0; i < r->nevidence && f->nline < EVD_LINES; i++)
		if (!has_line(f, r->evidence[i].source, r->evidence[i].offset,
			r->evidence[i].line))
			f->line[f->nline++] = r->evidence[i];
}

/* A later word about the same link counts; of one moment the worse. */
static void
weigh(struct evidence *ev)
{
	static const enum evd_state state[] = { [EVD_TELLS] = EVD_UNKNOWN,
		[EVD_PROVES] = EVD_PROVED,
		[EVD_WEAKENS] = EVD_WEAK,
		[EVD_BREAKS] = EVD_BROKEN };

	for (size_t i = 0; i < ev->nfact; i++) {
		const struct evd_fact *f = ev->fact[i];
		struct evd_link *l;

		if (!f->link || f->effect < EVD_WEAKENS)
			continue;
		l = &ev->link[f->link - 1];
		/* others of the domain got through since */
		if (l->state == EVD_PROVED && f->link <= 5 && !f->by_us &&
		    ev->ours != 1 && l->t_us > f->last_us)
			continue;
		if (l->state >= EVD_WEAK && state[f->effect] < l->state)
			continue;
		if (l->state == state[f->effect] && l->t_us >= f->last_us)
			continue;
		*l = (struct evd_link){ state[f->effect], f->last_us, f };
	}
}

static int
most_telling(const void *x, const void *y)
{
	const struct evd_fact *a = *(struct evd_fact *const *)x;
	const struct evd_fact *b = *(struct evd_fact *const *)y;
	int ea = a->effect >= EVD_WEAKENS ? (int)a->effect : 0;
	int eb = b->effect >= EVD_WEAKENS ? (int)b->effect : 0;

	if (ea != eb)
		return eb - ea;
	if (ea && a->link != b->link)
		return a->link - b->link;
	if (a->last_us != b->last_us)
		return a->last_us < b->last_us ? 1 : -1;
	return (int)a->kind - (int)b->kind;
}

/* The same local part in the other domains that are ours. */
static int
sisters(struct evd_ctx *x, struct err *err)
{
	enum { LOOK = 50 };
	struct evidence *ev = x->ev;
	struct str domain = str_domain(x->ask->target);
	struct str local =
	    str_head(x->ask->target, x->ask->target.n - domain.n - 1);

	for (size_t i = 0; i < x->site->ndomain && i < LOOK; i++) {
		struct str d = x->site->domain[i];
		struct store_token tok = { TOK_ADDR_TO, STR_NONE };
		struct store_set set = { &tok, 1 };
		struct store_cur *cur;
		struct record rec;
		int rc;

		if (str_starts(d, STR("*.")) || str_eqi(d, domain) ||
		    ev->nsister == sizeof(ev->sister) / sizeof(*ev->sister))
			continue;
		tok.value = arena_printf(&ev->arena, STR_FMT "@" STR_FMT,
		    STR_ARG(local), STR_ARG(d));
		cur = store_find(x->st, &set, 1, 1u << REC_HOP, 0, INT64_MAX,
		    err);
		if (!cur)
			return -1;
		rc = store_next(cur, &ev->arena, &rec, err);
		store_cur_close(cur);
		if (rc < 0)
			return -1;
		if (rc)
			ev->sister[ev->nsister++] = tok.value;
	}
	return 0;
}

static void
near(struct evd_ctx *x)
{
	struct evidence *ev = x->ev;
	struct str got[8];
	int n = store_near(x->st, &ev->arena, x->ask->target, got, 8);

	/* of a domain of ours only those in such: others are no help */
	for (int i = 0; i < n && ev->nnear < 5; i++)
		if (!str_eqi(got[i], x->ask->target) &&
		    (ev->ours != 1 ||
			site_our_domain(x->site, str_domain(got[i]))))
			ev->near[ev->nnear++] = got[i];
}

/* Whether the logs, without a configuration, show the domain as ours. */
static int
is_ours(const struct evd_ctx *x)
{
	const struct evd_ask *ask = x->ask;
	struct str domain =
	    ask->kind == EVD_ADDRESS ? str_domain(ask->target) : ask->target;

	if (ask->kind == EVD_IP)
		return site_our_ip(x->site, ask->target);
	if (site_our_domain(x->site, domain))
		return 1;
	return x->site->ndomain ? 0 : -1;
}

int
evidence_gather(const struct evd_ask *ask, struct store *st,
    const struct site *site, struct classifier *cl, struct evidence *ev,
    struct err *err)
{
	struct evd_ctx x = { ask, st, site, cl, ev };
	const struct store_info *info;

	*ev = (struct evidence){ .alias_to = STR("") };
	info = store_overview(st, err);
	if (!info)
		return -1;
	ev->logs_from_us = info->t0_us;
	ev->logs_until_us = info->t1_us;
	ev->ours = is_ours(&x);
	if (evidence_mail(&x, err) < 0)
		goto failed;
	if (ask->kind == EVD_ADDRESS && evidence_logins(&x, err) < 0)
		goto failed;
	if (ask->kind == EVD_IP && evidence_client(&x, err) < 0)
		goto failed;
	weigh(ev);
	if (ask->kind == EVD_ADDRESS &&
	    (!ev->received || ev->link[5].state == EVD_BROKEN)) {
		near(&x);
		if (ev->ours != 0 && sisters(&x, err) < 0)
			goto failed;
	}
	if (ask->kind != EVD_IP && ev->ours != 1 && !ev->domain_senders &&
	    !ev->sent && evidence_usual(&x, err) < 0)
		goto failed;
	if (ev->nfact)
		qsort(ev->fact, ev->nfact, sizeof(struct evd_fact *),
		    most_telling);
	return 0;
failed:
	evidence_release(ev);
	return -1;
}

void
evidence_release(struct evidence *ev)
{
	for (size_t i = 0; i < ev->nans; i++) {
		answer_release(ev->ans[i]);
		free(ev->ans[i]);
	}
	ev->nans = 0;
	arena_release(&ev->arena);
}
