/*
 * check_spf.c: S06-S10: the domain's SPF record, and whether it allows us.
 */
#include "base/buf.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/spf.h"
#include "base/banned.h"

struct spf_seen {
	const struct dns_answer *txt;
	struct str record;
	size_t found;
	struct str nearly;
};

/* 1 looked, 0 not yet, -1 cannot (the finding says so) */
static int
look(struct job *j, struct finding *f, struct spf_seen *s)
{
	*s = (struct spf_seen){ .record = STR(""), .nearly = STR("") };
	if (!j->domain.n || job_failed(j, R01)) {
		found_skip(j, f, "there is no such name");
		return -1;
	}
	s->txt = job_ask(j, j->domain, DNS_TXT);
	if (s->txt->status == DNS_PENDING)
		return 0;
	if (!dns_said(s->txt)) {
		found_unknown(j, f, "the record could not be asked: %s",
		    dns_status_text(s->txt->status));
		return -1;
	}
	for (size_t i = 0; i < s->txt->nrr; i++) {
		struct str t = s->txt->rr[i].data;
		int is = spf_is_record(t);

		if (is == SPF_IS) {
			s->record = t;
			s->found++;
		} else if (is == SPF_NEARLY) {
			s->nearly = t;
		}
	}
	return 1;
}

/* Exactly one record, or the check is skipped. */
static int
one_record(struct job *j, struct finding *f, struct spf_seen *s)
{
	int ok = look(j, f, s);

	if (ok == 1 && s->found != 1) {
		found_skip(j, f,
		    s->found ? "there are two records" :
			       "there is no SPF record");
		return -1;
	}
	if (ok == 1)
		found_evidence(j, f, STR_FMT,
		    STR_ARG(str_head(s->record, 600)));
	return ok;
}

bool
check_s06(struct job *j, struct finding *f)
{
	struct spf_seen s;
	const struct dns_answer *old;
	int ok = look(j, f, &s);

	if (ok != 1)
		return ok;
	if (s.found > 1)
		return found(j, f, CHECK_FAIL,
		    STR_FMT " has %zu SPF records; "
			    "they must be joined into one",
		    STR_ARG(j->shown), s.found);
	if (s.found == 1) {
		found_evidence(j, f, STR_FMT, STR_ARG(str_head(s.record, 600)));
		return found_pass(j, f, "one SPF record");
	}
	if (s.nearly.n) {
		found_evidence(j, f, "'" STR_FMT "'",
		    STR_ARG(str_head(s.nearly, 300)));
		return found(j, f, CHECK_WARN,
		    "the SPF record of " STR_FMT
		    " is not recognised: it must begin with 'v=spf1' and "
		    "nothing before it",
		    STR_ARG(j->shown));
	}
	old = job_ask(j, j->domain, DNS_SPF);
	if (old->status == DNS_PENDING)
		return false;
	if (old->status == DNS_OK)
		return found(j, f, CHECK_WARN,
		    "the SPF record of " STR_FMT
		    " has only the abolished type SPF (99); it must be TXT",
		    STR_ARG(j->shown));
	found_remedy(j, f, "owner",
	    "enter a TXT record that names the servers that send for it, "
	    "such as 'v=spf1 mx -all'");
	return found(j, f, CHECK_WARN, STR_FMT " has no SPF record",
	    STR_ARG(j->shown));
}

/* The whole record with its includes; in the round's memory. */
static struct spf_tree *
walk(struct job *j, struct str record)
{
	struct spf_tree *t = arena_new(&j->scratch, struct spf_tree);
	struct asker asker = job_asker(j);

	spf_walk(&asker, &j->scratch, j->domain, record, t);
	return t;
}

/* "did you mean include?" */
static const char *
meant(struct str term)
{
	static const char *const words[] = { "include", "redirect", "exists",
		"all", "ip4", "ip6", "mx", "a", "ptr" };

	while (term.n && memchr("+-~?", term.p[0], 4))
		term = str_from(term, 1);
	for (size_t n = 0; n < term.n; n++)
		if (term.p[n] == ':' || term.p[n] == '=' || term.p[n] == '/') {
			term.n = n;
			break;
		}
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct str w = str_c(words[i]);
		size_t same = 0;

		if (str_eqi(term, w))
			return NULL;
		while (same < w.n && same < term.n &&
		       to_lower(term.p[same]) == w.p[same])
			same++;
		if (w.n > 2 && same >= 2 &&
		    (w.n > term.n ? w.n - term.n : term.n - w.n) <= 2)
			return words[i];
	}
	return NULL;
}

bool
check_s07(struct job *j, struct finding *f)
{
	struct spf_seen s;
	struct spf_tree *t;
	const char *word;
	int ok = one_record(j, f, &s);

	if (ok != 1)
		return ok;
	t = walk(j, s.record);
	if (t->pending)
		return false;
	if (t->fault.n) {
		word = meant(t->fault_term);
		if (word)
			found_remedy(j, f, "owner", "write '%s'?", word);
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " is faulty "
		    "at '" STR_FMT "' (" STR_FMT "); receivers ignore the "
		    "whole record",
		    STR_ARG(t->fault_at), STR_ARG(t->fault_term),
		    STR_ARG(t->fault));
	}
	f->severity = SEV_MINOR;
	if (t->top.after_all)
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " has terms "
		    "behind 'all', which nobody reads",
		    STR_ARG(j->shown));
	if (t->ptr)
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " uses 'ptr', "
		    "which is slow and discouraged",
		    STR_ARG(j->shown));
	if (t->unknown_modifier)
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " holds '" STR_FMT
		    "', which nobody knows",
		    STR_ARG(j->shown), STR_ARG(t->odd_modifier));
	f->severity = f->check->severity;
	return found_pass(j, f, "the record is well formed");
}

