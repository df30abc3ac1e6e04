/*
 * trace_live.c: from the verdicts of an answer to the few targets worth a
 * look, and what their checks say about the reason.
 *
 * A refusal of our address: that address (its lists, its reverse name) and
 * the sender's domain (SPF, DKIM, DMARC).  A recipient's domain that was not
 * found, took no mail or could not be reached: that domain, and whether the
 * address looks misspelt.  Nothing found: does the mail come to us at all?
 */
#include "cli/trace_live.h"
#include "query/seen.h"
#include "base/banned.h"

static const char *const role_name[] = { "address", "sender", "recipient",
	"asked" };

const char *const live_now_name[3] = { "unknown", "mended", "still" };

/* Whose names matter for a class of refusal. */
enum whom { WHOM_NOBODY, WHOM_OUR_IP, WHOM_SENDER, WHOM_RCPT };

static const enum check_id lists[] = { S04, CHECK_COUNT },
			   reverse[] = { S01, S02, S03, CHECK_COUNT },
			   sender[] = { S06, S07, S08, S09, S13, CHECK_COUNT },
			   names[] = { S05, CHECK_COUNT },
			   exists[] = { R01, CHECK_COUNT },
			   dns[] = { R01, R02, R03, R05, CHECK_COUNT },
			   route[] = { R01, R06, R07, R14, CHECK_COUNT },
			   hosts[] = { R01, R06, R08, R09, R11, CHECK_COUNT },
			   spelling[] = { A07, R01, CHECK_COUNT },
			   ours[] = { A02, A03, A04, A05, A07, R01, R06, R07,
				   R13, R14, CHECK_COUNT };

static const struct {
	enum whom whom, also;
	const enum check_id *decide, *decide_also;
} class_live[CLS_COUNT] = {
	[CLS_USER_UNKNOWN] = { WHOM_RCPT, WHOM_NOBODY, spelling, NULL },
	[CLS_MAILBOX_MOVED] = { WHOM_RCPT, WHOM_NOBODY, spelling, NULL },
	[CLS_DOMAIN_NOT_FOUND] = { WHOM_RCPT, WHOM_NOBODY, exists, NULL },
	[CLS_DNS_FAILURE] = { WHOM_RCPT, WHOM_NOBODY, dns, NULL },
	[CLS_NO_MAIL_SERVICE] = { WHOM_RCPT, WHOM_NOBODY, route, NULL },
	[CLS_CONNECTION_FAILED] = { WHOM_RCPT, WHOM_NOBODY, hosts, NULL },
	[CLS_EXPIRED] = { WHOM_RCPT, WHOM_NOBODY, hosts, NULL },
	[CLS_SERVER_ERROR] = { WHOM_RCPT, WHOM_NOBODY, hosts, NULL },
	[CLS_MAIL_LOOP] = { WHOM_RCPT, WHOM_NOBODY, route, NULL },
	[CLS_RELAY_DENIED] = { WHOM_RCPT, WHOM_NOBODY, route, NULL },
	[CLS_TLS_FAILED] = { WHOM_RCPT, WHOM_NOBODY, hosts, NULL },
	[CLS_IP_BLOCKLISTED] = { WHOM_OUR_IP, WHOM_SENDER, lists, sender },
	[CLS_IP_BLOCKED] = { WHOM_OUR_IP, WHOM_SENDER, lists, sender },
	[CLS_BAD_REPUTATION] = { WHOM_OUR_IP, WHOM_SENDER, lists, sender },
	[CLS_RATE_LIMITED] = { WHOM_OUR_IP, WHOM_NOBODY, lists, NULL },
	[CLS_RDNS_HELO] = { WHOM_OUR_IP, WHOM_NOBODY, reverse, NULL },
	[CLS_DOMAIN_BLOCKLISTED] = { WHOM_SENDER, WHOM_NOBODY, names, NULL },
	[CLS_SENDER_REJECTED] = { WHOM_SENDER, WHOM_NOBODY, exists, NULL },
	[CLS_SENDER_AUTH] = { WHOM_SENDER, WHOM_OUR_IP, sender, reverse },
};

