/*
 * rate.c: the tables of the catalogue's section 4.
 *
 * A backup counts less than a server of the best preference and never makes
 * a domain worse than impaired; one that merely refuses us is a remark.
 * Checks of the sending side never count: they are about us.
 */
#include "live/job.h"
#include "live/probe.h"
#include "live/rate.h"
#include "base/banned.h"

const char *
rating_name(enum rating_word w)
{
	static const char *const name[] = {
		[RATING_NOT_TESTABLE] = "not-testable",
		[RATING_SATISFACTORY] = "satisfactory",
		[RATING_IMPAIRED] = "impaired",
		[RATING_COMPROMISED] = "compromised",
		[RATING_NO_MAIL] = "no-mail",
	};

	return name[w];
}

const char *
server_state_name(enum server_state s)
{
	static const char *const name[] = {
		[SERVER_UNTESTED] = "untested",
		[SERVER_OK] = "ok",
		[SERVER_DEGRADED] = "degraded",
		[SERVER_FAILED] = "failed",
		[SERVER_REFUSES_US] = "refuses-us",
	};

	return name[s];
}

enum rating_word
rate_worse(enum rating_word a, enum rating_word b)
{
	return a > b ? a : b;
}

enum rating_word
rate_servers(const struct rated_server *s, size_t n)
{
	size_t failed = 0, silent = 0;
	uint16_t best = UINT16_MAX;

	for (size_t i = 0; i < n; i++) {
		failed += s[i].state == SERVER_FAILED;
		silent += s[i].state == SERVER_UNTESTED ||
			  s[i].state == SERVER_REFUSES_US;
		if (s[i].pref < best)
			best = s[i].pref;
	}
	if (silent == n)
		return RATING_NOT_TESTABLE;
	if (failed == n)
		return RATING_COMPROMISED;
	for (size_t i = 0; i < n; i++) {
		if (s[i].state == SERVER_FAILED)
			return RATING_IMPAIRED;
		if (s[i].pref == best && s[i].state == SERVER_DEGRADED)
			return RATING_IMPAIRED;
	}
	return RATING_SATISFACTORY;
}

/* What one finding does to the domain. */
static enum rating_word
weigh(const struct finding *f)
{
	enum check_id id = check_index(f->check);

	if (f->result == CHECK_FAIL && id == R07)
		return RATING_NO_MAIL;
	if (f->check->scope == SCOPE_ADDRESS && f->result == CHECK_FAIL)
		return RATING_COMPROMISED;
	if (f->check->scope != SCOPE_DOMAIN)
		return RATING_SATISFACTORY;
	if (f->result == CHECK_FAIL)
		return f->severity == SEV_FATAL ? RATING_COMPROMISED :
		       f->severity == SEV_MAJOR ? RATING_IMPAIRED :
						  RATING_SATISFACTORY;
	if (f->result == CHECK_WARN && f->severity >= SEV_MAJOR)
		return RATING_IMPAIRED;
	return RATING_SATISFACTORY;
}

enum rating_word
rate_findings(const struct finding *f, size_t n, const struct finding **first)
{
	enum rating_word worst = RATING_SATISFACTORY;

	*first = NULL;
	for (size_t i = 0; i < n; i++)
		worst = rate_worse(worst, weigh(&f[i]));
	if (worst == RATING_SATISFACTORY)
		return worst;
	/* The first in the order of the catalogue that made it so; a likely
	 * misspelling comes before a route that merely has a weakness. */
	for (size_t i = 0; i < n; i++) {
		bool counts =
		    weigh(&f[i]) == worst ||
		    (worst == RATING_IMPAIRED && f[i].result == CHECK_WARN &&
			check_index(f[i].check) == A07);

		if (counts && (!*first || f[i].check < (*first)->check))
			*first = &f[i];
	}
	return worst;
}