static void
tree_evidence(struct job *j, struct finding *f, const struct spf_tree *t)
{
	struct buf b = BUF_INIT(1500);

	for (size_t i = 0; i < t->nnode; i++)
		buf_printf(&b, "%s%*s" STR_FMT " %u", i ? "\n" : "",
		    (int)(2 * t->node[i].depth), "", STR_ARG(t->node[i].domain),
		    t->node[i].lookups);
	found_evidence(j, f, "%s", buf_c(&b));
	buf_release(&b);
}

bool
check_s08(struct job *j, struct finding *f)
{
	struct spf_seen s;
	struct spf_tree *t;
	int ok = one_record(j, f, &s);

	if (ok != 1)
		return ok;
	t = walk(j, s.record);
	if (t->pending)
		return false;
	tree_evidence(j, f, t);
	if (t->loop)
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " includes "
		    "itself; receivers give up",
		    STR_ARG(j->shown));
	if (t->lookups > SPF_MAX_LOOKUPS)
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " needs %u "
		    "look-ups, 10 are allowed; mail fails at strict receivers",
		    STR_ARG(j->shown), t->lookups);
	if (t->voids > SPF_MAX_VOID)
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " gets %u "
		    "empty answers (" STR_FMT " ...), 2 are allowed; mail "
		    "fails at strict receivers",
		    STR_ARG(j->shown), t->voids, STR_ARG(t->void_name));
	if (t->too_many_mx)
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " names an "
		    "'mx' with more than 10 servers",
		    STR_ARG(j->shown));
	if (t->temp)
		return found_unknown(j, f, "not every include could be asked");
	if (t->lookups >= 9 || t->voids == SPF_MAX_VOID)
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " needs %u of "
		    "10 look-ups and gets %u of 2 empty answers",
		    STR_ARG(j->shown), t->lookups, t->voids);
	return found_pass(j, f, "%u of 10 look-ups, %u of 2 empty answers",
	    t->lookups, t->voids);
}

/* One sending address against the domain's record. */
bool
check_s09(struct job *j, struct finding *f)
{
	struct asker asker = job_asker(j);
	struct spf_in in = { .ip = f->ip,
		.domain = j->domain,
		.helo = str_c(j->live->conf.helo),
		.now = job_now_s(j) };
	struct str text = ip_text(&j->scratch, &f->ip);
	struct spf_out out;
	struct spf_seen seen;
	enum check_result r = CHECK_FAIL;
	int ok = look(j, f, &seen);

	if (ok != 1)
		return ok;
	if (!seen.found)
		return found_skip(j, f, "there is no SPF record");
	in.sender = arena_printf(&j->scratch, "postmaster@" STR_FMT,
	    STR_ARG(j->domain));
	spf_check(&asker, &j->scratch, &in, &out);
	f->object = arena_printf(&j->arena, STR_FMT " from " STR_FMT,
	    STR_ARG(j->domain), STR_ARG(text));
	if (out.result == SPF_PENDING)
		return false;
	if (out.result == SPF_PASS)
		return found_pass(j, f,
		    "our server " STR_FMT " is allowed ('" STR_FMT "')",
		    STR_ARG(text), STR_ARG(out.term));
	if (out.result == SPF_TEMPERROR)
		return found_unknown(j, f, STR_FMT, STR_ARG(out.problem));
	if (out.result != SPF_FAIL && out.result != SPF_PERMERROR)
		r = CHECK_WARN;
	if (out.result != SPF_PERMERROR)
		found_remedy(j, f, "owner", "add `%s:" STR_FMT "`",
		    f->ip.n == 4 ? "ip4" : "ip6", STR_ARG(text));
	return found(j, f, r,
	    "SPF of " STR_FMT " does not allow our server " STR_FMT
	    " (%s%s" STR_FMT ")",
	    STR_ARG(j->shown), STR_ARG(text), spf_result_name(out.result),
	    out.problem.n ? ": " : "", STR_ARG(out.problem));
}

bool
check_s10(struct job *j, struct finding *f)
{
	struct spf_seen s;
	struct spf_record r;
	struct spf_tree *t;
	int ok = one_record(j, f, &s);

	if (ok != 1)
		return ok;
	if (spf_parse(&j->scratch, s.record, &r) < 0)
		return found_skip(j, f, "the record is faulty");
	t = walk(j, s.record);
	if (t->pending)
		return false;
	if (t->open_all || t->too_wide) {
		f->severity = SEV_MAJOR;
		return found(j, f, CHECK_FAIL,
		    "SPF of " STR_FMT " allows "
		    "everybody",
		    STR_ARG(j->shown));
	}
	if (r.all && r.all->qual == '?')
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " ends in "
		    "?all, which says nothing",
		    STR_ARG(j->shown));
	if (!r.all && !r.redirect)
		return found(j, f, CHECK_WARN,
		    "SPF of " STR_FMT " has no end: "
		    "no 'all' and no 'redirect'",
		    STR_ARG(j->shown));
	return found_pass(j, f, "it ends in %s",
	    r.all ? r.all->qual == '-' ? "-all" : "~all" : "a redirect");
}
