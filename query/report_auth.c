/*
 * report_auth.c: logins that failed, who tried, who was shut out, and which
 * accounts behave as if somebody else used them.
 *
 * What looks like a stolen password, each said in words: logins from many
 * networks; a login from where many had failed; many times the mails of an
 * account's usual hour; a large part of what it sent coming back.  None of
 * that is proof, and the report says so.
 */
#include <stdlib.h>

#include "query/report.h"
#include "base/banned.h"

#define TOLD_US (600 * INT64_C(1000000))

enum { T_USERS, T_CLIENTS, TABLES };

enum {
	NETWORKS_MANY = 4, /* different /24 or /48 of one login */
	GUESSES_MANY = 10, /* failures before a login from the same place */
	PEAK_MANY = 50,	   /* mails in one bar, and */
	PEAK_TIMES = 10,   /* times the median bar with any */
	BACK_MANY = 10,	   /* copies that failed, and */
	BACK_PERCENT = 30, /* of all */
};

enum {
	U_USER,
	U_SUSPECT,
	U_LOGINS,
	U_FAILURES,
	U_ADDRESSES,
	U_NETWORKS,
	U_MESSAGES,
	U_RCPTS,
	U_PEAK,
	U_FAILED,
	U_FIRST,
	U_LAST,
	U_SERIES,
	U_WHY,
	U_COLS
};

