/*
 * diagnose_chain.c: logs, accounts and network onto the nine links.
 *
 * The logs lead: what they prove is not asked again, what they show broken is
 * held against what DNS says now (it may have been repaired).  A log line of
 * long ago proves that time only; then what is seen now counts.
 */
#include "cli/diagnose.h"
#include "base/banned.h"

#define HOUR_US (3600 * INT64_C(1000000))

const char *const diag_state_name[DIAG_STATES] = {
	[DIAG_UNKNOWN] = "unknown",
	[DIAG_PROVED] = "proved",
	[DIAG_BROKEN] = "broken",
	[DIAG_WEAK] = "weak",
	[DIAG_NOT_REACHED] = "not reached",
	[DIAG_ELSEWHERE] = "elsewhere",
};

static const struct {
	const char *id, *question;
} links[CHAIN_LINKS] = {
	{ "L1", "is the address itself right?" },
	{ "L2", "is the domain registered, not expired, not on hold?" },
	{ "L3", "do its name servers work and agree?" },
	{ "L4", "where should its mail go?" },
	{ "L5", "does that server answer and take mail for the domain?" },
	{ "L6", "does the mailbox exist there?" },
	{ "L7", "may the mail be sent there?" },
	{ "L8", "is the mailbox full or the account locked?" },
	{ "L9", "is the mail program set up right?" },
};

static bool
recent(const struct diag *d, int64_t t_us)
{
	return t_us && d->now_us - t_us < DIAG_FRESH_H * HOUR_US;
}

bool
diag_fresh(const struct diag *d)
{
	const struct evd_fact *r = d->ev.received;

	if (d->kind == EVD_IP || !r || !recent(d, r->last_us) || d->sending)
		return false;
	for (int i = 0; i < 8; i++)
		if (d->ev.link[i].state >= EVD_WEAK)
			return false;
	return true;
}

/* ---- the logs ---- */

static void
from_logs(struct diag *d, int i)
{
	static const enum diag_state state[] = { [EVD_UNKNOWN] = DIAG_UNKNOWN,
		[EVD_PROVED] = DIAG_PROVED,
		[EVD_WEAK] = DIAG_WEAK,
		[EVD_BROKEN] = DIAG_BROKEN };
	const struct evd_link *e = &d->ev.link[i];
	struct diag_link *l = &d->link[i];

	if (e->state == EVD_UNKNOWN)
		return;
	if (i == 8 && d->via == VIA_WEBMAIL && e->why &&
	    e->why->kind == EVD_CLIENT)
		return; /* there is no mail program */
	l->state = state[e->state];
	l->source = "logs";
	l->t_us = e->t_us;
	l->fact = e->why;
	if (e->why && e->state >= EVD_WEAK)
		l->say = diag_say(d, e->why);
}

/* ---- the network ---- */

/* A name that does not exist is no fault of its name servers, unless the
 * registry has it. */
static int
link_of(const struct diag *d, int i, const struct chain_link *c)
{
	const struct finding *known = job_finding(d->job, D01);

	if (c->why && check_index(c->why->check) == R01 &&
	    c->why->result == CHECK_FAIL &&
	    (!known ||
		(known->result != CHECK_PASS && known->result != CHECK_FAIL)))
		return 1;
	return i;
}

