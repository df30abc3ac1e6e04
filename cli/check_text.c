/*
 * check_text.c: what a check found, for people: the rating, the first broken
 * link with the sentence to read out, then what else is wrong, the route and
 * the servers with their times drawn.
 */
#include "cli/check.h"
#include "live/probe.h"
#include "base/banned.h"

enum { LABEL = 4, SAY = 9, BAR = 24, FEW = 4, FEW_OF_MANY = 2 };

enum ink
rating_ink(enum rating_word w)
{
	return w == RATING_SATISFACTORY ? INK_GOOD :
	       w == RATING_IMPAIRED	? INK_WAIT :
	       w == RATING_NOT_TESTABLE ? INK_DIM :
					  INK_BAD;
}

const char *
rating_sentence(const struct job *j)
{
	bool ip = j->kind == JOB_IP, host = job_is_host(j);

	switch (j->rating.word) {
	case RATING_SATISFACTORY:
		return host	  ? "nothing is wrong with it" :
		       ip	  ? "nothing speaks against it" :
		       j->started ? "mail can be delivered" :
				    "nothing in DNS stands in the way of mail";
	case RATING_IMPAIRED:
		return host ? "it works, but not for everybody" :
		       ip   ? "some recipients refuse it" :
			      "part of the mail is late, lost or refused";
	case RATING_COMPROMISED:
		return host ? "it does not do its work" :
			      "mail cannot be delivered";
	case RATING_NO_MAIL:
		return "its owner wants no mail";
	default:
		return "it could not be tested from here";
	}
}

enum ink
check_result_ink(enum check_result r)
{
	return r == CHECK_PASS ? INK_GOOD :
	       r == CHECK_WARN ? INK_WAIT :
	       r == CHECK_FAIL ? INK_BAD :
				 INK_DIM;
}

static const char *
result_mark(const struct pen *p, enum check_result r)
{
	static const char *const mark[][2] = {
		[CHECK_NONE] = { "?", "?" },
		[CHECK_PASS] = { "\xe2\x9c\x93", "ok" },
		[CHECK_INFO] = { "i", "i" },
		[CHECK_WARN] = { "!", "!" },
		[CHECK_FAIL] = { "\xe2\x9c\x97", "X" },
		[CHECK_UNKNOWN] = { "?", "?" },
		[CHECK_SKIP] = { "-", "-" },
	};

	return mark[r][!p->utf8];
}

/* Who must act, unless the remedy itself says so. */
static const char *
who_words(const struct finding *f)
{
	static const char *const words[][2] = {
		{ "us", "we: " },
		{ "owner", "the domain's owner: " },
		{ "provider", "the recipient's provider: " },
		{ "customer", "the customer: " },
	};

	if (str_starts(f->remedy, STR("the ")) ||
	    str_starts(f->remedy, STR("ask ")) ||
	    str_starts(f->remedy, STR("tell ")))
		return "";
	for (size_t i = 0; f->who && i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(f->who, words[i][0]))
			return words[i][1];
	return "";
}

static void
remedy(struct pen *p, const struct finding *f)
{
	struct buf b = BUF_INIT(1200);

	if (!f->remedy.n || str_eq(f->remedy, STR("none")))
		return;
	buf_printf(&b, "%s %s" STR_FMT, p->utf8 ? "\xe2\x86\x92" : "->",
	    who_words(f), STR_ARG(f->remedy));
	pen_pad(p, SAY);
	pen_wrap(p, buf_str(&b), SAY, SAY + 2);
	buf_release(&b);
}

static void
evidence(struct pen *p, const struct finding *f)
{
	struct str rest = f->evidence;

	while (rest.p && rest.n) {
		struct str line = str_split(&rest, '\n');

		pen_pad(p, SAY);
		pen_ink(p, INK_DIM);
		pen_c(p, "| ");
		pen_str(p, line);
		pen_plain(p);
		pen_nl(p);
	}
}

/* The server's name and address stand in the sentence, or before it. */
static void
server_said(const struct finding *f, struct buf *b)
{
	struct arena a = { 0 };
	struct str ip = ip_text(&a, &f->probe->ip);

	if (!str_starts(f->say, f->probe->name))
		buf_printf(b, STR_FMT ": " STR_FMT, STR_ARG(f->object),
		    STR_ARG(f->say));
	else if (str_find(f->say, ip) < 0)
		buf_printf(b, STR_FMT STR_FMT, STR_ARG(f->object),
		    STR_ARG(str_from(f->say, f->probe->name.n)));
	else
		buf_add(b, f->say);
	arena_release(&a);
}