static void
add(struct trace_live *tl, struct str target, enum job_kind kind,
    enum live_role role, struct str reason, size_t message,
    const enum check_id *decide)
{
	if (!target.n)
		return;
	for (size_t i = 0; i < tl->n; i++)
		if (str_eqi(tl->item[i].target, target) &&
		    tl->item[i].kind == kind)
			return;
	if (tl->n == LIVE_TARGETS_MAX) {
		tl->more = true;
		return;
	}
	tl->item[tl->n++] =
	    (struct live_item){ .target = arena_dup(&tl->arena, target),
		    .kind = kind,
		    .role = role,
		    .reason = reason,
		    .message = message,
		    .decide = decide };
}

/* The address the other side saw: ours, or the client's at our door. */
static struct str
address_seen(const struct site *s, const struct ans_message *m,
    const struct ans_rcpt *r)
{
	if (r->c.block.ip.n)
		return r->c.block.ip;
	if (r->state == OUT_REJECTED)
		return m->entry.client_ip;
	for (size_t i = 0; i < s->noutgoing; i++)
		if (site_same_host(s->outgoing[i].a, r->stop_host))
			return s->outgoing[i].b;
	return STR_NONE;
}

static void
add_whom(struct env *env, struct trace_live *tl, enum whom whom,
    const enum check_id *decide, size_t message, const struct ans_message *m,
    const struct ans_rcpt *r)
{
	struct str reason = str_c(cls_name(r->c.cls));

	switch (whom) {
	case WHOM_OUR_IP:
		add(tl, address_seen(&env->config.site, m, r), JOB_IP,
		    ROLE_ADDRESS, reason, message, decide);
		break;
	case WHOM_SENDER:
		add(tl, str_domain(m->from), JOB_DOMAIN, ROLE_SENDER, reason,
		    message, decide);
		break;
	case WHOM_RCPT:
		add(tl, r->to.n ? r->to : r->original_to, JOB_ADDRESS,
		    ROLE_RCPT, reason, message, decide);
		break;
	case WHOM_NOBODY:
		break;
	}
}

static void
from_answer(struct env *env, const struct answer *ans, struct trace_live *tl)
{
	for (size_t i = 0; i < ans->nmessage; i++)
		for (size_t k = 0; k < ans->message[i].nrcpt; k++) {
			const struct ans_message *m = &ans->message[i];
			const struct ans_rcpt *r = &m->rcpt[k];
			enum cls c = r->c.cls;
			bool about_sender = r->state == OUT_REJECTED &&
					    str_findi(r->reply_text,
						STR("sender address")) >= 0;

			if (r->state == OUT_DELIVERED || r->state == OUT_LEFT)
				continue;
			if (about_sender && class_live[c].whom == WHOM_RCPT) {
				add_whom(env, tl, WHOM_SENDER,
				    class_live[c].decide, i, m, r);
				continue;
			}
			add_whom(env, tl, class_live[c].whom,
			    class_live[c].decide, i, m, r);
			/* how a stranger signs his mail is not our matter */
			if (r->state != OUT_REJECTED)
				add_whom(env, tl, class_live[c].also,
				    class_live[c].decide_also, i, m, r);
		}
}

/* Nothing was found: does that mail come past us at all? */
static void
from_terms(const struct query *q, struct trace_live *tl)
{
	for (size_t i = 0; i < q->nterm; i++) {
		const struct term *t = &q->term[i];

		if ((t->key != T_TO && t->key != T_FROM && !t->anywhere) ||
		    t->op != OP_EQ || t->re)
			continue;
		for (size_t k = 0; k < t->n; k++) {
			struct str v = t->value[k];
			bool whole = str_chr(v, '@') > 0;

			if (t->glob[k] || (!whole && str_chr(v, '.') < 0))
				continue;
			if (v.n && v.p[0] == '@')
				v = str_from(v, 1);
			add(tl, v, whole ? JOB_ADDRESS : JOB_DOMAIN, ROLE_ASKED,
			    STR("nothing_found"), SIZE_MAX, ours);
		}
	}
}