static void
from_network(struct diag *d, int i, const struct chain_link *c)
{
	struct diag_link *l = &d->link[link_of(d, i, c)];
	bool bad = c->state == LINK_BROKEN || c->state == LINK_WEAK;
	bool dns = i >= 1 && i <= 3;

	/* what others publish about their own sending is not our way there */
	if (i == 6 && d->kind != EVD_IP && d->ev.ours != 1)
		return;
	/* our own way out matters most to who complains about sending */
	if (i == 6 && bad && d->kind != EVD_IP && !d->sending &&
	    l->state == DIAG_UNKNOWN && c->state == LINK_WEAK) {
		l->say = arena_printf(&d->arena, "to note: " STR_FMT,
		    STR_ARG(c->why->say));
		return;
	}
	/* our own service, asked now, says more than a program's complaint */
	if (i == 8 && c->state == LINK_BROKEN && l->fact &&
	    l->fact->kind == EVD_CLIENT)
		l->state = DIAG_UNKNOWN;
	if (l->state == DIAG_BROKEN || l->state == DIAG_WEAK) {
		if (dns && c->state == LINK_PROVED) {
			l->say = arena_printf(&d->arena,
			    "in order now, but: " STR_FMT, STR_ARG(l->say));
			l->state = DIAG_PROVED;
			l->source = "network";
			l->t_us = 0;
		}
		if (!dns || c->state != LINK_BROKEN)
			return;
	} else if (bad) {
		if (l->state == DIAG_PROVED && c->state == LINK_WEAK &&
		    (i < 6 || recent(d, l->t_us)))
			return; /* mail gets through all the same */
		if (l->state == DIAG_PROVED && i == 6 && recent(d, l->t_us))
			return;
	} else if (c->state != LINK_PROVED || l->state == DIAG_PROVED) {
		return;
	}
	l->state = c->state == LINK_PROVED ? DIAG_PROVED :
		   c->state == LINK_BROKEN ? DIAG_BROKEN :
					     DIAG_WEAK;
	if (i == 6 && l->state == DIAG_BROKEN && !d->sending &&
	    d->kind != EVD_IP)
		l->state = DIAG_WEAK; /* what comes in does not need it */
	l->source = "network";
	l->t_us = 0;
	if (bad && c->why) {
		l->finding = c->why;
		l->fact = NULL;
		l->say = c->why->say;
	}
}

/* ---- the text, the accounts ---- */

static void
from_text(struct diag *d)
{
	struct diag_link *l = &d->link[0];

	if (d->kind == EVD_IP)
		return;
	if (d->address.fails) {
		*l = (struct diag_link){ l->id, l->question, DIAG_BROKEN,
			"text", 0,
			arena_printf(&d->arena,
			    "'" STR_FMT "' is not an address: " STR_FMT,
			    STR_ARG(str_head(d->address.shown, 300)),
			    STR_ARG(d->address.why)),
			NULL, NULL };
		return;
	}
	if (d->meant.n) {
		if (l->state == DIAG_WEAK && l->finding)
			return; /* the network had more to say */
		l->state = DIAG_WEAK;
		l->source = "text";
		l->t_us = 0;
		l->say = arena_printf(&d->arena,
		    "did you mean " STR_FMT "? " STR_FMT
		    " looks like a slip of the finger, and no mail with it is "
		    "usual here",
		    STR_ARG(d->meant), STR_ARG(d->domain));
		return;
	}
	if (l->state == DIAG_UNKNOWN) {
		l->state = DIAG_PROVED;
		l->source = "text";
	}
}

static const char *const shut[] = { "lock", "disabl", "suspend", "closed",
	"block", "expired", "inactive", NULL };
static const char *const full[] = { "full", "over quota", "overquota", NULL };

/* One of the words, but not its opposite: "unlocked", "not locked". */
static bool
says(struct str state, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		ptrdiff_t at = str_findi(state, str_c(words[i]));
		struct str before = str_head(state, at < 0 ? 0 : (size_t)at);

		if (at >= 0 && !str_endsi(before, STR("un")) &&
		    !str_endsi(before, STR("not ")))
			return true;
	}
	return false;
}

bool
diag_full(const struct diag *d)
{
	const struct diag_link *eight = &d->link[7];

	if (eight->state != DIAG_BROKEN)
		return false;
	return eight->fact ? eight->fact->cls == CLS_MAILBOX_FULL :
			     says(d->account.state, full);
}

