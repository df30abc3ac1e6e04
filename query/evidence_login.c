/*
 * evidence_login.c: logins, bans and broken sessions: link 9, and link 8 when
 * the account is locked.
 *
 * A failure counts while no later login went well.  One from a network the
 * account never logged in from weakens only: that may be anybody guessing.
 */
#include "base/stamp.h"
#include "query/evidence.h"
#include "base/banned.h"

enum {
	RECORDS_MAX = 400,
	IPS_MAX = 4, /* clients of an account that are looked at themselves */
	OLD_PASSWORD_MIN = 3,
	LOGINS_LOOK = 200,
	NETS_MAX = 50,
};

#define NETS_US	    (30 * 86400 * INT64_C(1000000))
#define TOGETHER_US (10 * INT64_C(1000000)) /* two lines, one attempt */

/* One login, ban or session that broke. */
struct
try {
	int64_t t_us;
	const struct record *rec;
	size_t i;
	enum ev_kind kind;
	bool ok, tls;
	struct str user, ip, service, text;
};

struct tries {
	struct try *v;
	size_t n, cap;
	bool more;
};

/* ---- reading ---- */

/* "Password:" in base64, which Postfix logs for want of a reason. */
static bool
is_prompt(struct str text)
{
	return str_eq(text, STR("UGFzc3dvcmQ6")) ||
	       str_eq(text, STR("VXNlcm5hbWU6"));
}

/* `name`: others may have logged in within the same record; STR_NONE: all. */
static void
take(struct evd_ctx *x, const struct record *rec, struct str name,
    struct tries *out)
{
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct try t = { .t_us = e->t_us,
			.rec = rec,
			.i = i,
			.kind = e->kind,
			.user = rev_get(e, F_USER),
			.ip = rev_get(e, F_CLIENT_IP),
			.service = rev_get(e, F_SERVICE),
			.text = rev_get(e, F_TEXT) };

		if (name.p && t.user.n && !str_eqi(t.user, name))
			continue;
		switch (e->kind) {
		case EV_AUTH:
			t.ok = e->state == ST_OK;
			if (is_prompt(t.text))
				t.text = STR("");
			break;
		case EV_ARRIVE: /* a mail handed in by who had logged in */
			if (!t.user.n)
				continue;
			t.ok = true;
			t.text = STR_NONE;
			break;
		case EV_LOST:
			if (!rev_has(e, F_TLS) && !t.text.n)
				continue;
			if (rev_has(e, F_TLS))
				t.text = rev_get(e, F_TLS);
			t.tls = str_find(rev_get(e, F_WHERE), STR("TLS")) >= 0;
			break;
		case EV_BAN:
			break;
		default:
			continue;
		}
		arena_grow(&x->ev->arena, out->v, out->n, out->cap);
		out->v[out->n++] = t;
	}
}

/* What the next records say, `most` at most; 1: there are more.  Closes it. */
static int
take_all(struct evd_ctx *x, struct store_cur *cur, struct str name, int most,
    struct tries *out, struct err *err)
{
	int rc = 1;

	for (; rc > 0 && most > 0; most--) {
		struct record *rec = arena_new(&x->ev->arena, struct record);

		rc = store_next(cur, &x->ev->arena, rec, err);
		if (rc > 0)
			take(x, rec, name, out);
	}
	store_cur_close(cur);
	return rc;
}

static int
read_tries(struct evd_ctx *x, const struct store_set *set, unsigned kinds,
    struct str name, struct tries *out, struct err *err)
{
	struct store_cur *cur =
	    store_find(x->st, set, 1, kinds, 0, INT64_MAX, err);
	int rc;

	if (!cur)
		return -1;
	rc = take_all(x, cur, name, RECORDS_MAX, out, err);
	out->more |= rc > 0;
	return rc < 0 ? -1 : 0;
}

/* ---- what it says ---- */

static struct evd_fact *
group(struct evd_ctx *x, enum evd_kind kind, enum evd_slip slip, bool locked,
    const struct try *t, bool more)
{
	struct evd_fact *f;

	for (size_t i = 0; i < x->ev->nfact; i++) {
		f = x->ev->fact[i];
		if (f->kind != kind || f->slip != slip || f->locked != locked ||
		    f->msg || !str_eqi(f->user, t->user) ||
		    !str_eq(f->ip, t->ip))
			continue;
		if (f->first_us - t->t_us > TOGETHER_US)
			f->n++;
		f->first_us = t->t_us;
		if (!f->service.n)
			f->service = t->service;
		if (!f->text.n || str_eq(f->text, STR("(reason unavailable)")))
			f->text = t->text;
		evidence_line(x, f, t->rec, t->i);
		return f;
	}
	f = evidence_fact(x->ev, kind);
	if (!f)
		return NULL;
	f->slip = slip;
	f->locked = locked;
	f->first_us = f->last_us = t->t_us;
	f->user = t->user;
	f->ip = t->ip;
	f->service = t->service;
	f->text = t->text;
	f->host = t->rec->host;
	f->more = more;
	evidence_line(x, f, t->rec, t->i);
	return f;
}