static const struct col user_cols[U_COLS] = {
	[U_USER] = { "user", "login", COL_TEXT, 0 },
	[U_SUSPECT] = { "suspect", "", COL_FLAG, COL_HIDE_TEXT },
	[U_LOGINS] = { "logins", "logins", COL_COUNT, 0 },
	[U_FAILURES] = { "failures", "failed", COL_COUNT, COL_BAR },
	[U_ADDRESSES] = { "addresses", "addresses", COL_COUNT, 0 },
	[U_NETWORKS] = { "networks", "networks", COL_COUNT, 0 },
	[U_MESSAGES] = { "messages", "mails", COL_COUNT, 0 },
	[U_RCPTS] = { "recipients", "recipients", COL_COUNT, COL_HIDE_TEXT },
	[U_PEAK] = { "peak", "most in one bar", COL_COUNT, COL_HIDE_TEXT },
	[U_FAILED] = { "came_back", "came back", COL_COUNT, 0 },
	[U_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[U_LAST] = { "last", "last", COL_TIME, COL_HIDE_TEXT },
	[U_SERIES] = { "series", "mails", COL_SERIES, 0 },
	[U_WHY] = { "why", "why suspect", COL_TEXT, COL_WIDE },
};

enum {
	C_CLIENT,
	C_FAILURES,
	C_USERS,
	C_LOGINS,
	C_BANS,
	C_FIRST,
	C_LAST,
	C_SERIES,
	C_SAMPLE,
	C_COLS
};

static const struct col client_cols[C_COLS] = {
	[C_CLIENT] = { "client", "client", COL_TEXT, 0 },
	[C_FAILURES] = { "failures", "failed", COL_COUNT, COL_BAR },
	[C_USERS] = { "users", "logins tried", COL_COUNT, 0 },
	[C_LOGINS] = { "logins", "succeeded", COL_COUNT, 0 },
	[C_BANS] = { "bans", "shut out", COL_COUNT, 0 },
	[C_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
	[C_SAMPLE] = { "sample", "for one", COL_TEXT, COL_HIDE_TEXT },
};

static const struct table_def tables[TABLES] = {
	[T_USERS] = { "users", "Accounts", "nobody logged in", user_cols,
	    U_COLS },
	[T_CLIENTS] = { "clients", "Where logins failed", "no login failed",
	    client_cols, C_COLS },
};

struct user {
	struct str name;
	uint64_t logins, failures, addresses, networks, messages, rcpts;
	uint64_t copies, came_back, peak;
	uint64_t guesses; /* failures from an address that got in */
	int64_t first_us, last_us;
	uint32_t *v;
	struct str why;
};

struct client {
	struct str ip, sample;
	uint64_t failures, users, logins, bans;
	int64_t first_us, last_us;
	uint32_t *v;
};

/* A sender's copies, for the account that sends with it. */
struct sender {
	uint64_t copies, came_back;
	struct user *user; /* the last that sent with it */
};

/* One account from one address. */
struct pair {
	struct user *user;
	uint64_t failures, logins;
};

/* Failures that Postfix told of, from one address at one host: Dovecot, whom
 * it had asked, tells of them too, a little earlier. */
struct told {
	uint64_t n, nameless;
	int64_t t_us;
};

struct counter {
	struct report *r;
	struct tally users, clients, senders, pairs, told;
	struct distinct d;
	struct buf key;
	struct bins bins;
	uint64_t logins, failures, bans;
};

static struct user *
user_row(struct counter *c, struct str name)
{
	struct user *u = tally_row(&c->users, tally_key(&c->key, &name, 1));

	if (!u->name.p) {
		u->name = arena_dup(&c->r->arena, name);
		u->v = bins_row(c->r, &c->bins);
	}
	return u;
}

static struct client *
client_row(struct counter *c, struct str ip)
{
	struct client *k = tally_row(&c->clients, tally_key(&c->key, &ip, 1));

	if (!k->ip.p) {
		k->ip = arena_dup(&c->r->arena, ip);
		k->v = bins_row(c->r, &c->bins);
	}
	return k;
}

static void
seen_at(struct counter *c, struct user *u, struct str ip)
{
	char net[IP_NETWORK];

	if (!ip.n)
		return;
	u->addresses += distinct_add(&c->d, u, 0, ip);
	u->networks += distinct_add(&c->d, u, 1, ip_network(ip, net));
}

static void
add_pair(struct counter *c, struct user *u, struct str ip, bool ok)
{
	struct str part[2] = { u->name, ip };
	struct pair *p;

	if (!ip.n)
		return;
	p = tally_row(&c->pairs, tally_key(&c->key, part, 2));
	p->user = u;
	p->logins += ok;
	p->failures += !ok;
}

/* Whether this failure was counted as Postfix told it; *name: but without the
 * login. */
static bool
told_before(struct counter *c, const struct fact *f, bool *name)
{
	struct str part[2] = { f->host, f->client_ip };
	struct told *t;

	if (!f->client_ip.n || (f->mta != MTA_POSTFIX && f->mta != MTA_DOVECOT))
		return false;
	t = tally_row(&c->told, tally_key(&c->key, part, 2));
	if (f->mta == MTA_POSTFIX) {
		t->n++;
		t->nameless += !f->user.n;
		t->t_us = f->t_us;
		return false;
	}
	if (!t->n || t->t_us - f->t_us > TOLD_US)
		return false;
	t->n--;
	*name = t->nameless > 0;
	t->nameless -= t->nameless > 0;
	return true;
}

static void
take_auth(struct counter *c, const struct fact *f)
{
	bool ok = f->ev->state == ST_OK;
	bool name = false;
	struct client *k;
	struct user *u;

	if (f->ev->kind == EV_BAN) {
		if (f->client_ip.n &&
		    str_eqi(rev_get(f->ev, F_ACTION), STR("ban"))) {
			k = client_row(c, f->client_ip);
			k->bans++;
			report_span(&k->first_us, &k->last_us, f->t_us);
			c->bans++;
		}
		return;
	}
	if (!ok && f->ev->state != ST_FAIL)
		return;
	if (!ok && told_before(c, f, &name)) {
		if (name && f->user.n)
			user_row(c, f->user)->failures++;
		return;
	}
	c->logins += ok;
	c->failures += !ok;
	if (f->user.n) {
		u = user_row(c, f->user);
		u->logins += ok;
		u->failures += !ok;
		report_span(&u->first_us, &u->last_us, f->t_us);
		if (ok)
			seen_at(c, u, f->client_ip);
		add_pair(c, u, f->client_ip, ok);
	}
	if (!f->client_ip.n)
		return;
	k = client_row(c, f->client_ip);
	k->logins += ok;
	report_span(&k->first_us, &k->last_us, f->t_us);
	if (ok)
		return;
	k->failures++;
	k->users += f->user.n && distinct_add(&c->d, k, 2, f->user);
	bins_count(&c->bins, k->v, NULL, f->t_us);
	if (!k->sample.n)
		k->sample = arena_dup(&c->r->arena,
		    rev_get(f->ev, F_TEXT).n ? rev_get(f->ev, F_TEXT) :
					       rev_get(f->ev, F_REPLY));
}

static struct sender *
sender_row(struct counter *c, struct str from)
{
	return tally_row(&c->senders, tally_key(&c->key, &from, 1));
}

/* A mail that was sent with a login is a login, too. */
static void
take_mail(struct counter *c, const struct fact *f)
{
	struct user *u;

	if (!f->entry || !f->user.n || f->life->aborted)
		return;
	u = user_row(c, f->user);
	u->messages++;
	u->rcpts += f->life->ncopy;
	report_span(&u->first_us, &u->last_us, f->t_us);
	seen_at(c, u, f->client_ip);
	add_pair(c, u, f->client_ip, true);
	bins_count(&c->bins, u->v, NULL, f->t_us);
	if (f->from.n)
		sender_row(c, f->from)->user = u;
}

static void
take_copy(struct counter *c, const struct fact *f)
{
	struct sender *s;

	if (f->leg || f->state == OUT_NONE || !f->from.n)
		return;
	s = sender_row(c, f->from);
	s->copies++;
	s->came_back += f->state == OUT_BOUNCED || f->state == OUT_EXPIRED;
}

/* ---- suspicion ---- */

static int
by_number(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

/* The median of the bars with any mail but the highest. */
static uint64_t
usual(struct counter *c, const struct user *u)
{
	uint32_t *v = arena_array(&c->r->arena, uint32_t, c->bins.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < c->bins.n; i++)
		if (u->v[i])
			v[n++] = u->v[i];
	if (n < 2)
		return 0;
	qsort(v, n, sizeof(*v), by_number);
	return v[(n - 1) / 2];
}

static void
reason(struct counter *c, struct user *u, struct str text)
{
	u->why = u->why.n ? arena_printf(&c->r->arena, STR_FMT "; " STR_FMT,
				STR_ARG(u->why), STR_ARG(text)) :
			    text;
}

static void
suspect(struct counter *c, struct user *u)
{
	struct arena *a = &c->r->arena;
	uint64_t often = usual(c, u);

	for (size_t i = 0; i < c->bins.n; i++)
		if (u->v[i] > u->peak)
			u->peak = u->v[i];
	if (u->networks >= NETWORKS_MANY)
		reason(c, u,
		    arena_printf(a, "used from %llu networks",
			(unsigned long long)u->networks));
	if (u->guesses >= GUESSES_MANY)
		reason(c, u,
		    arena_printf(a, "a login from where %llu had failed",
			(unsigned long long)u->guesses));
	if (u->peak >= PEAK_MANY && often && u->peak >= PEAK_TIMES * often)
		reason(c, u,
		    arena_printf(a,
			"%llu mails in one stretch where %llu are usual",
			(unsigned long long)u->peak,
			(unsigned long long)often));
	if (u->came_back >= BACK_MANY &&
	    u->came_back * 100 >= u->copies * BACK_PERCENT)
		reason(c, u,
		    arena_printf(a, "%llu of %llu copies came back",
			(unsigned long long)u->came_back,
			(unsigned long long)u->copies));
}

static void
join(struct counter *c)
{
	for (size_t i = 0; i < c->senders.n; i++) {
		const struct sender *s = c->senders.row[i];

		if (!s->user)
			continue;
		s->user->copies += s->copies;
		s->user->came_back += s->came_back;
	}
	for (size_t i = 0; i < c->pairs.n; i++) {
		const struct pair *p = c->pairs.row[i];

		if (p->logins && p->failures > p->user->guesses)
			p->user->guesses = p->failures;
	}
	for (size_t i = 0; i < c->users.n; i++)
		suspect(c, c->users.row[i]);
}

/* ---- rows ---- */

static int
worst_user(const void *x, const void *y)
{
	const struct user *a = x, *b = y;

	if ((a->why.n > 0) != (b->why.n > 0))
		return a->why.n ? -1 : 1;
	if (a->failures != b->failures)
		return a->failures < b->failures ? 1 : -1;
	if (a->messages != b->messages)
		return a->messages < b->messages ? 1 : -1;
	return str_cmp(a->name, b->name);
}

static int
worst_client(const void *x, const void *y)
{
	const struct client *a = x, *b = y;

	if (a->failures != b->failures)
		return a->failures < b->failures ? 1 : -1;
	if (a->bans != b->bans)
		return a->bans < b->bans ? 1 : -1;
	return str_cmp(a->ip, b->ip);
}

static void
rows(struct counter *c)
{
	struct report *r = c->r;

	tally_sort(&c->users, worst_user);
	for (size_t i = 0; i < c->users.n; i++) {
		const struct user *u = c->users.row[i];
		struct cell *l = report_row(r, T_USERS);

		cell_text(&l[U_USER], u->name);
		cell_flag(&l[U_SUSPECT], u->why.n > 0);
		cell_count(&l[U_LOGINS], u->logins);
		cell_count(&l[U_FAILURES], u->failures);
		cell_count(&l[U_ADDRESSES], u->addresses);
		cell_count(&l[U_NETWORKS], u->networks);
		cell_count(&l[U_MESSAGES], u->messages);
		cell_count(&l[U_RCPTS], u->rcpts);
		cell_count(&l[U_PEAK], u->peak);
		cell_count(&l[U_FAILED], u->came_back);
		cell_time(&l[U_FIRST], u->first_us);
		cell_time(&l[U_LAST], u->last_us);
		if (u->messages)
			cell_series(&l[U_SERIES], &c->bins, u->v);
		cell_text(&l[U_WHY], u->why);
	}
	tally_sort(&c->clients, worst_client);
	for (size_t i = 0; i < c->clients.n; i++) {
		const struct client *k = c->clients.row[i];
		struct cell *l;

		if (!k->failures && !k->bans)
			continue;
		l = report_row(r, T_CLIENTS);
		cell_text(&l[C_CLIENT], k->ip);
		cell_count(&l[C_FAILURES], k->failures);
		cell_count(&l[C_USERS], k->users);
		cell_count(&l[C_LOGINS], k->logins);
		cell_count(&l[C_BANS], k->bans);
		cell_time(&l[C_FIRST], k->first_us);
		cell_time(&l[C_LAST], k->last_us);
		if (k->failures)
			cell_series(&l[C_SERIES], &c->bins, k->v);
		cell_text(&l[C_SAMPLE], k->sample);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct facts *fs = report_facts(r,
	    1u << FACT_AUTH | 1u << FACT_LIFE | 1u << FACT_COPY, err);
	struct counter c = { .r = r, .key = BUF_INIT(64 * 1024) };
	uint64_t suspects = 0;
	struct fact f;
	int rc;

	if (!fs)
		return -1;
	report_bins(r, &c.bins);
	tally_init(&c.users, &r->arena, sizeof(struct user));
	tally_init(&c.clients, &r->arena, sizeof(struct client));
	tally_init(&c.senders, &r->arena, sizeof(struct sender));
	tally_init(&c.pairs, &r->arena, sizeof(struct pair));
	tally_init(&c.told, &r->arena, sizeof(struct told));
	while ((rc = facts_next(fs, &f, err)) == 1)
		if (f.kind == FACT_AUTH)
			take_auth(&c, &f);
		else if (f.kind == FACT_LIFE)
			take_mail(&c, &f);
		else
			take_copy(&c, &f);
	join(&c);
	for (size_t i = 0; i < c.users.n; i++)
		suspects += ((struct user *)c.users.row[i])->why.n > 0;
	rows(&c);
	report_total(r, "failures", "logins failed", c.failures);
	report_total(r, "logins", "logins logged on their own", c.logins);
	report_total(r, "bans", "addresses shut out", c.bans);
	report_total(r, "suspects", "accounts to look at", suspects);
	if (suspects)
		report_note(r,
		    "An account to look at is no proven theft: ask its owner "
		    "before it is shut.");
	report_facts_end(r, fs);
	tally_release(&c.users);
	tally_release(&c.clients);
	tally_release(&c.senders);
	tally_release(&c.pairs);
	tally_release(&c.told);
	distinct_release(&c.d);
	buf_release(&c.key);
	return rc;
}

const struct report_def report_auth = {
	.name = "auth",
	.about = "logins that failed, who tried, accounts that look stolen",
	.period = "yesterday",
	.table = tables,
	.ntable = TABLES,
	.run = run,
};
