/*
 * server_state.c: from the checks of one conversation to the state of the
 * server: ok, degraded, failed, refuses-us, untested.
 */
#include "live/job.h"
#include "live/smtp.h"
#include "base/banned.h"

bool
probe_policy(const struct probe *p)
{
	return p->sts == STS_ENFORCE || p->dane_secure;
}

static enum check_result
result_of(struct probe *p, enum check_id id)
{
	struct finding f = { .check = &checks[id],
		.probe = p,
		.severity = checks[id].severity };

	checks[id].run(p->job, &f);
	return f.result;
}

static bool
bad(enum check_result r)
{
	return r == CHECK_WARN || r == CHECK_FAIL;
}

/* 421 at any step: it takes mail, but not now. */
static bool
hangs_up(const struct probe *p)
{
	for (int i = 0; i < STEP_RSET; i++)
		if (p->step[i].code == 421)
			return true;
	return false;
}

/* A recipient refused for now, other than by greylisting. */
static bool
puts_off(const struct smtp_reply *r)
{
	return r->code >= 400 && r->code < 500 && r->code != 450 &&
	       r->code != 451;
}

void
server_rate(struct probe *p)
{
	static const enum check_id fatal[] = { M01, M02, M03, M04, M08, M09,
		M11 };
	static const enum check_id weak[] = { M05, M06, M10 };

	p->state = SERVER_UNTESTED;
	if (p->untested || result_of(p, M01) == CHECK_UNKNOWN)
		return;
	/* an address that does not answer is down, whatever its sisters do */
	if (p->step[STEP_CONNECT].end != END_DONE) {
		p->state = SERVER_FAILED;
		return;
	}
	p->state = SERVER_OK;
	for (size_t i = 0; i < sizeof(weak) / sizeof(*weak); i++)
		if (bad(result_of(p, weak[i])))
			p->state = SERVER_DEGRADED;
	if (result_of(p, M02) == CHECK_WARN ||
	    result_of(p, M07) == CHECK_FAIL || hangs_up(p) ||
	    puts_off(&p->step[STEP_RCPT]))
		p->state = SERVER_DEGRADED;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		if (result_of(p, fatal[i]) == CHECK_FAIL)
			p->state = SERVER_FAILED;
	if (probe_policy(p) && (result_of(p, M05) == CHECK_FAIL ||
				   result_of(p, M06) == CHECK_FAIL))
		p->state = SERVER_FAILED;
	if (p->sts == STS_ENFORCE && result_of(p, M07) == CHECK_FAIL)
		p->state = SERVER_FAILED;
	if (result_of(p, M13) == CHECK_FAIL)
		p->state = SERVER_REFUSES_US;
}
