/*
 * pen.c: see pen.h.  A colour is switched off before the end of a line, so
 * that a cut line never colours what follows.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cli/pen.h"
#include "cli/utf8.h"
#include "base/banned.h"

static const char *const ink_code[INK_COUNT] = {
	[INK_GOOD] = "\033[32m",
	[INK_WAIT] = "\033[33m",
	[INK_BAD] = "\033[31m",
	[INK_DIM] = "\033[2m",
	[INK_BOLD] = "\033[1m",
	[INK_NAME] = "\033[36m",
};

/* One character as it is shown; returns its columns. */
static int
show(const struct pen *p, struct str at, uint32_t cp, struct buf *out)
{
	char hex[16];

	if (cp == UTF8_BAD || (cp < 0x80 && utf8_unsafe(cp)) ||
	    (cp >= 0x80 && cp < 0xa0))
		snprintf(hex, sizeof(hex), "\\x%02x",
		    cp == UTF8_BAD ? (unsigned char)at.p[0] : (unsigned)cp);
	else if (utf8_unsafe(cp) || (cp >= 0x80 && !p->utf8))
		snprintf(hex, sizeof(hex), "\\u{%x}", (unsigned)cp);
	else {
		if (out)
			buf_add(out, at);
		return utf8_width(cp);
	}
	if (out)
		buf_puts(out, hex);
	return (int)strlen(hex);
}

void
pen_str(struct pen *p, struct str s)
{
	struct str at;
	uint32_t cp;

	while (utf8_next(&s, &at, &cp))
		p->col += show(p, at, cp, p->out);
}

int
pen_width(const struct pen *p, struct str s)
{
	struct str at;
	uint32_t cp;
	int w = 0;

	while (w < 1 << 20 && utf8_next(&s, &at, &cp))
		w += show(p, at, cp, NULL);
	return w;
}

void
pen_cut(struct pen *p, struct str s, int most)
{
	const char *mark = p->utf8 ? "\xe2\x80\xa6" : "~";
	struct str at;
	uint32_t cp;
	int room = most - 1;

	if (p->whole || pen_width(p, s) <= most) {
		pen_str(p, s);
		return;
	}
	while (utf8_next(&s, &at, &cp)) {
		int w = show(p, at, cp, NULL);

		if (w > room)
			break;
		p->col += show(p, at, cp, p->out);
		room -= w;
	}
	buf_puts(p->out, mark);
	p->col++;
}

void
pen_c(struct pen *p, const char *s)
{
	struct pen plain = *p;

	plain.utf8 = true; /* who writes beyond ASCII asked p->utf8 before */
	buf_puts(p->out, s);
	p->col += pen_width(&plain, str_c(s));
}

void
pen_printf(struct pen *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pen_c(p, text);
}

void
pen_nl(struct pen *p)
{
	buf_putc(p->out, '\n');
	p->col = 0;
}

void
pen_ink(struct pen *p, enum ink ink)
{
	if (p->color && ink_code[ink])
		buf_puts(p->out, ink_code[ink]);
}

void
pen_plain(struct pen *p)
{
	if (p->color)
		buf_puts(p->out, "\033[0m");
}

void
pen_pad(struct pen *p, int col)
{
	while (p->col < col) {
		buf_putc(p->out, ' ');
		p->col++;
	}
}

void
pen_wrap(struct pen *p, struct str s, int col, int indent)
{
	bool first = true;

	p->col = col;
	s = str_trim(s);
	while (s.n) {
		size_t n = 0;
		struct str word;
		int w;

		while (n < s.n && !is_space(s.p[n]))
			n++;
		word = str_head(s, n);
		w = pen_width(p, word);
		if (!first && p->col + 1 + w > p->width - 1) {
			pen_nl(p);
			pen_pad(p, indent);
		} else if (!first) {
			pen_c(p, " ");
		}
		pen_str(p, word);
		first = false;
		s = str_trim(str_from(s, n));
	}
	pen_nl(p);
}

void
span_print(struct buf *out, int64_t us)
{
	static const struct {
		int64_t s;
		const char *name, *lesser;
		int64_t lesser_s;
	} unit[] = {
		{ 86400, "d", "h", 3600 },
		{ 3600, "h", "min", 60 },
		{ 60, "min", "s", 1 },
	};
	int64_t s;

	if (us < 0) {
		buf_putc(out, '-');
		us = us == INT64_MIN ? INT64_MAX : -us;
	}
	s = us / 1000000;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (s < unit[i].s)
			continue;
		buf_printf(out, "%lld %s", (long long)(s / unit[i].s),
		    unit[i].name);
		s = s % unit[i].s / unit[i].lesser_s;
		if (s)
			buf_printf(out, " %lld %s", (long long)s,
			    unit[i].lesser);
		return;
	}
	if (us < 1000)
		buf_puts(out, us ? "< 1 ms" : "0 s");
	else if (us < 1000000)
		buf_printf(out, "%lld ms", (long long)(us / 1000));
	else
		buf_printf(out, "%lld.%lld s", (long long)s,
		    (long long)(us / 100000 % 10));
}

void
pen_span(struct pen *p, int64_t us)
{
	char text[64];
	struct buf b = BUF_INIT(sizeof(text));

	span_print(&b, us);
	pen_c(p, buf_c(&b));
	buf_release(&b);
}

void
size_print(struct buf *out, int64_t bytes)
{
	static const char *const unit[] = { "kB", "MB", "GB", "TB" };
	double v = (double)bytes;
	size_t i = 0;

	if (bytes < 1000) {
		buf_printf(out, "%lld byte%s", (long long)bytes,
		    bytes == 1 ? "" : "s");
		return;
	}
	for (v /= 1000; v >= 999.95 && i < 3; i++)
		v /= 1000;
	buf_printf(out, "%.1f %s", v, unit[i]);
}

void
count_print(struct buf *out, uint64_t n)
{
	char digits[32];
	int len =
	    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_putc(out, ' ');
		buf_putc(out, digits[i]);
	}
}
