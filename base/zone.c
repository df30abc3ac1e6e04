/*
 * zone.c: TZif files (RFC 8536) and POSIX TZ rules as one sorted list of
 * changes.
 *
 * The rule behind the last change of a file is written out as changes up to
 * RULE_END, so that a look-up is one binary search whatever the zone came
 * from.  Leap seconds are left out: syslog counts without them.  Zones are
 * kept in a list for the life of the program; few are ever used.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/stamp.h"
#include "base/zone.h"
#include "base/banned.h"

enum {
	FILE_LIMIT = 256 * 1024, /* of a TZif file; real ones are below 8 KiB */
	CHANGES_MAX = 20000,
	ZONES_MAX = 1000,  /* in one process */
	RULE_BEGIN = 1970, /* years a POSIX rule is written out for */
	RULE_END = 2200,
	DAY = 86400,
	LATE = 120, /* seconds a line may be older than the one before */
};

struct zone {
	struct zone *next;
	char *name;
	size_t n;
	int64_t *at;  /* change i is at at[i] ... */
	int32_t *off; /* ... and sets off[i + 1]; off[0] holds before */
};

/* ---- POSIX rules ---- */

/* "M3.5.0/2", "J60", "59": a day of the year and a time. */
struct rule_day {
	char form; /* 'M', 'J', '0' */
	int month, week, wday, day;
	int32_t time;
};

struct rule {
	int32_t std, dst; /* seconds east */
	bool has_dst;
	struct rule_day start, end;
};

static bool
number(struct str *s, int max, int *out)
{
	int v = 0;
	size_t i = 0;

	while (i < s->n && i < 4 && is_digit(s->p[i]))
		v = v * 10 + s->p[i++] - '0';
	if (!i || v > max)
		return false;
	*s = str_from(*s, i);
	*out = v;
	return true;
}

