/*
 * bench_query.c: how long a question takes inside the program.
 *
 *	bench_query STORE [N [KIND [LIMIT]]]
 *
 * Samples N messages out of the store itself, asks for each by sender and
 * recipient, recipient, Message-ID, queue id and client IP, warm, and prints
 * for each kind the median and the 99th percentile in milliseconds, and how
 * many found what they must find.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "query/query.h"

enum { KINDS = 6 };

static const char *const kind_name[KINDS] = { "from+to", "to", "id", "qid",
	"client", "subject~" };

struct sample {
	char term[KINDS][2][300];
	int64_t t_us;
};

static size_t limit; /* of messages; 0: the default */

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
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

static int
ask(struct store *st, const struct site *site, struct classifier *cl,
    struct sample *s, int kind, double *ms)
{
	struct query q;
	struct answer ans;
	struct err err;
	double t = now_ms();
	int found;

	query_init(&q);
	if (limit)
		q.limit = limit;
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
	*ms = now_ms() - t;
	found = ans.nmessage > 0;
	answer_release(&ans);
	query_release(&q);
	return found;
}

int
main(int argc, char **argv)
{
	size_t want = argc > 2 ? strtoul(argv[2], NULL, 10) : 300, n = 0;
	const char *only = argc > 3 ? argv[3] : "";
	struct sample *s = calloc(want, sizeof(*s));
	double *ms = calloc(want, sizeof(*ms));
	struct arena a = { 0 };
	struct site site = { 0 };
	struct store_cur *cur;
	struct store_info info;
	struct classifier *cl;
	struct record rec;
	struct store *st;
	struct err err;
	int64_t at;

	if (argc < 2 || !s || !ms)
		return 2;
	limit = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
	st = store_open(argv[1], &err);
	if (!st || store_info(st, &a, &info, &err) < 0) {
		fprintf(stderr, "bench_query: %s\n", err.msg);
		return 2;
	}
	cl = classifier_new(NULL, 0, &err);
	/* spread over the whole time of the store */
	for (size_t i = 0; i < want; i++) {
		at = info.t0_us +
		     (info.t1_us - info.t0_us) / (int64_t)want * (int64_t)i;
		cur = store_find(st, NULL, 0, 1u << REC_HOP, at,
		    at + 60 * INT64_C(1000000), &err);
		for (int k = 0; cur && k < 60; k++) {
			if (store_next(cur, &a, &rec, &err) != 1)
				break;
			if (sample_of(&rec, &s[n])) {
				n++;
				break;
			}
		}
		store_cur_close(cur);
		arena_clear(&a);
	}
	printf("%zu messages sampled\n", n);
	for (int kind = 0; kind < 5 && n; kind++) {
		size_t found = 0;
		double x;

		if (*only && strcmp(only, kind_name[kind]) != 0)
			continue;
		for (size_t i = 0; i < n; i++) /* warm */
			ask(st, &site, cl, &s[i], kind, &x);
		for (size_t i = 0; i < n; i++)
			found +=
			    (size_t)ask(st, &site, cl, &s[i], kind, &ms[i]);
		qsort(ms, n, sizeof(*ms), by_value);
		printf("%-10s p50 %7.3f ms  p99 %7.3f ms  found %zu/%zu\n",
		    kind_name[kind], ms[n / 2], ms[n * 99 / 100], found, n);
	}
	/* a subject that is nowhere: the whole column is read */
	if (n && (!*only || strcmp(only, kind_name[5]) == 0)) {
		struct sample sub = { 0 };
		double x, best = 1e9;

		snprintf(sub.term[5][0], 300, "subject~zzqqxxyy");
		for (int i = 0; i < 3; i++) {
			ask(st, &site, cl, &sub, 5, &x);
			best = x < best ? x : best;
		}
		printf("%-10s %7.1f ms (best of 3, nothing found)\n",
		    kind_name[5], best);
	}
	classifier_free(cl);
	store_close(st);
	arena_release(&a);
	free(s);
	free(ms);
	return 0;
}
