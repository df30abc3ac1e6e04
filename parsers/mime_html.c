/*
 * mime_html.c: the words of an HTML part, for notices that have no other.
 *
 * Tags go, blocks become lines, scripts and styles are left out, the usual
 * character references are resolved.  Not a renderer: enough to find an
 * address and a reason.
 */
#include "parsers/mime.h"
#include "base/banned.h"

/* Tags that start a new line. */
static bool
breaks(struct str tag)
{
	static const struct str names[] = {
		STR_INIT("br"),
		STR_INIT("p"),
		STR_INIT("div"),
		STR_INIT("tr"),
		STR_INIT("li"),
		STR_INIT("table"),
		STR_INIT("td"),
		STR_INIT("h1"),
		STR_INIT("h2"),
		STR_INIT("h3"),
		STR_INIT("h4"),
		STR_INIT("pre"),
		STR_INIT("blockquote"),
		STR_INIT("hr"),
	};
	size_t n = 0;

	if (tag.n && tag.p[0] == '/')
		tag = str_from(tag, 1);
	while (n < tag.n && is_alnum(tag.p[n]))
		n++;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eqi(str_head(tag, n), names[i]))
			return true;
	return false;
}

static size_t
reference(struct str s, struct buf *out)
{
	static const struct {
		struct str name;
		const char *text;
	} refs[] = {
		{ STR_INIT("&lt;"), "<" },
		{ STR_INIT("&gt;"), ">" },
		{ STR_INIT("&amp;"), "&" },
		{ STR_INIT("&quot;"), "\"" },
		{ STR_INIT("&nbsp;"), " " },
		{ STR_INIT("&#39;"), "'" },
		{ STR_INIT("&apos;"), "'" },
		{ STR_INIT("&#64;"), "@" },
		{ STR_INIT("&#46;"), "." },
		{ STR_INIT("&#8217;"), "'" },
		{ STR_INIT("&#160;"), " " },
	};

	for (size_t i = 0; i < sizeof(refs) / sizeof(*refs); i++)
		if (str_startsi(s, refs[i].name)) {
			buf_puts(out, refs[i].text);
			return refs[i].name.n;
		}
	buf_putc(out, '&');
	return 1;
}

/* Where the text goes on behind <style>...</style>, or 0. */
static size_t
skipped(struct str s)
{
	static const struct {
		struct str open, close;
	} pairs[] = {
		{ STR_INIT("<style"), STR_INIT("</style") },
		{ STR_INIT("<script"), STR_INIT("</script") },
		{ STR_INIT("<head>"), STR_INIT("</head") },
		{ STR_INIT("<!--"), STR_INIT("-->") },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		ptrdiff_t end;

		if (!str_startsi(s, pairs[i].open))
			continue;
		end = str_findi(s, pairs[i].close);
		return end < 0 ? s.n : (size_t)end + pairs[i].close.n;
	}
	return 0;
}

void
mime_html_text(struct str html, struct buf *out)
{
	size_t i = 0;

	while (i < html.n && !out->toobig) {
		struct str rest = str_from(html, i);
		size_t skip;
		ptrdiff_t end;

		if (html.p[i] == '&') {
			i += reference(rest, out);
			continue;
		}
		if (html.p[i] != '<') {
			char c = html.p[i++];

			if (!is_space(c))
				buf_putc(out, c);
			else if (out->n && !is_space(out->p[out->n - 1]))
				buf_putc(out, ' ');
			continue;
		}
		skip = skipped(rest);
		if (skip) {
			i += skip;
			continue;
		}
		/* an address in angle brackets that nobody escaped */
		end = str_chr(str_head(rest, 512), '>');
		if (end < 0 ||
		    (str_chr(str_head(rest, (size_t)end), '@') > 0 &&
			str_chr(str_head(rest, (size_t)end), ' ') < 0)) {
			buf_putc(out, html.p[i++]);
			continue;
		}
		if (breaks(str_make(rest.p + 1, (size_t)end - 1)) && out->n)
			buf_putc(out, '\n');
		i += (size_t)end + 1;
	}
}