static void
from_accounts(struct diag *d)
{
	const struct account *a = &d->account;
	struct diag_link *six = &d->link[5], *eight = &d->link[7];

	if (!a->asked)
		return;
	if (!a->exists) {
		if (d->ev.ours != 1 || six->state == DIAG_BROKEN)
			return;
		six->state = DIAG_BROKEN;
		six->source = "accounts";
		six->t_us = 0;
		six->fact = NULL;
		six->say = arena_printf(&d->arena,
		    "our list of accounts knows no " STR_FMT,
		    STR_ARG(d->target));
		return;
	}
	if (six->state == DIAG_UNKNOWN || six->state == DIAG_BROKEN) {
		if (six->state == DIAG_BROKEN)
			six->say = arena_printf(&d->arena,
			    "the account exists now, but: " STR_FMT,
			    STR_ARG(six->say));
		six->state = DIAG_PROVED;
		six->source = "accounts";
		six->t_us = 0;
	}
	if (says(a->state, shut) || says(a->state, full)) {
		bool is_full = says(a->state, full);

		if (eight->state != DIAG_BROKEN) {
			eight->fact = NULL;
			eight->t_us = 0;
			eight->source = "accounts";
			eight->say = arena_printf(&d->arena,
			    is_full ?
				"the mailbox " STR_FMT " is full (" STR_FMT
				", says our list of accounts)" :
				"the account " STR_FMT " is locked (" STR_FMT
				", says our list of accounts)",
			    STR_ARG(d->target), STR_ARG(a->state));
		}
		eight->state = DIAG_BROKEN;
	}
}

/* ---- the end of the chain as we see it ---- */

/* The newest mail that the domain's servers took, for whomever. */
static const struct evd_fact *
handed_over(const struct diag *d)
{
	const struct evd_fact *f =
	    d->ev.received ? d->ev.received : d->ev.link[3].why;

	return f && f->rcpt && f->rcpt->state == OUT_LEFT ? f : NULL;
}

static struct str
whose(struct diag *d)
{
	const struct evd_fact *f = handed_over(d);

	if (d->have_lights && d->lights.mx_provider)
		return str_c(d->lights.mx_provider);
	if (d->have_lights && d->lights.mx_name.n)
		return d->lights.mx_name;
	if (f && f->rcpt->remote_name.n)
		return f->rcpt->remote_name;
	for (size_t i = 0; i < d->ev.nfact; i++) {
		f = d->ev.fact[i];
		if (f->kind == EVD_NOT_RECEIVED && !f->by_us &&
		    f->rcpt->has_remote && f->rcpt->remote_name.n)
			return f->rcpt->remote_name;
	}
	return STR("another provider");
}

/* Not our domain: from link 4 on it is another's, whatever they do there. */
static void
elsewhere(struct diag *d)
{
	struct diag_link *l = &d->link[3];
	const struct evd_fact *f = handed_over(d);

	if (d->kind == EVD_IP || d->ev.ours != 0 || l->state == DIAG_BROKEN ||
	    l->state == DIAG_WEAK ||
	    (d->have_lights && d->lights.mx == WHOSE_OURS))
		return;
	l->state = DIAG_ELSEWHERE;
	l->fact = f;
	l->t_us = f ? f->last_us : 0;
	if (f && f == d->ev.received)
		l->say = arena_printf(&d->arena,
		    STR_FMT
		    " is not a domain of ours: its mail goes to " STR_FMT
		    ". The last mail for " STR_FMT
		    " was handed over at " STR_FMT "%s" STR_FMT,
		    STR_ARG(d->domain), STR_ARG(whose(d)), STR_ARG(d->target),
		    STR_ARG(diag_time(d, f->last_us)),
		    f->rcpt->remote_qid.n ? " as " : "",
		    STR_ARG(f->rcpt->remote_qid));
	else if (d->kind == EVD_DOMAIN)
		l->say = arena_printf(&d->arena,
		    STR_FMT
		    " is not a domain of ours: its mail goes to " STR_FMT,
		    STR_ARG(d->domain), STR_ARG(whose(d)));
	else
		l->say = arena_printf(&d->arena,
		    STR_FMT
		    " is not a domain of ours: its mail goes to " STR_FMT
		    ", and whether " STR_FMT " exists only they know",
		    STR_ARG(d->domain), STR_ARG(whose(d)), STR_ARG(d->target));
}