/* ---- bans ---- */

/* "for 3600 secs" in the text, "blocked until [Mon Jan 5 ...]" in the line. */
static int64_t
ban_end(const struct evd_fact *f, int64_t t_us)
{
	static const struct str until = STR_INIT("blocked until [");
	ptrdiff_t at = str_rfind(f->text, STR(" for "));
	struct str s, line = f->nline ? f->line[0].text : STR_NONE;
	struct stamp st;
	uint64_t n;

	if (at >= 0) {
		s = str_from(f->text, (size_t)at + 5);
		if (str_u64(str_split(&s, ' '), &n) && n < 100000000 &&
		    str_starts(s, STR("sec")))
			return t_us + (int64_t)n * 1000000;
	}
	at = str_find(line, until);
	if (at < 0)
		return 0;
	s = str_from(line, (size_t)at + until.n);
	if (!stamp_parse(s, &st) || !st.year ||
	    !str_starts(str_trim(str_from(s, st.n)), STR("UTC")))
		return 0;
	return stamp_local_s(&st, st.year) * 1000000;
}

/* Of the address itself, or of a network it lies in. */
static bool
ban_is_for(const struct try *t, struct str ip, bool net)
{
	bool wide = str_chr(t->ip, '/') > 0;

	return wide == net &&
	       (wide ? ip_in_cidr(ip, t->ip) : str_eq(t->ip, ip));
}

/* How long the bans of that jail lasted before, when both ends were seen. */
static int64_t
usual_length(const struct tries *all, size_t i, struct str ip, bool net)
{
	int64_t off = 0;

	for (size_t k = i + 1; k < all->n; k++) {
		const struct try *t = &all->v[k];
		struct str action;

		if (t->kind != EV_BAN || !ban_is_for(t, ip, net) ||
		    !str_eq(t->service, all->v[i].service))
			continue;
		action = rev_get(&t->rec->ev[t->i], F_ACTION);
		if (str_eq(action, STR("unban")))
			off = t->t_us;
		else if (off)
			return off - t->t_us;
	}
	return 0;
}

/* The newest ban of the address, and whether it has ended. */
static void
bans_of(struct evd_ctx *x, const struct tries *all, struct str ip, bool net)
{
	const struct try *off = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct try *t = &all->v[i];
		struct evd_fact *f;
		struct str action;

		if (t->kind != EV_BAN || !ban_is_for(t, ip, net))
			continue;
		action = rev_get(&t->rec->ev[t->i], F_ACTION);
		if (!str_eq(action, STR("ban"))) {
			if (!off)
				off = t;
			continue;
		}
		f = evidence_fact(x->ev, EVD_BAN);
		if (!f)
			return;
		f->link = 9;
		f->first_us = f->last_us = t->t_us;
		f->user = t->user;
		f->ip = t->ip;
		f->service = t->service;
		f->text = t->text;
		f->host = t->rec->host;
		evidence_line(x, f, t->rec, t->i);
		f->until_us = ban_end(f, t->t_us);
		if (off) {
			f->kind = EVD_UNBAN;
			f->until_us = off->t_us;
			evidence_line(x, f, off->rec, off->i);
			return;
		}
		if (!f->until_us) {
			int64_t length = usual_length(all, i, ip, net);

			f->until_us = length ? t->t_us + length : 0;
		}
		/* over by what was announced, when the logs go on that far */
		if (f->until_us && f->until_us < x->ev->logs_until_us)
			f->kind = EVD_UNBAN;
		else
			f->effect = EVD_BREAKS;
		return;
	}
}

static void
bans(struct evd_ctx *x, const struct tries *all, struct str ip)
{
	bans_of(x, all, ip, false);
	bans_of(x, all, ip, true);
}

/* ---- one client ---- */

static bool
is_network(void *ctx, struct str value)
{
	const struct str *ip = ctx;

	return str_chr(value, '/') > 0 && ip_in_cidr(*ip, value);
}