static void
one(struct pen *p, const struct finding *f, int verbose)
{
	pen_pad(p, 2);
	pen_ink(p, check_result_ink(f->result));
	pen_c(p, result_mark(p, f->result));
	pen_plain(p);
	pen_pad(p, LABEL + 1);
	pen_c(p, f->check->id);
	pen_pad(p, SAY);
	if (f->probe) {
		struct buf b = BUF_INIT(2000);

		server_said(f, &b);
		pen_wrap(p, buf_str(&b), SAY, SAY);
		buf_release(&b);
	} else {
		pen_wrap(p, f->say, SAY, SAY);
	}
	remedy(p, f);
	if (verbose || f->result == CHECK_FAIL)
		evidence(p, f);
}

static void
route(struct pen *p, const struct job *j)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < j->route.nhost; i++) {
		const struct mx_host *h = &j->route.host[i];

		pen_pad(p, 2);
		if (i == 0)
			pen_c(p, "route");
		pen_pad(p, SAY);
		if (j->route.kind == ROUTE_MX)
			pen_printf(p, "%u ", h->pref);
		pen_str(p, h->name);
		for (size_t k = 0; k < h->nip; k++) {
			pen_c(p, k ? " " : "  ");
			pen_str(p, ip_text(&a, &h->ip[k]));
		}
		if (!h->nip)
			pen_c(p, "  (no address)");
		pen_ink(p, INK_DIM);
		if (h->ours)
			pen_c(p, "  ours");
		else if (h->provider)
			pen_printf(p, "  %s", h->provider->name);
		pen_plain(p);
		pen_nl(p);
	}
	if (j->route.left_out)
		pen_printf(p, "         and %zu more\n", j->route.left_out);
	arena_release(&a);
}

/* A bar of the whole time, each step in its part. */
static void
bar(struct pen *p, const struct probe *pr)
{
	int64_t all = pr->took_us > 0 ? pr->took_us : 1;
	int used = 0;

	for (int s = 0; s < STEP_COUNT && used < BAR; s++) {
		static const char letter[STEP_COUNT] = "cgestemmrryzq";
		int n = (int)(pr->step[s].took_us * BAR / all);

		for (; n > 0 && used < BAR; n--, used++)
			pen_printf(p, "%c", letter[s]);
	}
	for (; used < BAR; used++)
		pen_c(p, ".");
}

static void
server(struct pen *p, const struct probe *pr)
{
	struct arena a = { 0 };
	enum ink ink = pr->state == SERVER_OK	    ? INK_GOOD :
		       pr->state == SERVER_FAILED   ? INK_BAD :
		       pr->state == SERVER_UNTESTED ? INK_DIM :
						      INK_WAIT;

	pen_pad(p, 2);
	pen_ink(p, ink);
	pen_c(p, server_state_name(pr->state));
	pen_plain(p);
	pen_pad(p, 13);
	pen_str(p, pr->name);
	pen_c(p, " (");
	pen_str(p, ip_text(&a, &pr->ip));
	pen_c(p, ")");
	if (pr->age_s) {
		pen_printf(p, "  as of %lld min ago",
		    (long long)(pr->age_s + 59) / 60);
	} else if (pr->untested) {
		pen_c(p, "  ");
		pen_str(p, pr->why);
	} else {
		pen_nl(p);
		pen_pad(p, 13);
		bar(p, pr);
		for (int s = 0; s < STEP_COUNT; s++) {
			if (!pr->step[s].took_us)
				continue;
			if (p->col > p->width - 20) {
				pen_nl(p);
				pen_pad(p, 13);
			}
			pen_printf(p, " %s %.0f ms", smtp_step_name(s),
			    (double)pr->step[s].took_us / 1000);
		}
		if (pr->tls_ok) {
			pen_c(p, " ");
			pen_str(p, pr->tls_version_name);
		}
	}
	pen_nl(p);
	arena_release(&a);
}

/* The link of the chain that the leading finding stands in. */
static void
first_broken(struct pen *p, const struct job *j, const struct finding *lead)
{
	struct chain_link link[CHAIN_LINKS];
	const struct chain_link *l;

	if (j->kind == JOB_IP)
		return;
	chain_of(j, link);
	l = &link[lead->check->link[1] - '1'];
	pen_pad(p, 2);
	pen_ink(p, lead->result == CHECK_FAIL ? INK_BAD : INK_WAIT);
	pen_printf(p, "%s %s", l->id, l->question);
	pen_plain(p);
	pen_nl(p);
}

/* Findings about the domain as a sender: no matter for who writes to it. */
static bool
as_sender(const struct job *j, const struct finding *f)
{
	return (f->check->scope == SCOPE_SENDING ||
		   f->check->scope == SCOPE_FROM) &&
	       job_is_local(j, j->domain) != 1;
}

static void
subhead(struct pen *p, const char *text)
{
	pen_pad(p, 2);
	pen_ink(p, INK_DIM);
	pen_c(p, text);
	pen_plain(p);
	pen_nl(p);
}