/* One host with several addresses: all must be fine. */
static enum server_state
host_state(const struct job *j, size_t host, bool *any)
{
	size_t n = 0, count[5] = { 0 };

	for (size_t i = 0; i < j->nprobe; i++) {
		if (j->probe[i]->host != host)
			continue;
		count[j->probe[i]->state]++;
		n++;
	}
	*any = n > 0;
	if (!n || count[SERVER_UNTESTED] == n)
		return SERVER_UNTESTED;
	if (count[SERVER_OK] == n)
		return SERVER_OK;
	if (count[SERVER_FAILED] == n)
		return SERVER_FAILED;
	if (count[SERVER_REFUSES_US] + count[SERVER_UNTESTED] == n)
		return SERVER_REFUSES_US;
	if (count[SERVER_OK] + count[SERVER_UNTESTED] +
		count[SERVER_REFUSES_US] ==
	    n)
		return SERVER_OK;
	if (count[SERVER_OK] + count[SERVER_DEGRADED] == 0 &&
	    count[SERVER_FAILED])
		return SERVER_FAILED;
	return SERVER_DEGRADED;
}

/* Faults of the best servers lead, then of the others, then weaknesses. */
static int
rank_of(const struct job *j, const struct finding *f)
{
	bool best = j->route.host[f->probe->host].pref == j->route.host[0].pref;

	return f->result != CHECK_FAIL ? 2 : best ? 0 : 1;
}

static void
first_bad_server(struct job *j, enum rating_word word)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];

		if (!f->probe || f->probe->state == SERVER_OK ||
		    check_index(f->check) == M13 ||
		    !(f->result == CHECK_FAIL ||
			(f->result == CHECK_WARN && word == RATING_IMPAIRED)))
			continue;
		if (!first || rank_of(j, f) < rank_of(j, first))
			first = f;
	}
	if (first)
		j->rating.first_broken = first;
}

/* One of our addresses: a failure means that part of the mail is refused. */
static void
rate_sender(struct job *j)
{
	size_t good = 0;

	j->rating.word = RATING_SATISFACTORY;
	for (size_t i = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];

		good += f->result == CHECK_PASS || f->result == CHECK_INFO;
		if (f->severity < SEV_MAJOR ||
		    (f->result != CHECK_FAIL && f->result != CHECK_WARN))
			continue;
		j->rating.word = RATING_IMPAIRED;
		if (!j->rating.first_broken)
			j->rating.first_broken = f;
	}
	if (!good && j->rating.word == RATING_SATISFACTORY)
		j->rating.word = RATING_NOT_TESTABLE;
}

void
rate_job(struct job *j)
{
	struct rated_server s[MAX_MX];
	enum rating_word dns, all;
	size_t n = 0;

	j->rating = (struct rating){ 0 };
	if (j->kind == JOB_IP) {
		rate_sender(j);
		return;
	}
	dns = rate_findings(j->finding, j->nfinding, &j->rating.first_broken);
	j->rating.word = dns;
	if (dns == RATING_SATISFACTORY && job_is_host(j) &&
	    (!job_finding(j, R09) ||
		job_finding(j, R09)->result == CHECK_UNKNOWN))
		j->rating.word = RATING_NOT_TESTABLE;
	if (dns == RATING_SATISFACTORY && job_finding(j, R01) &&
	    job_finding(j, R01)->result != CHECK_PASS)
		j->rating.word = RATING_NOT_TESTABLE;
	if (!j->started || !j->have_route || dns >= RATING_COMPROMISED)
		return;
	for (size_t i = 0; i < j->route.nhost; i++) {
		bool any;
		enum server_state st = host_state(j, i, &any);

		if (any)
			s[n++] =
			    (struct rated_server){ j->route.host[i].pref, st };
	}
	j->rating.tested = (unsigned)n;
	j->rating.left_out = (unsigned)(j->route.nhost - n + j->route.left_out);
	if (!n)
		return;
	all = rate_servers(s, n);
	j->rating.nolisting = n > 1 && s[0].state == SERVER_FAILED &&
			      all == RATING_IMPAIRED && s[0].pref < s[1].pref;
	if (all == RATING_NOT_TESTABLE) {
		if (dns == RATING_SATISFACTORY)
			j->rating.word = all;
		return;
	}
	if (all > dns) {
		j->rating.word = all;
		first_bad_server(j, all);
	}
}
