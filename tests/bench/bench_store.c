/*
 * bench_store.c: what the store costs, apart from reading and parsing.
 *
 *	bench_store LOG STORE [COPIES]
 *
 * Reads a Postfix log of tests/bench/gen.c (or any with BSD or ISO stamps),
 * assembles its records in memory, and then measures writing them (COPIES
 * times, each copy a day later), sealing, and questions.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "index/assemble.h"
#include "index/catalog.h"
#include "index/store.h"
#include "index/writer.h"
#include "parsers/parser.h"

extern const struct parser parser_postfix;

struct rows {
	struct buf text;
	size_t *end;
	size_t n, cap;
};

static double
cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double
wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
die(const char *what, const struct err *err)
{
	fprintf(stderr, "bench_store: %s: %s\n", what, err->msg);
	exit(2);
}

static int
keep(void *ctx, struct str head, struct str events, struct err *err)
{
	struct rows *r = ctx;

	(void)err;
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 1024;
		r->end = xreallocarray(r->end, r->cap, sizeof(*r->end));
	}
	buf_add(&r->text, head);
	buf_add(&r->text, events);
	r->end[r->n++] = r->text.n;
	return 0;
}

/* "Jan  2 03:04:05 host tag[pid]: text" or with an ISO stamp; 2026, UTC. */
static bool
split(struct str raw, struct line *ln)
{
	static const char mon[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { .tm_year = 126 };
	char tmp[64];
	struct str rest;
	ptrdiff_t i;
	const char *m;
	int us = 0;

	*ln = (struct line){ .raw = raw };
	if (raw.n < 40)
		return false;
	memcpy(tmp, raw.p, 40);
	tmp[40] = '\0';
	if (is_digit(raw.p[0])) {
		if (sscanf(tmp, "%d-%d-%dT%d:%d:%d.%d", &tm.tm_year, &tm.tm_mon,
			&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
			&us) < 6)
			return false;
		tm.tm_year -= 1900;
		tm.tm_mon--;
		ln->frame = FRAME_ISO;
		i = str_chr(raw, ' ');
		rest = str_from(raw, (size_t)i + 1);
	} else {
		tmp[3] = '\0';
		m = strstr(mon, tmp);
		if (!m || sscanf(tmp + 4, "%d %d:%d:%d", &tm.tm_mday,
			      &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 4)
			return false;
		tm.tm_mon = (int)(m - mon) / 3;
		ln->frame = FRAME_BSD;
		rest = str_from(raw, 16);
	}
	ln->t_us = (int64_t)timegm(&tm) * 1000000 + us;
	ln->flags = LINE_CANON_HDR;
	ln->host = str_split(&rest, ' ');
	i = rest.p ? str_find(rest, STR(": ")) : -1;
	if (i < 0)
		return false;
	ln->text = str_from(rest, (size_t)i + 2);
	ln->tag = str_head(rest, (size_t)i);
	i = str_chr(ln->tag, '[');
	if (i > 0) {
		ln->pid = str_from(ln->tag, (size_t)i + 1);
		ln->pid.n--;
		ln->tag.n = (size_t)i;
	}
	i = str_rchr(ln->tag, '/');
	ln->prog = str_from(ln->tag, (size_t)(i + 1));
	return true;
}

static uint64_t
read_log(const char *path, struct rows *rows)
{
	struct assemble_opts opts = { NULL, false };
	struct assembler *as = assembler_new(&opts, keep, rows);
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	uint64_t offset = 0, number = 0;
	struct err err;

	if (!f) {
		perror(path);
		exit(2);
	}
	while ((n = getline(&line, &cap, f)) > 0) {
		struct line ln;
		struct event ev;

		number++;
		offset += (uint64_t)n;
		if (!split(str_make(line, (size_t)n - 1), &ln))
			continue;
		ln.number = number;
		ln.offset = offset - (uint64_t)n;
		ev_clear(&ev);
		if (parser_postfix.parse(&ln, &ev) == PARSE_EVENT &&
		    assemble(as, &ln, &ev, ln.host, 1, &err) < 0)
			die("assemble", &err);
	}
	if (assemble_flush(as, INT64_MAX, &err) < 0)
		die("assemble", &err);
	assembler_free(as);
	fclose(f);
	free(line);
	return offset;
}

static int
by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One record's values, for questions that have an answer. */
struct known {
	char from[256], to[256], id[256], qid[64], ip[64];
};

static void
pick(const struct rows *rows, size_t i, struct known *k)
{
	struct rec_scratch sc = { 0 };
	size_t at = i ? rows->end[i - 1] : 0;
	struct record rec;
	struct err err;

	if (rec_read(str_make(rows->text.p + at, rows->end[i] - at), &rec, &sc,
		&err) < 0)
		die("row", &err);
	*k = (struct known){ "", "", "", "", "" };
	snprintf(k->qid, sizeof(k->qid), STR_FMT, STR_ARG(rec.qid));
	for (size_t e = 0; e < rec.n; e++) {
#define GET(f, to)                                                             \
	if (rev_get(&rec.ev[e], f).n)                                          \
	snprintf(to, sizeof(to), STR_FMT, STR_ARG(rev_get(&rec.ev[e], f)))
		GET(F_FROM, k->from);
		GET(F_TO, k->to);
		GET(F_MSGID, k->id);
		GET(F_CLIENT_IP, k->ip);
#undef GET
	}
	rec_scratch_release(&sc);
}

static void
question(struct store *st, const char *what, const struct rows *rows, int kind)
{
	enum { N = 500, LIMIT = 50 };
	double took[N], sum = 0;
	uint64_t answers = 0, n = 0;
	struct arena a = { 0 };
	struct err err;

	for (int i = 0; i < N; i++) {
		struct known k;
		struct store_token t[2];
		struct store_set s[2] = { { &t[0], 1 }, { &t[1], 1 } };
		struct store_cur *cur;
		struct record rec;
		size_t ns = 1, got = 0;
		double t0;
		int rc;

		pick(rows, (size_t)i * 7919 % rows->n, &k);
		t[0] = (struct store_token){ TOK_ADDR_FROM, str_c(k.from) };
		t[1] = (struct store_token){ TOK_ADDR_TO, str_c(k.to) };
		if (kind == 0)
			ns = 2;
		else if (kind == 1)
			t[0] = t[1];
		else if (kind == 2)
			t[0] = (struct store_token){ TOK_MSGID, str_c(k.id) };
		else if (kind == 3)
			t[0] = (struct store_token){ TOK_QID, str_c(k.qid) };
		else if (kind == 4)
			t[0] = (struct store_token){ TOK_IP, str_c(k.ip) };
		else
			t[0] = (struct store_token){ TOK_MSGID,
				STR("nothing@nowhere.example") };
		t0 = wall();
		cur = store_find(st, s, ns, 0, 0, STORE_ANY_TIME_TO, &err);
		if (!cur)
			die(what, &err);
		while ((rc = store_next(cur, &a, &rec, &err)) == 1)
			if (++got == LIMIT)
				break;
		if (rc < 0)
			die(what, &err);
		store_cur_close(cur);
		took[n++] = wall() - t0;
		sum += took[n - 1];
		answers += got;
		arena_clear(&a);
	}
	qsort(took, n, sizeof(*took), by_double);
	printf("%-12s p50 %.3f ms  p99 %.3f ms  mean %.3f ms  (%.1f records)\n",
	    what, took[n / 2] * 1e3, took[n * 99 / 100] * 1e3,
	    sum / (double)n * 1e3, (double)answers / (double)n);
	arena_release(&a);
}

static bool
has_word(void *ctx, struct str v)
{
	return str_find(v, str_c(ctx)) >= 0;
}

static void
questions(const char *path, const struct rows *rows, double gib)
{
	static const char *const name[] = { "from+to", "to", "msgid", "qid",
		"client ip", "nothing" };
	struct err err;
	double t0 = wall();
	struct store *st = store_open(path, &err);
	struct store_cur *cur;
	struct arena a = { 0 };
	struct record rec;

	if (!st)
		die(path, &err);
	printf("open         %.3f ms\n", (wall() - t0) * 1e3);
	for (int i = 0; i < 6; i++)
		question(st, name[i], rows, i);
	t0 = wall();
	cur = store_scan(st, F_SUBJECT, has_word, (void *)(uintptr_t) "qzx", 0,
	    0, STORE_ANY_TIME_TO, &err);
	while (cur && store_next(cur, &a, &rec, &err) == 1)
		;
	store_cur_close(cur);
	printf("subject      %.1f ms per GiB of log\n",
	    (wall() - t0) * 1e3 / gib);
	arena_release(&a);
	store_close(st);
}

int
main(int argc, char **argv)
{
	struct rows rows = { .text = BUF_INIT(SIZE_MAX / 4) };
	int copies = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
	struct writer_opts o = { 0 };
	struct writer *w;
	struct writer_source *src;
	struct rec_scratch sc = { 0 };
	struct buf row = BUF_INIT(1 << 24);
	struct rusage ru;
	struct err err;
	double c0, w0, gib, c1;
	uint64_t bytes, records = 0;

	if (argc < 3)
		return 2;
	bytes = read_log(argv[1], &rows);
	gib = (double)bytes * copies / (1 << 30);
	getrusage(RUSAGE_SELF, &ru);
	printf("log %.1f MB, %zu records, %.0f bytes a row, memory %ld MB\n",
	    (double)bytes / 1e6, rows.n, (double)rows.text.n / (double)rows.n,
	    ru.ru_maxrss / 1024);
	fflush(stdout);
	if (getenv("BENCH_WRITE"))
		sleep(1);
	c0 = cpu();
	w0 = wall();
	w = writer_open(argv[2], &o, &err);
	if (!w)
		die("open", &err);
	src = writer_source_new(w, STR("bench"), STR("bench"));
	for (int c = 0; c < copies; c++) {
		for (size_t i = 0; i < rows.n; i++) {
			size_t at = i ? rows.end[i - 1] : 0;
			struct str r =
			    str_make(rows.text.p + at, rows.end[i] - at);

			if (c) { /* another day */
				struct record rec;

				if (rec_read(r, &rec, &sc, &err) < 0)
					die("row", &err);
				rec.t0_us += c * DAY_US;
				rec.t1_us += c * DAY_US;
				buf_clear(&row);
				rec_put_header(&row, &rec);
				for (size_t e = 0; e < rec.n; e++) {
					rec.ev[e].t_us += c * DAY_US;
					rec_put_rev(&row, &rec.ev[e]);
				}
				r = buf_str(&row);
			}
			if (writer_add(w, r, &err) < 0)
				die("add", &err);
			records++;
			if (writer_due(w)) {
				writer_source_touch(w, src);
				if (writer_commit(w, STR("state"), &err) < 0)
					die("commit", &err);
			}
		}
		if (writer_commit(w, STR("state"), &err) < 0)
			die("commit", &err);
	}
	c1 = cpu();
	printf("write: %.2f s cpu, %.2f s wall; %.3f us a record; %.2f s per "
	       "GiB of log\n",
	    c1 - c0, wall() - w0, (c1 - c0) * 1e6 / (double)records,
	    (c1 - c0) / gib);
	if (getenv("BENCH_WRITE")) /* for a profiler */
		return 0;
	if (getenv("BENCH_LIVE"))
		questions(argv[2], &rows, gib);
	c0 = cpu();
	if (writer_seal(w, INT64_MAX / 2, NULL, NULL, &err) < 0)
		die("seal", &err);
	printf("seal:  %.2f s cpu; %.2f s per GiB of log\n", cpu() - c0,
	    (cpu() - c0) / gib);
	writer_close(w);
	questions(argv[2], &rows, gib);
	printf("records %" PRIu64 "\n", records);
	buf_release(&rows.text);
	buf_release(&row);
	free(rows.end);
	rec_scratch_release(&sc);
	return 0;
}