static void
troubles(struct pen *p, const struct job *j, bool sender, int verbose)
{
	bool any = false;

	for (int r = CHECK_FAIL; r >= CHECK_PASS; r--)
		for (size_t i = 0; i < j->nfinding; i++) {
			const struct finding *f = &j->finding[i];

			if ((int)f->result != r ||
			    f == j->rating.first_broken ||
			    as_sender(j, f) != sender ||
			    (r == CHECK_PASS && !verbose))
				continue;
			if (sender && !any)
				subhead(p, "when it sends mail itself:");
			any = true;
			one(p, f, verbose);
		}
}

/* What could not be tested: each, or when it is much, the first and which. */
static void
unknowns(struct pen *p, const struct job *j, int verbose)
{
	struct buf ids = BUF_INIT(2000);
	size_t n = 0, more = 0;

	for (size_t i = 0; i < j->nfinding; i++)
		n += j->finding[i].result == CHECK_UNKNOWN;
	for (size_t i = 0, seen = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];

		if (f->result != CHECK_UNKNOWN)
			continue;
		if (verbose || n <= FEW || seen++ < FEW_OF_MANY) {
			one(p, f, verbose);
			continue;
		}
		if (str_find(buf_str(&ids), str_c(f->check->id)) < 0)
			buf_printf(&ids, " %s", f->check->id);
		more++;
	}
	if (more) {
		struct buf b = BUF_INIT(2200);

		pen_pad(p, 2);
		pen_ink(p, INK_DIM);
		pen_c(p, "?");
		pen_plain(p);
		pen_pad(p, SAY);
		buf_printf(&b, "and %zu more that could not be tested (-v):%s",
		    more, buf_c(&ids));
		pen_wrap(p, buf_str(&b), SAY, SAY);
		buf_release(&b);
	}
	buf_release(&ids);
}

static void
heading(struct pen *p, const struct job *j)
{
	pen_ink(p, INK_BOLD);
	pen_str(p, j->input.n ? j->input : STR("(empty)"));
	pen_plain(p);
	if (j->shown.n && !str_eq(j->shown, j->domain)) {
		pen_c(p, " = ");
		/* both forms, whichever was written */
		pen_str(p, str_findi(j->input, STR("xn--")) < 0 ? j->domain :
								  j->shown);
	}
	pen_c(p, "  ");
	pen_ink(p, rating_ink(j->rating.word));
	pen_c(p, rating_name(j->rating.word));
	pen_plain(p);
	pen_c(p, ": ");
	pen_c(p, rating_sentence(j));
	pen_nl(p);
}

void
check_text_job(struct pen *p, const struct job *j, int verbose)
{
	const struct finding *lead = j->rating.first_broken;
	size_t good = 0, skipped = 0;

	heading(p, j);
	if (lead) {
		first_broken(p, j, lead);
		one(p, lead, verbose);
	}
	troubles(p, j, false, verbose);
	unknowns(p, j, verbose);
	troubles(p, j, true, verbose);
	for (size_t i = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];

		good += f->result == CHECK_PASS;
		if (f->result != CHECK_SKIP)
			continue;
		/* nothing else says why */
		if (verbose > 1 || (j->kind == JOB_IP &&
				       j->rating.word == RATING_NOT_TESTABLE))
			one(p, f, verbose);
		else
			skipped++;
	}
	if (j->have_route && j->route.nhost)
		route(p, j);
	for (size_t i = 0; i < j->nprobe; i++)
		server(p, j->probe[i]);
	if (j->rating.left_out && j->started)
		pen_printf(p, "  %u servers tested, %u left out\n",
		    j->rating.tested, j->rating.left_out);
	if (j->rating.nolisting)
		pen_c(p, "  the first server may refuse on purpose "
			 "(nolisting)\n");
	pen_ink(p, INK_DIM);
	pen_printf(p, "  %zu in order%s, %zu not needed, %.1f s", good,
	    verbose ? "" : " (-v)", skipped, (double)j->took_us / 1e6);
	pen_plain(p);
	pen_nl(p);
}

void
check_text(const struct check_run *run, struct buf *out)
{
	struct env *env = run->env;
	struct pen p = { .out = out,
		.tz = env->tz,
		.width = env->tty.width,
		.color = env->tty.color,
		.utf8 = env->tty.utf8,
		.whole = !env->tty.tty };

	if (run->diff) {
		check_diff_text(run, &p);
		return;
	}
	for (size_t i = 0; i < run->ntarget; i++) {
		if (i)
			pen_nl(&p);
		check_text_job(&p, run->target[i].job, env->verbose);
	}
	if (env->verbose)
		check_sent_text(run, &p);
}