static bool
skip(struct str *s, char c)
{
	if (!s->n || *s->p != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* "CET", "<+0530>" */
static bool
abbreviation(struct str *s)
{
	size_t i = 0;

	if (skip(s, '<')) {
		while (i < s->n && s->p[i] != '>')
			i++;
		*s = str_from(*s, i);
		return i > 0 && skip(s, '>');
	}
	while (i < s->n && is_alpha(s->p[i]))
		i++;
	*s = str_from(*s, i);
	return i >= 3;
}

/* "[+-]h[h][h][:mm[:ss]]" as seconds */
static bool
rule_time(struct str *s, int32_t *out)
{
	int h, m = 0, sec = 0;
	bool neg = skip(s, '-');

	if (!neg)
		skip(s, '+');
	if (!number(s, 167, &h))
		return false;
	if (skip(s, ':')) {
		if (!number(s, 59, &m))
			return false;
		if (skip(s, ':') && !number(s, 59, &sec))
			return false;
	}
	*out = (h * 3600 + m * 60 + sec) * (neg ? -1 : 1);
	return true;
}

static bool
rule_day(struct str *s, struct rule_day *d)
{
	*d = (struct rule_day){ .form = '0', .time = 2 * 3600 };
	if (!skip(s, ','))
		return false;
	if (skip(s, 'M')) {
		d->form = 'M';
		if (!number(s, 12, &d->month) || d->month < 1 ||
		    !skip(s, '.') || !number(s, 5, &d->week) || d->week < 1 ||
		    !skip(s, '.') || !number(s, 6, &d->wday))
			return false;
	} else if (skip(s, 'J')) {
		d->form = 'J';
		if (!number(s, 365, &d->day) || d->day < 1)
			return false;
	} else if (!number(s, 365, &d->day)) {
		return false;
	}
	return skip(s, '/') ? rule_time(s, &d->time) : true;
}

static bool
rule_parse(struct str s, struct rule *r)
{
	int32_t west;

	*r = (struct rule){ 0 };
	if (!abbreviation(&s) || !rule_time(&s, &west))
		return false;
	r->std = -west;
	if (!s.n)
		return true;
	if (!abbreviation(&s))
		return false;
	r->has_dst = true;
	r->dst = r->std + 3600;
	if (s.n && *s.p != ',') {
		if (!rule_time(&s, &west))
			return false;
		r->dst = -west;
	}
	if (!s.n) { /* the rule POSIX leaves open: that of the US */
		r->start = (struct rule_day){ 'M', 3, 2, 0, 0, 2 * 3600 };
		r->end = (struct rule_day){ 'M', 11, 1, 0, 0, 2 * 3600 };
		return true;
	}
	return rule_day(&s, &r->start) && rule_day(&s, &r->end) && !s.n;
}

/* Local seconds since 1970 at which the rule strikes in that year. */
static int64_t
rule_local(const struct rule_day *d, int year)
{
	int64_t day;

	if (d->form == 'M') {
		int64_t first = stamp_days(year, d->month, 1);
		int wday = (int)((first + 4) % 7); /* 1970-01-01: Thursday */

		day = first + (d->wday - wday + 7) % 7 + (d->week - 1) * 7;
		while (day >= first + stamp_month_days(year, d->month))
			day -= 7;
	} else if (d->form == 'J') {
		bool leap = stamp_month_days(year, 2) == 29;

		day = stamp_days(year, 1, 1) + d->day - 1 +
		      (leap && d->day >= 60);
	} else {
		day = stamp_days(year, 1, 1) + d->day;
	}
	return day * DAY + d->time;
}

static void
add_change(struct zone *z, int64_t at, int32_t off)
{
	if (z->n >= CHANGES_MAX || (z->n && at <= z->at[z->n - 1]))
		return;
	if (z->off[z->n] == off)
		return;
	z->at[z->n] = at;
	z->off[++z->n] = off;
}

/* Writes the rule out, behind the changes that are there. */
static void
add_rule(struct zone *z, const struct rule *r)
{
	if (!r->has_dst) {
		if (!z->n)
			z->off[0] = r->std;
		return;
	}
	if (!z->n)
		z->off[0] = r->std;
	for (int y = RULE_BEGIN; y < RULE_END; y++) {
		int64_t a = rule_local(&r->start, y) - r->std;
		int64_t b = rule_local(&r->end, y) - r->dst;

		if (a < b) {
			add_change(z, a, r->dst);
			add_change(z, b, r->std);
		} else {
			add_change(z, b, r->std);
			add_change(z, a, r->dst);
		}
	}
}

/* ---- TZif ---- */

static uint32_t
be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 |
	       (uint32_t)u[2] << 8 | u[3];
}

static int64_t
be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct tzif_head {
	size_t isut, isstd, leap, time, type, chars;
	size_t body; /* bytes behind the header, with `size`-byte times */
};

static bool
tzif_head(struct str s, size_t size, struct tzif_head *h)
{
	if (s.n < 44 || memcmp(s.p, "TZif", 4) != 0)
		return false;
	h->isut = be32(s.p + 20);
	h->isstd = be32(s.p + 24);
	h->leap = be32(s.p + 28);
	h->time = be32(s.p + 32);
	h->type = be32(s.p + 36);
	h->chars = be32(s.p + 40);
	if (h->time > CHANGES_MAX / 2 || h->type < 1 || h->type > 256 ||
	    h->chars > 4096 || h->leap > 4096 || h->isut > 256 ||
	    h->isstd > 256)
		return false;
	h->body = h->time * (size + 1) + h->type * 6 + h->chars +
		  h->leap * (size + 4) + h->isstd + h->isut;
	return s.n - 44 >= h->body;
}

static int32_t
type_off(const char *types, const struct tzif_head *h, unsigned idx)
{
	int32_t v = idx < h->type ? (int32_t)be32(types + 6 * idx) : 0;

	return v > -2 * DAY && v < 2 * DAY ? v : 0;
}

static bool
tzif_read(struct zone *z, struct str s)
{
	struct tzif_head h;
	size_t size = 4;
	const char *times, *idx, *types;
	struct rule rule;

	if (!tzif_head(s, 4, &h))
		return false;
	if (s.p[4] >= '2') {
		s = str_from(s, 44 + h.body);
		size = 8;
		if (!tzif_head(s, 8, &h))
			return false;
	}
	times = s.p + 44;
	idx = times + h.time * size;
	types = idx + h.time;
	z->off[0] = type_off(types, &h, 0);
	for (size_t i = 0; i < h.time; i++) {
		int64_t at = size == 8 ? be64(times + 8 * i) :
					 (int32_t)be32(times + 4 * i);

		add_change(z, at, type_off(types, &h, (unsigned char)idx[i]));
	}
	if (size == 8) {
		struct str tail = str_from(s, 44 + h.body);
		ptrdiff_t nl;

		if (skip(&tail, '\n') && (nl = str_chr(tail, '\n')) > 0 &&
		    rule_parse(str_head(tail, (size_t)nl), &rule))
			add_rule(z, &rule);
	}
	return true;
}

/* ---- names ---- */

/* "+01:00", "-0330", "UTC", "GMT", "Z" */
static bool
fixed(struct str s, int32_t *off)
{
	int sign, h, m = 0;

	if (str_eqi(s, STR("utc")) || str_eqi(s, STR("gmt")) ||
	    str_eqi(s, STR("z"))) {
		*off = 0;
		return true;
	}
	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-') || !is_digit(s.p[1]) ||
	    !is_digit(s.p[2]))
		return false;
	sign = s.p[0] == '-' ? -1 : 1;
	h = (s.p[1] - '0') * 10 + s.p[2] - '0';
	s = str_from(s, 3);
	if (s.n) {
		skip(&s, ':');
		if (s.n != 2 || !number(&s, 59, &m))
			return false;
	}
	if (h > 15)
		return false;
	*off = sign * (h * 3600 + m * 60);
	return true;
}

