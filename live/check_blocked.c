/*
 * check_blocked.c: S14: are we blocked at the recipient?  The logs are the
 * better witness: they know every sending address of ours.  A conversation
 * of now speaks for the address it came from only.
 */
#include "base/buf.h"
#include "base/stamp.h"
#include "live/checks.h"
#include "live/job.h"
#include "live/smtp.h"
#include "base/banned.h"

enum { MILLION = 1000000, OLD_S = 7 * 86400 };

static struct str
since(struct job *j, int64_t s)
{
	struct buf b = BUF_INIT(100);
	struct str text;

	stamp_print(&b, s * MILLION, "UTC", STAMP_MINUTES);
	text = arena_printf(&j->scratch, "%s UTC", buf_c(&b));
	buf_release(&b);
	return text;
}

/* Whom the mail goes to: the provider, else the domain. */
static struct str
whom(const struct job *j)
{
	const struct route *r = &j->route;

	return j->have_route && r->nhost && r->host[0].provider ?
		   str_c(r->host[0].provider->name) :
		   j->shown;
}

static bool
by_logs(struct job *j, struct finding *f)
{
	const struct live_logs *logs = &j->logs;
	const struct sending_seen *refused = NULL, *fine = NULL;
	int64_t old_s = job_now_s(j) - OLD_S;
	struct buf others;
	bool old;

	if (j->domain.n && !job_route(j))
		return false;
	f->object = j->domain;
	buf_init(&others, 400);
	for (size_t i = 0; i < logs->nsending; i++) {
		const struct sending_seen *s = &logs->sending[i];

		if (s->refused_since_s > s->last_ok_s) {
			if (refused)
				buf_printf(&others, ", " STR_FMT,
				    STR_ARG(s->ip));
			else
				refused = s;
		} else if (s->last_ok_s &&
			   (!fine || s->last_ok_s > fine->last_ok_s)) {
			fine = s;
		}
	}
	if (!refused && !fine) {
		found_skip(j, f, "the logs know no attempt");
	} else if (!refused) {
		old = fine->last_ok_s < old_s;
		found(j, f, old ? CHECK_INFO : CHECK_PASS,
		    "accepted from " STR_FMT ", last at " STR_FMT "%s",
		    STR_ARG(fine->ip), STR_ARG(since(j, fine->last_ok_s)),
		    old ? "; the logs know nothing newer" : "");
	} else {
		old = refused->last_refused_s < old_s;
		found_evidence(j, f, STR_FMT "%s" STR_FMT,
		    STR_ARG(refused->where), refused->where.n ? ": " : "",
		    STR_ARG(str_head(refused->reply, 600)));
		if (fine)
			found_remedy(j, f, "us",
			    "send through " STR_FMT " for now; stop the "
			    "cause, then ask for removal",
			    STR_ARG(fine->ip));
		found(j, f, old ? CHECK_WARN : CHECK_FAIL,
		    STR_FMT " %s " STR_FMT "%s since " STR_FMT " (" STR_FMT
			    ")%s" STR_FMT "%s%s",
		    STR_ARG(whom(j)), old ? "refused" : "refuses",
		    STR_ARG(refused->ip), buf_c(&others),
		    STR_ARG(since(j, refused->refused_since_s)),
		    STR_ARG(str_head(refused->reply, 300)), fine ? "; " : "",
		    STR_ARG(fine ? fine->ip : STR("")),
		    fine ? old ? " was accepted" : " is still accepted" : "",
		    old ? "; the logs know nothing newer" : "");
	}
	buf_release(&others);
	return true;
}

bool
check_s14(struct job *j, struct finding *f)
{
	const struct probe *p = f->probe;
	const struct smtp_reply *r, *rcpt;
	struct str line;

	if (!p)
		return by_logs(j, f);
	r = probe_refusal(p);
	rcpt = &p->step[STEP_RCPT];
	if (p->untested)
		return found_unknown(j, f, STR_FMT, STR_ARG(p->why));
	if (r) {
		line = str_head(r->text, 300);
		line = str_split(&line, '\n');
		found_evidence(j, f, "%03d " STR_FMT, r->code, STR_ARG(line));
		return found(j, f, CHECK_FAIL,
		    STR_FMT " refuses %s" STR_FMT " (%03d " STR_FMT ")",
		    STR_ARG(p->name), probe_our_ip(p).n ? "" : "this machine",
		    STR_ARG(probe_our_ip(p)), r->code, STR_ARG(line));
	}
	if (rcpt->end == END_REPLY && rcpt->code >= 200 && rcpt->code < 300)
		return found_pass(j, f, "accepted up to the recipient");
	return found_skip(j, f, "the conversation did not come that far");
}
