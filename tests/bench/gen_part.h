/*
 * gen_part.h: what the generators of logs share: chance, names, and lines that
 * wait for their time.
 */
#ifndef TESTS_BENCH_GEN_PART_H
#define TESTS_BENCH_GEN_PART_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t rng_state;

static uint64_t
rnd(void)
{
	uint64_t x = rng_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return rng_state = x;
}

static unsigned
below(unsigned n)
{
	return (unsigned)((rnd() >> 11) % n);
}

static int
percent(unsigned p)
{
	return below(100) < p;
}

/* Few values often, many values seldom. */
static unsigned
skewed(unsigned n)
{
	unsigned a = below(n), b = below(n);

	a = a < b ? a : b;
	b = below(n);
	return a < b ? a : b;
}

/* ---- lines waiting for their time ---- */

struct item {
	int64_t t_us;
	uint64_t seq;
	char *text;
};

static struct item *heap;
static size_t nheap, cheap;
static uint64_t seq, written, limit;
static enum stamp_form { BSD, ISO, NATIVE } form;
static const int64_t start_s = 1767225600; /* 2026-01-01 00:00 UTC */

static int
earlier(const struct item *a, const struct item *b)
{
	return a->t_us < b->t_us || (a->t_us == b->t_us && a->seq < b->seq);
}

static void
push(int64_t t, const char *fmt, ...)
{
	char line[2048];
	va_list ap;
	size_t i;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(line))
		return;
	if (nheap == cheap) {
		cheap = cheap ? 2 * cheap : 4096;
		heap = realloc(heap, cheap * sizeof(*heap));
		if (!heap)
			exit(2);
	}
	struct item it = { t, seq++, malloc((size_t)n + 1) };
	if (!it.text)
		exit(2);
	memcpy(it.text, line, (size_t)n + 1);
	for (i = nheap++; i && earlier(&it, &heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = it;
}

static void
print_top(void)
{
	static const char mon[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static time_t last = -1;
	static struct tm tm;
	struct item top = heap[0], end = heap[--nheap];
	time_t s = (time_t)(top.t_us / 1000000);
	size_t i = 0, k;
	int n;

	while ((k = 2 * i + 1) < nheap) {
		if (k + 1 < nheap && earlier(&heap[k + 1], &heap[k]))
			k++;
		if (!earlier(&heap[k], &end))
			break;
		heap[i] = heap[k];
		i = k;
	}
	heap[i] = end;
	if (s != last) {
		gmtime_r(&s, &tm);
		last = s;
	}
	if (form == NATIVE)
		n = printf("%04d-%02d-%02d %02d:%02d:%02d %s\n",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec, top.text);
	else if (form == ISO)
		n = printf("%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00 mail %s\n",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		    tm.tm_min, tm.tm_sec, (int)(top.t_us % 1000000), top.text);
	else
		n = printf("%.3s %2d %02d:%02d:%02d mail %s\n",
		    mon + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec, top.text);
	written += (uint64_t)n;
	free(top.text);
}

/* ---- names ---- */

static const char *const first[] = { "anna", "ben", "carla", "david", "elena",
	"felix", "greta", "hugo", "ines", "jonas", "karin", "leo", "maria",
	"nils", "olga", "paul", "rosa", "tina", "viktor", "wanda" };
static const char *const last[] = { "adler", "becker", "conrad", "dorn",
	"engel", "fischer", "gruber", "huber", "irmler", "jansen", "keller",
	"lang", "moser", "novak", "ortner", "pichler", "reiter", "tauber" };
static const char *const words[] = { "invoice", "meeting", "project", "report",
	"offer", "contract", "photos", "order", "delivery", "question",
	"newsletter", "reminder", "schedule", "update" };

#define PICK(a) a[below(sizeof(a) / sizeof(*(a)))]

static void
local_user(char *out, size_t n)
{
	unsigned u = skewed(30000);

	snprintf(out, n, "%s.%s%u@kunden%u.example", first[u % 20],
	    last[u / 20 % 18], u / 360, u % 120);
}

static void
remote_user(char *out, size_t n)
{
	unsigned u = skewed(400000), d = skewed(5000);

	snprintf(out, n, "%s.%s%u@firma%u.example", first[u % 20],
	    last[u / 20 % 18], u / 360, d);
}

static void
random_id(char *out, int n)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < n; i++)
		out[i] = hex[rnd() >> 20 & 15];
	out[n] = '\0';
}

static int64_t
ms(unsigned from, unsigned to)
{
	return (int64_t)(from * 1000 + below((to - from) * 1000));
}

/* BYTES [DAYS [SEED]] */
static void
begin(int argc, char **argv, unsigned *days)
{
	*days = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	limit = argc > 1 ? strtoull(argv[1], NULL, 10) : 1 << 20;
	rng_state =
	    argc > 3 ? strtoull(argv[3], NULL, 10) | 1 : 88172645463325252;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
}

/* Prints what is due before t. */
static void
print_until(int64_t t)
{
	while (nheap && heap[0].t_us < t && written < limit)
		print_top();
}

/* And the rest, within bounds; the exit status. */
static int
finish(void)
{
	while (nheap && written < limit + (limit >> 6))
		print_top();
	return fflush(stdout) || ferror(stdout) ? 2 : 0;
}

#endif