/* The file's bytes into a new block; NULL with errno set. */
static char *
slurp(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *p;
	ssize_t got;

	if (fd < 0)
		return NULL;
	p = xmalloc(FILE_LIMIT);
	*n = 0;
	while (
	    *n < FILE_LIMIT && (got = read(fd, p + *n, FILE_LIMIT - *n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		*n += (size_t)got;
	}
	close(fd);
	return p;
}

static bool
load_path(struct zone *z, const char *path)
{
	size_t n;
	char *p = slurp(path, &n);
	bool ok = p && tzif_read(z, str_make(p, n));

	free(p);
	return ok;
}

static bool
load_name(struct zone *z, struct str name)
{
	static const char *const dirs[] = { "/usr/share/zoneinfo",
		"/usr/lib/zoneinfo", "/etc/zoneinfo" };
	struct buf path = BUF_INIT(4096);
	const char *env = getenv("TZDIR");
	bool ok = false;

	if (name.n == 0 || name.n > 255 || name.p[0] == '.' ||
	    str_find(name, STR("..")) >= 0 || str_chr(name, 0) >= 0)
		return false;
	if (name.p[0] == '/') {
		buf_add(&path, name);
		ok = load_path(z, buf_c(&path));
		buf_release(&path);
		return ok;
	}
	for (size_t i = 0; !ok && i <= sizeof(dirs) / sizeof(dirs[0]); i++) {
		const char *dir = i ? dirs[i - 1] : env;

		if (!dir || !*dir)
			continue;
		buf_clear(&path);
		buf_puts(&path, dir);
		buf_putc(&path, '/');
		buf_add(&path, name);
		ok = !path.toobig && load_path(z, buf_c(&path));
	}
	buf_release(&path);
	return ok;
}

static bool
load(struct zone *z, struct str name)
{
	struct rule rule;
	int32_t off;

	if (name.n && name.p[0] == ':')
		name = str_from(name, 1);
	if (fixed(name, &off)) {
		z->off[0] = off;
		return true;
	}
	if (load_name(z, name))
		return true;
	z->n = 0;
	z->off[0] = 0;
	if (!rule_parse(name, &rule))
		return false;
	add_rule(z, &rule);
	return true;
}

static bool
load_local(struct zone *z)
{
	const char *env = getenv("TZ");

	if (env && *env && load(z, str_c(env)))
		return true;
	z->n = 0;
	z->off[0] = 0;
	if (!(env && *env) && load_path(z, "/etc/localtime"))
		return true;
	z->n = 0;
	z->off[0] = 0;
	return true; /* as the C library does: UTC */
}

static struct zone *
zone_new(const char *name)
{
	struct zone *z = xcalloc(1, sizeof(*z));

	z->name = xstrdup(name);
	z->at = xcalloc(CHANGES_MAX, sizeof(*z->at));
	z->off = xcalloc(CHANGES_MAX + 1, sizeof(*z->off));
	return z;
}

static void
zone_shrink(struct zone *z)
{
	z->at = xreallocarray(z->at, z->n + 1, sizeof(*z->at));
	z->off = xreallocarray(z->off, z->n + 1, sizeof(*z->off));
}

static void
zone_free(struct zone *z)
{
	free(z->name);
	free(z->at);
	free(z->off);
	free(z);
}

const struct zone *
zone_get(const char *name, struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct zone *zones;
	struct zone *z;
	size_t count = 0;

	if (!name)
		name = "";
	pthread_mutex_lock(&lock);
	for (z = zones; z; z = z->next, count++)
		if (!strcmp(z->name, name))
			goto out;
	if (count >= ZONES_MAX) {
		err_set(err, "too many time zones");
		goto out;
	}
	z = zone_new(name);
	if (*name ? load(z, str_c(name)) : load_local(z)) {
		zone_shrink(z);
		z->next = zones;
		zones = z;
	} else {
		zone_free(z);
		z = NULL;
		err_set(err, "unknown time zone '%.100s'", name);
	}
out:
	pthread_mutex_unlock(&lock);
	return z;
}

const struct zone *
zone_utc(void)
{
	static int32_t off[1];
	static char name[] = "UTC";
	static const struct zone utc = { .name = name, .off = off };

	return &utc;
}

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* ---- look-ups ---- */

/* Number of changes at or before t: the index into off[]. */
static size_t
slot(const struct zone *z, int64_t t)
{
	size_t lo = 0, hi = z->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int32_t
zone_offset(const struct zone *z, int64_t t_s, int64_t *from, int64_t *to)
{
	size_t i = slot(z, t_s);

	if (from)
		*from = i ? z->at[i - 1] : INT64_MIN;
	if (to)
		*to = i < z->n ? z->at[i] : INT64_MAX;
	return z->off[i];
}

int64_t
zone_to_utc(const struct zone *z, int64_t local_s, int64_t after_s,
    int64_t *from, int64_t *to)
{
	size_t i = slot(z, local_s - DAY), k = slot(z, local_s + DAY);
	int32_t a = z->off[i], b = z->off[k];
	int64_t ta = local_s - a, tb = local_s - b;
	bool va, vb;

	if (from && to && i == k) {
		*from = i ? z->at[i - 1] + DAY : local_s - DAY;
		*to = i < z->n ? z->at[i] - DAY : local_s + DAY;
		if (*from > local_s || *to <= local_s)
			*from = *to = local_s;
	} else if (from && to) {
		*from = *to = local_s;
	}
	if (a == b)
		return ta;
	va = z->off[slot(z, ta)] == a;
	vb = z->off[slot(z, tb)] == b;
	if (va && vb)
		return after_s != INT64_MIN && ta < after_s - LATE ? tb : ta;
	return vb ? tb : ta;
}
