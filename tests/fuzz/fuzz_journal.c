/*
 * fuzz_journal.c: any bytes as the journal's export format, and each of their
 * lines as JSON.
 */
#include <stdlib.h>

#include "parsers/journal.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t export(struct str in, size_t step)
{
	struct journal j;
	struct lines l;
	struct syslog sl;
	struct line ln;
	uint64_t sum = 0;
	size_t at = 0;

	journal_init(&j);
	lines_init(&l, 1, 0);
	syslog_init(&sl, NULL, 2026);
	do {
		size_t keep = lines_left(&l), n = in.n - at;
		char *copy;

		if (n > step)
			n = step;
		copy = malloc(keep + n ? keep + n : 1);
		if (!copy)
			abort();
		if (keep + n)
			memcpy(copy, in.p + at - keep, keep + n);
		lines_feed(&l, str_make(copy, keep + n));
		at += n;
		if (at == in.n)
			lines_close(&l);
		while (journal_next(&j, &l, &sl, &ln) > 0)
			sum = sum * 31 + (uint64_t)ln.t_us + ln.raw.n +
			      ln.flags + ln.offset;
		free(copy);
	} while (at < in.n);
	journal_release(&j);
	lines_release(&l);
	syslog_release(&sl);
	return sum;
}

static void
json(struct str in)
{
	struct syslog sl;

	syslog_init(&sl, NULL, 2026);
	while (in.p && in.n) {
		struct line ln = { .raw = str_split(&in, '\n') };

		if (ln.raw.n > 64 * 1024)
			ln.raw.n = 64 * 1024;
		syslog_frame(&sl, &ln);
	}
	syslog_release(&sl);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);

	if (export(in, 1 << 20) != export(in, 61))
		abort();
	json(in);
	return 0;
}