static void
decide(struct live_item *it)
{
	bool good = false;

	for (size_t i = 0; it->decide && it->decide[i] != CHECK_COUNT; i++)
		for (size_t k = 0; k < it->job->nfinding; k++) {
			const struct finding *f = &it->job->finding[k];
			bool bad =
			    f->result == CHECK_FAIL || f->result == CHECK_WARN;

			if (check_index(f->check) != it->decide[i])
				continue;
			if (bad && (it->now != NOW_STILL ||
				       (f->result == CHECK_FAIL &&
					   it->why->result != CHECK_FAIL))) {
				it->now = NOW_STILL;
				it->why = f;
			} else if (f->result == CHECK_PASS ||
				   f->result == CHECK_INFO) {
				good = true;
				if (!it->why)
					it->why = f;
			} else if (f->result == CHECK_UNKNOWN && !it->why) {
				it->why = f;
			}
		}
	if (it->now != NOW_STILL && good)
		it->now = NOW_MENDED;
	/* where it goes is the answer, when nothing was found */
	if (it->message == SIZE_MAX && it->now != NOW_STILL &&
	    job_finding(it->job, R13))
		it->why = job_finding(it->job, R13);
}

int
trace_live_run(struct env *env, const struct query *q, const struct answer *ans,
    struct trace_live *tl, struct err *err)
{
	if (check_conf(env, &tl->arena, &tl->conf, err) < 0)
		return -1;
	check_laboratory(env, &tl->arena, &tl->conf);
	tl->conf.services = (struct strs){ NULL, 0 };
	tl->conf.smtp = tl->conf.registration = false;
	if (ans->nmessage)
		from_answer(env, ans, tl);
	else
		from_terms(q, tl);
	for (size_t i = 0; i < ans->nmessage && !tl->conf.sender_domain; i++)
		if (str_domain(ans->message[i].from).n)
			tl->conf.sender_domain = arena_cstr(&tl->arena,
			    str_domain(ans->message[i].from));
	if (!tl->n)
		return 0;
	tl->live = live_open(&tl->conf, err);
	if (!tl->live)
		return -1;
	for (size_t i = 0; i < tl->n; i++)
		tl->item[i].ours =
		    site_our_ip(&env->config.site, tl->item[i].target);
	for (size_t i = 0; i < tl->n; i++)
		tl->item[i].job =
		    live_add(tl->live, tl->item[i].target, tl->item[i].kind);
	if (check_logs(env, &tl->arena, tl->live, SEEN_KEY, err) < 0)
		return -1;
	live_run(tl->live);
	for (size_t i = 0; i < tl->n; i++)
		decide(&tl->item[i]);
	return 0;
}

void
trace_live_release(struct trace_live *tl)
{
	live_close(tl->live);
	arena_release(&tl->arena);
}

/* ---- shown ---- */

/* What of a target has to do with its role; a stranger's HELO is not ours. */
static bool
matters(const struct live_item *it, const struct finding *f)
{
	switch (f->check->scope) {
	case SCOPE_SENDER:
		return it->role == ROLE_ADDRESS &&
		       (it->ours || check_index(f->check) != S03);
	case SCOPE_SENDING:
	case SCOPE_FROM:
		return it->role == ROLE_SENDER;
	case SCOPE_ADDRESS:
	case SCOPE_REGISTRY:
	case SCOPE_DOMAIN:
		return it->role != ROLE_ADDRESS;
	default:
		return false;
	}
}