static int
of_client(struct evd_ctx *x, struct str ip, struct tries *out, struct err *err)
{
	const unsigned kinds = 1u << REC_AUTH | 1u << REC_OTHER;
	struct store_token tok = { TOK_IP, ip };
	struct store_set one = { &tok, 1 };
	struct store_cur *cur;

	if (read_tries(x, &one, kinds, STR_NONE, out, err) < 0)
		return -1;
	/* bans of a whole network have no word in the index */
	cur = store_scan(x->st, F_CLIENT_IP, is_network, &ip, 1u << REC_AUTH,
	    x->ev->logs_until_us - NETS_US, INT64_MAX, err);
	if (!cur || take_all(x, cur, STR_NONE, NETS_MAX, out, err) < 0)
		return -1;
	return 0;
}

/* Why the encryption failed, from another line about the same moment. */
static enum evd_slip
told_beside(const struct tries *all, const struct try *t)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct try *o = &all->v[i];
		int64_t apart = o->t_us - t->t_us;
		enum evd_slip slip = o->ok ? SLIP_NONE : evd_slip_of(o->text);

		if (slip != SLIP_NONE && o->tls && str_eq(o->ip, t->ip) &&
		    apart < TOGETHER_US && -apart < TOGETHER_US)
			return slip;
	}
	return SLIP_TLS_FAILED;
}

static void
slips(struct evd_ctx *x, const struct tries *all, int64_t last_ok_us)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct try *t = &all->v[i];
		enum evd_slip slip = t->ok ? SLIP_NONE : evd_slip_of(t->text);
		struct evd_fact *f;

		if (slip == SLIP_NONE && t->tls)
			slip = told_beside(all, t);
		if (slip == SLIP_NONE || t->kind == EV_BAN)
			continue;
		f = group(x, EVD_CLIENT, slip, false, t, all->more);
		if (!f || f->link)
			continue;
		f->link = 9;
		f->effect = f->last_us > last_ok_us ? EVD_WEAKENS : EVD_TELLS;
	}
}

int
evidence_client(struct evd_ctx *x, struct err *err)
{
	struct tries all = { 0 };
	int64_t last_ok = 0;

	if (of_client(x, x->ask->target, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].ok && all.v[i].t_us > last_ok)
			last_ok = all.v[i].t_us;
	if (x->ev->sent && x->ev->sent->user.n &&
	    x->ev->sent->last_us > last_ok)
		last_ok = x->ev->sent->last_us;
	for (size_t i = 0; i < all.n; i++) {
		const struct try *t = &all.v[i];
		bool locked = evd_says_locked(t->text);
		struct evd_fact *f;

		if (t->kind != EV_AUTH || (!t->ok && evd_slip_of(t->text)))
			continue;
		f = group(x, t->ok ? EVD_LOGIN : EVD_NO_LOGIN, SLIP_NONE,
		    !t->ok && locked, t, all.more);
		if (!f || f->link)
			continue;
		f->link = f->locked ? 8 : 9;
		f->effect = t->ok	      ? EVD_PROVES :
			    t->t_us > last_ok ? EVD_BREAKS :
						EVD_TELLS;
		if (t->ok && (!x->ev->login || x->ev->login->last_us < t->t_us))
			x->ev->login = f;
	}
	if (last_ok && x->ev->link[8].t_us < last_ok)
		x->ev->link[8] =
		    (struct evd_link){ EVD_PROVED, last_ok, x->ev->login };
	slips(x, &all, last_ok);
	bans(x, &all, x->ask->target);
	return 0;
}

/* ---- one account ---- */

static int
by_name(struct evd_ctx *x, struct str name, struct tries *out, struct err *err)
{
	struct store_token tok = { TOK_USER, name };
	struct store_set set = { &tok, 1 };

	if (!name.n)
		return 0;
	return read_tries(x, &set, 1u << REC_AUTH | 1u << REC_HOP, name, out,
	    err);
}

struct oks {
	int64_t last;
	const struct tries *all;
};

/* The newest good login from the same network; 0: none. */
static int64_t
ok_from(const struct oks *o, struct str ip)
{
	int64_t t = 0;

	for (size_t i = 0; i < o->all->n; i++) {
		const struct try *v = &o->all->v[i];

		if (v->ok && v->t_us > t && ip_same_net(v->ip, ip))
			t = v->t_us;
	}
	return t;
}

