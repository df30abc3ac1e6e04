/*
 * bench_query.c: how long a question takes inside the program.
 *
 *	bench_query STORE [N [KIND [LIMIT]]]
 *
 * Samples N messages out of the store itself, spread over its time and any
 * of those of their minute, so that who writes much is asked for more often.
 * Asks for each by sender and recipient, recipient, Message-ID, queue id and
 * client IP, warm and with the usual limit of messages: on its day, and over
 * the whole store.  Prints for each kind the median and the 99th percentile in
 * milliseconds, the same of the processor's time (for a machine that is busy),
 * how many found what they must find, and how many messages the answers list
 * in the median and at most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "query/query.h"

#define DAY_US	  (86400 * INT64_C(1000000))
#define MINUTE_US (60 * INT64_C(1000000))

enum { KINDS = 6, SOME = 200 };

static const char *const kind_name[KINDS] = { "from+to", "to", "id", "qid",
	"client", "subject~" };

struct sample {
	char term[KINDS][2][300];
	int64_t t_us;
};

static size_t limit; /* of messages; 0: the default */

static double
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
put(char *out, const char *key, struct str v)
{
	snprintf(out, 300, "%s=%.*s", key, (int)(v.n < 250 ? v.n : 250), v.p);
}

/* One message's terms, if the record has all of them. */
static bool
sample_of(const struct record *rec, struct sample *s)
{
	struct str from = STR_NONE, to = STR_NONE, id = STR_NONE, ip = STR_NONE;

	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];

		if (rev_get(e, F_FROM).n)
			from = rev_get(e, F_FROM);
		if (e->kind == EV_DELIVERY)
			to = rev_get(e, F_TO);
		if (rev_get(e, F_MSGID).n)
			id = rev_get(e, F_MSGID);
		if (rev_get(e, F_CLIENT_IP).n)
			ip = rev_get(e, F_CLIENT_IP);
	}
	if (!from.n || !to.n || !id.n || !ip.n)
		return false;
	memset(s, 0, sizeof(*s));
	put(s->term[0][0], "from", from);
	put(s->term[0][1], "to", to);
	put(s->term[1][0], "to", to);
	put(s->term[2][0], "id", id);
	put(s->term[3][0], "qid", rec->qid);
	put(s->term[4][0], "client", ip);
	s->t_us = rec->t0_us;
	return true;
}

/* The messages listed. */
static size_t
ask(struct store *st, const struct site *site, struct classifier *cl,
    const struct sample *s, int kind, bool day, double *ms, double *cpu)
{
	struct query q;
	struct answer ans;
	struct err err;
	double t = now_ms(CLOCK_MONOTONIC);
	double c = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	size_t found;

	query_init(&q);
	if (limit)
		q.limit = limit;
	if (day) {
		q.t0_us = s->t_us - s->t_us % DAY_US;
		q.t1_us = q.t0_us + DAY_US - 1;
	}
	for (int i = 0; i < 2; i++)
		if (s->term[kind][i][0] &&
		    query_term(&q, str_c(s->term[kind][i]), &err) < 0) {
			fprintf(stderr, "bench_query: %s\n", err.msg);
			exit(2);
		}
	if (query_run(&q, st, site, cl, &ans, &err) < 0) {
		fprintf(stderr, "bench_query: %s\n", err.msg);
		exit(2);
	}
	*ms = now_ms(CLOCK_MONOTONIC) - t;
	*cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID) - c;
	found = ans.nmessage;
	answer_release(&ans);
	query_release(&q);
	return found;
}

/* All questions of one kind. */
static void
measure(struct store *st, const struct site *site, struct classifier *cl,
    const struct sample *s, size_t n, int kind, bool day)
{
	double *v[3]; /* milliseconds, those of the processor, messages */
	size_t found = 0;

	for (int k = 0; k < 3; k++)
		if (!(v[k] = calloc(n, sizeof(*v[k]))))
			exit(2);
	for (int warm = 1; warm >= 0; warm--)
		for (size_t i = 0; i < n; i++) {
			size_t got = ask(st, site, cl, &s[i], kind, day,
			    &v[0][i], &v[1][i]);

			found += !warm && got > 0;
			v[2][i] = (double)got;
		}
	for (int k = 0; k < 3; k++)
		qsort(v[k], n, sizeof(*v[k]), by_value);
	printf("%-8s %-4s p50 %7.3f ms  p99 %7.3f ms  cpu %7.3f %7.3f  "
	       "found %zu/%zu  lists %.0f, %.0f\n",
	    kind_name[kind], day ? "day" : "all", v[0][n / 2],
	    v[0][n * 99 / 100], v[1][n / 2], v[1][n * 99 / 100], found, n,
	    v[2][n / 2], v[2][n - 1]);
	for (int k = 0; k < 3; k++)
		free(v[k]);
}

/* One of the messages of a minute that have all terms. */
static bool
pick(struct store *st, int64_t at, size_t nth, struct sample *s)
{
	struct sample some[SOME];
	struct arena a = { 0 };
	struct err err;
	struct record rec;
	struct store_cur *cur =
	    store_find(st, NULL, 0, 1u << REC_HOP, at, at + MINUTE_US, &err);
	size_t n = 0;

	while (cur && n < SOME && store_next(cur, &a, &rec, &err) == 1)
		n += sample_of(&rec, &some[n]);
	store_cur_close(cur);
	arena_release(&a);
	if (n)
		*s = some[nth * 7 % n];
	return n > 0;
}

int
main(int argc, char **argv)
{
	size_t want = argc > 2 ? strtoul(argv[2], NULL, 10) : 300, n = 0;
	const char *only = argc > 3 ? argv[3] : "";
	struct sample *s = calloc(want + 1, sizeof(*s));
	struct site site = { 0 };
	const struct store_info *info;
	struct classifier *cl;
	struct store *st;
	struct err err;

	if (argc < 2 || !s)
		return 2;
	limit = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	st = store_open(argv[1], &err);
	info = st ? store_overview(st, &err) : NULL;
	if (!info) {
		fprintf(stderr, "bench_query: %s\n", err.msg);
		return 2;
	}
	cl = classifier_new(NULL, 0, &err);
	for (size_t i = 0; i < want; i++)
		n += pick(st,
		    info->t0_us + (info->t1_us - info->t0_us) / (int64_t)want *
				      (int64_t)i,
		    i, &s[n]);
	printf("%zu messages sampled\n", n);
	for (int kind = 0; kind < 5 && n; kind++)
		for (int day = 1; day >= 0; day--)
			if (!*only || strcmp(only, kind_name[kind]) == 0)
				measure(st, &site, cl, s, n, kind, day);
	/* a subject that is nowhere: the whole column is read */
	if (n && (!*only || strcmp(only, kind_name[5]) == 0)) {
		struct sample sub = { 0 };
		double x, cpu, best = 1e9;

		snprintf(sub.term[5][0], 300, "subject~zzqqxxyy");
		for (int i = 0; i < 3; i++) {
			ask(st, &site, cl, &sub, 5, false, &x, &cpu);
			best = x < best ? x : best;
		}
		printf("%-10s %7.1f ms (best of 3, nothing found)\n",
		    kind_name[5], best);
	}
	classifier_free(cl);
	store_close(st);
	free(s);
	return 0;
}
