/*
 * fuzz_syslog.c: any bytes as a log: split, framed, printed back.
 *
 * What claims that its header can be printed again must give the same bytes,
 * and chopping the input elsewhere must give the same lines.
 */
#include <stdlib.h>

#include "parsers/lines.h"
#include "parsers/syslog.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void
print_back(const struct syslog *sl, const struct line *ln, struct buf *out)
{
	if (!(ln->flags & LINE_CANON_HDR))
		return;
	buf_clear(out);
	if (!syslog_print_header(ln->frame, ln->flags, ln->t_us, ln->tz_min,
		sl->clock.zone, ln->host, ln->tag, ln->pid, out))
		abort();
	buf_add(out, ln->text);
	if (!str_eq(buf_str(out), ln->raw))
		abort();
}

static uint64_t
read_all(struct str in, size_t step, struct buf *out)
{
	struct lines l;
	struct syslog sl;
	struct line ln;
	uint64_t sum = 0;
	size_t at = 0;

	lines_init(&l, 1, 0); /* no byte order mark */
	syslog_init(&sl, zone_get(rules, NULL), 2026);
	do {
		size_t keep = lines_left(&l), n = in.n - at;
		char *copy;

		if (n > step)
			n = step;
		/* a block of its own, so that a byte too far is seen */
		copy = malloc(keep + n ? keep + n : 1);
		if (!copy)
			abort();
		if (keep + n)
			memcpy(copy, in.p + at - keep, keep + n);
		lines_feed(&l, str_make(copy, keep + n));
		at += n;
		if (at == in.n)
			lines_close(&l);
		while (lines_next(&l, &ln)) {
			syslog_frame(&sl, &ln);
			print_back(&sl, &ln, out);
			sum = sum * 31 + (uint64_t)ln.t_us + ln.text.n +
			      ln.host.n * 3 + ln.tag.n * 5 + ln.flags;
		}
		/* what is left over is in front of the next view */
		if (at == in.n)
			l.p = l.end = NULL;
		free(copy);
	} while (at < in.n);
	lines_release(&l);
	syslog_release(&sl);
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);
	struct buf out = BUF_INIT(1 << 20);

	if (read_all(in, 1 << 20, &out) != read_all(in, 77, &out))
		abort();
	buf_release(&out);
	return 0;
}
