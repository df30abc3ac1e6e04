/*
 * syslog_print.c: the two usual headers back to bytes, and what must be known
 * to go on in the middle of a log.
 */
#include "parsers/state.h"
#include "parsers/syslog_part.h"
#include "base/banned.h"

enum {
	STATE_VERSION = 1,
	ISO_LEN = 19, /* without fraction and zone */
};

#define SECOND INT64_C(1000000)

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
two(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
}

/* The date and time of local (or UTC) seconds. */
static struct stamp
date_of(int64_t local_s)
{
	struct stamp st;

	stamp_of(local_s * SECOND, zone_utc(), true, &st);
	return st;
}

static void
clock_print(char *p, unsigned sec)
{
	two(p, sec / 3600);
	p[2] = ':';
	two(p + 3, sec / 60 % 60);
	p[5] = ':';
	two(p + 6, sec % 60);
}

void
syslog_bsd_print(char p[SYSLOG_BSD_LEN], int64_t local_s, bool pad0)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct stamp d = date_of(local_s);

	memcpy(p, names + 3 * (d.mon - 1), 3);
	p[3] = ' ';
	two(p + 4, (unsigned)d.day);
	if (d.day < 10 && !pad0)
		p[4] = ' ';
	p[6] = ' ';
	clock_print(p + 7, (unsigned)d.sec);
}

void
syslog_iso_print(char p[SYSLOG_ISO_LEN], int64_t t_us, int16_t tz_min)
{
	int64_t s = floor_div(t_us, SECOND);
	unsigned us = (unsigned)(t_us - s * SECOND);
	unsigned off = (unsigned)(tz_min < 0 ? -tz_min : tz_min);
	struct stamp d = date_of(s + tz_min * 60);

	two(p, (unsigned)d.year / 100);
	two(p + 2, (unsigned)d.year);
	p[4] = '-';
	two(p + 5, (unsigned)d.mon);
	p[7] = '-';
	two(p + 8, (unsigned)d.day);
	p[10] = 'T';
	clock_print(p + 11, (unsigned)d.sec);
	p[19] = '.';
	two(p + 20, us / 10000);
	two(p + 22, us / 100);
	two(p + 24, us);
	p[26] = tz_min < 0 ? '-' : '+';
	two(p + 27, off / 60);
	p[29] = ':';
	two(p + 30, off % 60);
}

bool
syslog_print_header(enum frame frame, unsigned flags, int64_t t_us,
    int16_t tz_min, const struct zone *zone, struct str host, struct str tag,
    struct str pid, struct buf *out)
{
	char stamp[SYSLOG_ISO_LEN];
	size_t n;

	if (frame == FRAME_NATIVE) { /* all that its text begins with */
		syslog_iso_print(stamp, t_us, tz_min);
		stamp[10] = ' ';
		buf_addn(out, stamp, ISO_LEN);
		return !out->toobig;
	}
	if (frame == FRAME_BSD) {
		int64_t t = floor_div(t_us, SECOND);

		if (!zone)
			zone = zone_utc();
		syslog_bsd_print(stamp, t + zone_offset(zone, t, NULL, NULL),
		    flags & LINE_PAD0);
		n = SYSLOG_BSD_LEN;
	} else if (frame == FRAME_ISO || frame == FRAME_JOURNAL) {
		syslog_iso_print(stamp, t_us, tz_min);
		n = SYSLOG_ISO_LEN;
	} else {
		return false;
	}
	buf_addn(out, stamp, n);
	buf_putc(out, ' ');
	buf_add(out, host);
	buf_putc(out, ' ');
	buf_add(out, tag);
	if (pid.n) {
		buf_putc(out, '[');
		buf_add(out, pid);
		buf_putc(out, ']');
	}
	buf_addn(out, ": ", 2);
	return !out->toobig;
}

/* ---- state ---- */

void
syslog_save(const struct syslog *sl, struct buf *out)
{
	buf_uvar(out, STATE_VERSION);
	buf_svar(out, sl->clock.year);
	buf_uvar(out, sl->clock.wraps);
	buf_svar(out, sl->clock.last_s);
	buf_svar(out, sl->clock.last_us);
	buf_svar(out, sl->last_us);
}

bool
syslog_load(struct syslog *sl, struct str state)
{
	uint64_t version, wraps;
	int64_t year, last_s, last_us, t;

	if (!state_uvar(&state, &version) || version != STATE_VERSION ||
	    !state_svar(&state, &year) || !state_uvar(&state, &wraps) ||
	    !state_svar(&state, &last_s) || !state_svar(&state, &last_us) ||
	    !state_svar(&state, &t) || year < 0 || year > 2300)
		return false;
	sl->clock.year = (int)year;
	sl->clock.wraps = (unsigned)wraps;
	sl->clock.last_s = last_s;
	sl->clock.last_us = last_us;
	sl->last_us = t;
	sl->bsd_ok = sl->iso_ok = false;
	return true;
}