static void
weigh_failure(struct evd_ctx *x, struct evd_fact *f, const struct oks *o)
{
	int64_t same = ok_from(o, f->ip);
	bool no_user = evd_says_no_user(f->text);
	bool whole = str_chr(f->user, '@') > 0;

	f->link = f->locked ? 8 : 9;
	if (f->last_us <= o->last) {
		f->effect = EVD_TELLS;
		/* others log in, this one device keeps failing */
		if (same < f->last_us && f->n >= OLD_PASSWORD_MIN && !no_user) {
			f->slip = SLIP_OLD_PASSWORD;
			f->effect = EVD_WEAKENS;
		}
		return;
	}
	f->effect = !o->last || same ? EVD_BREAKS : EVD_WEAKENS;
	if (no_user && !whole) {
		f->kind = EVD_CLIENT;
		f->slip = SLIP_NO_DOMAIN;
	} else if (no_user && x->ev->alias_to.n) {
		f->kind = EVD_CLIENT;
		f->slip = SLIP_ALIAS;
	} else if (no_user && !x->ev->received) {
		f->link = 6;
	}
}

static void
judge(struct evd_ctx *x, const struct tries *all)
{
	struct oks o = { 0, all };

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].ok && all->v[i].t_us > o.last)
			o.last = all->v[i].t_us;
	for (size_t i = 0; i < all->n; i++) {
		const struct try *t = &all->v[i];
		struct evd_fact *f;

		if ((t->kind != EV_AUTH && t->kind != EV_ARRIVE) ||
		    (!t->ok && evd_slip_of(t->text)))
			continue;
		f = group(x, t->ok ? EVD_LOGIN : EVD_NO_LOGIN, SLIP_NONE,
		    !t->ok && evd_says_locked(t->text), t, all->more);
		if (f && t->ok &&
		    (!x->ev->login || x->ev->login->last_us < t->t_us))
			x->ev->login = f;
	}
	for (size_t i = 0; i < x->ev->nfact; i++) {
		struct evd_fact *f = x->ev->fact[i];

		if (f->kind == EVD_NO_LOGIN && !f->link)
			weigh_failure(x, f, &o);
	}
	slips(x, all, o.last);
	if (o.last && x->ev->link[8].t_us < o.last)
		x->ev->link[8] =
		    (struct evd_link){ EVD_PROVED, o.last, x->ev->login };
	/* who logs in is there */
	if (o.last && x->ev->link[5].t_us < o.last)
		x->ev->link[5] =
		    (struct evd_link){ EVD_PROVED, o.last, x->ev->login };
}

/* The clients the account was last tried from: are they shut out? */
static int
clients(struct evd_ctx *x, const struct tries *all, struct err *err)
{
	struct str ip[IPS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < all->n && n < IPS_MAX; i++) {
		bool twice = !all->v[i].ip.n || ip_loopback(all->v[i].ip);

		for (size_t k = 0; k < n; k++)
			twice |= str_eq(ip[k], all->v[i].ip);
		if (!twice)
			ip[n++] = all->v[i].ip;
	}
	for (size_t i = 0; i < n; i++) {
		struct tries t = { 0 };

		if (of_client(x, ip[i], &t, err) < 0)
			return -1;
		bans(x, &t, ip[i]);
		slips(x, &t,
		    x->ev->link[8].state == EVD_PROVED ? x->ev->link[8].t_us :
							 0);
	}
	return 0;
}

/* Whether the newest logins of anybody are there to be seen. */
static int
any_logins(struct evd_ctx *x, struct err *err)
{
	struct store_cur *cur =
	    store_find(x->st, NULL, 0, 1u << REC_AUTH, 0, INT64_MAX, err);
	struct arena a = { 0 };
	int rc = cur ? 1 : -1;

	for (int left = LOGINS_LOOK; rc > 0 && left > 0; left--) {
		struct record rec;

		arena_clear(&a);
		rc = store_next(cur, &a, &rec, err);
		if (rc > 0 && rec.n && rec.ev[0].kind == EV_AUTH &&
		    rec.ev[0].state == ST_OK)
			x->ev->logins_logged = true;
	}
	arena_release(&a);
	store_cur_close(cur);
	return rc < 0 ? -1 : 0;
}

int
evidence_logins(struct evd_ctx *x, struct err *err)
{
	const struct evd_ask *a = x->ask;
	struct str domain = str_domain(a->target);
	struct str local = str_head(a->target, a->target.n - domain.n - 1);
	struct tries all = { 0 };

	if (by_name(x, a->target, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < a->nalso; i++)
		if (by_name(x, a->also[i], &all, err) < 0)
			return -1;
	/* without the domain it may be anybody's: only for ours */
	if (x->ev->ours != 0 && by_name(x, local, &all, err) < 0)
		return -1;
	judge(x, &all);
	if (any_logins(x, err) < 0)
		return -1;
	return clients(x, &all, err);
}