static void
say(const struct finding *f, struct pen *p, bool remedy)
{
	static const enum ink ink[] = { [CHECK_PASS] = INK_GOOD,
		[CHECK_WARN] = INK_WAIT,
		[CHECK_FAIL] = INK_BAD,
		[CHECK_SKIP] = INK_DIM };

	pen_pad(p, 2);
	pen_ink(p, ink[f->result]);
	pen_c(p, f->check->id);
	pen_plain(p);
	pen_pad(p, 6);
	pen_wrap(p, f->say, 6, 6);
	if (remedy && f->remedy.n) {
		pen_pad(p, 6);
		pen_c(p, p->utf8 ? "\xe2\x86\x92 " : "-> ");
		pen_wrap(p, f->remedy, p->utf8 ? 8 : 9, 8);
	}
}

static void
one(const struct live_item *it, struct pen *p, int verbose)
{
	static const char *const words[] = {
		[NOW_UNKNOWN] = "could not be told from here",
		[NOW_MENDED] = "nothing of that is seen now",
		[NOW_STILL] = "still so",
	};
	static const char *const as_sender[] = {
		[NOW_UNKNOWN] = "could not be told from here",
		[NOW_MENDED] = "in order",
		[NOW_STILL] = "not in order",
	};
	static const enum ink ink[] = { INK_DIM, INK_GOOD, INK_BAD };
	bool sends = it->role == ROLE_SENDER;

	pen_ink(p, INK_BOLD);
	pen_str(p, it->target);
	pen_plain(p);
	if (it->role != ROLE_ASKED) {
		pen_c(p, "  ");
		for (size_t i = 0; !sends && i < it->reason.n; i++)
			pen_printf(p, "%c",
			    it->reason.p[i] == '_' ? ' ' : it->reason.p[i]);
		pen_c(p, sends ? "as a sender: " : ": ");
		pen_ink(p, ink[it->now]);
		pen_c(p, sends ? as_sender[it->now] : words[it->now]);
		pen_plain(p);
	}
	pen_nl(p);
	if (verbose) {
		check_text_job(p, it->job, verbose - 1);
		return;
	}
	if (it->why)
		say(it->why, p, it->now == NOW_STILL);
	for (size_t i = 0; i < it->job->nfinding; i++) {
		const struct finding *f = &it->job->finding[i];

		if (f != it->why && matters(it, f) &&
		    f->severity >= SEV_MAJOR &&
		    (f->result == CHECK_FAIL || f->result == CHECK_WARN))
			say(f, p, true);
	}
}

void
trace_live_text(const struct trace_live *tl, struct pen *p, int verbose)
{
	pen_nl(p);
	if (!tl->n) {
		pen_c(p, "now: there is nothing the network could add\n");
		return;
	}
	pen_c(p, "now\n\n");
	for (size_t i = 0; i < tl->n; i++)
		one(&tl->item[i], p, verbose);
	if (tl->more)
		pen_c(p, "more was not looked at; ask for one message\n");
}

void
trace_live_json(const struct trace_live *tl, struct json *js)
{
	json_open(js, "live", '[');
	for (size_t i = 0; i < tl->n; i++) {
		const struct live_item *it = &tl->item[i];

		json_open(js, NULL, '{');
		json_str(js, "target", it->target);
		json_c(js, "role", role_name[it->role]);
		json_str(js, "reason", it->reason);
		json_count(js, "message",
		    it->message == SIZE_MAX ? -1 : (int64_t)it->message);
		json_c(js, "now", live_now_name[it->now]);
		json_c(js, "check", it->why ? it->why->check->id : NULL);
		json_text(js, "say", it->why ? it->why->say : STR_NONE);
		json_text(js, "remedy",
		    it->why && it->now == NOW_STILL ? it->why->remedy :
						      STR_NONE);
		json_open(js, "checks", '[');
		check_json_job(js, it->job);
		json_close(js);
		json_close(js);
	}
	json_close(js);
}