static int
first_of(const struct diag *d)
{
	static const enum diag_state order[] = { DIAG_BROKEN, DIAG_WEAK,
		DIAG_ELSEWHERE };

	for (size_t o = 0; o < sizeof(order) / sizeof(*order); o++)
		for (int i = 0; i < CHAIN_LINKS; i++)
			if (d->link[i].state == order[o])
				return i;
	return -1;
}

/* What failed on the way and is in order now is worth a word. */
static void
mended(struct diag *d)
{
	if (d->first >= 0 && d->link[d->first].state != DIAG_ELSEWHERE)
		return;
	for (int i = 1; i <= 3; i++)
		if (d->link[i].state == DIAG_PROVED && d->link[i].say.n)
			d->say = arena_printf(&d->arena,
			    STR_FMT
			    ". DNS is " STR_FMT
			    "; what still waits goes out with the next attempt",
			    STR_ARG(d->say), STR_ARG(d->link[i].say));
}

/* When DNS was the trouble: until when an older answer may be kept. */
static void
cached(struct diag *d)
{
	const struct finding *f =
	    d->first < 0 ? NULL : d->link[d->first].finding;

	if (f && check_index(f->check) == R07)
		return; /* nobody means to change that */
	if (d->have_lights && d->lights.cached_until_s && d->first >= 1 &&
	    d->first <= 3 && d->link[d->first].state != DIAG_ELSEWHERE)
		diag_add_remedy(d,
		    arena_printf(&d->arena,
			"what is changed in DNS now is visible "
			"everywhere by " STR_FMT,
			STR_ARG(diag_time(d,
			    d->lights.cached_until_s * INT64_C(1000000)))));
}

void
diag_chain(struct diag *d)
{
	struct chain_link live[CHAIN_LINKS];
	bool broken = false;

	for (int i = 0; i < CHAIN_LINKS; i++) {
		d->link[i] = (struct diag_link){ .id = links[i].id,
			.question = links[i].question,
			.say = STR("") };
		from_logs(d, i);
	}
	if (d->job) {
		const struct finding *f = job_finding(d->job, R01);

		chain_of(d->job, live);
		if (f && f->result == CHECK_UNKNOWN &&
		    d->link[2].state == DIAG_UNKNOWN)
			d->link[2].say = f->say; /* why nothing is known */
		for (int i = 0; i < CHAIN_LINKS; i++)
			from_network(d, i, &live[i]);
	}
	from_text(d);
	from_accounts(d);
	elsewhere(d);
	d->first = first_of(d);
	for (int i = 0; i < CHAIN_LINKS; i++) {
		if (d->link[i].state == DIAG_BROKEN)
			broken = true;
		else if (broken && d->link[i].state == DIAG_UNKNOWN)
			d->link[i].state = DIAG_NOT_REACHED;
	}
	d->remedy = STR("");
	if (d->first >= 0)
		diag_lead_broken(d);
	else
		diag_lead_whole(d);
	mended(d);
	cached(d);
}

int
diag_status(const struct diag *d)
{
	if (d->first >= 0)
		switch (d->link[d->first].state) {
		case DIAG_BROKEN:
			return 4;
		case DIAG_WEAK:
			return 3;
		default: /* elsewhere */
			return d->link[d->first].fact ||
				       (d->job &&
					   check_job_status(d->job) == 0) ?
				   0 :
				   2;
		}
	if (d->ev.received || d->ev.sent || (d->kind == EVD_IP && d->ev.nfact))
		return 0;
	return d->job && check_job_status(d->job) == 0 ? 0 : 2;
}
