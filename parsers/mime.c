/*
 * mime.c: a mail as a flat list of parts (mime.h).
 *
 * Line ends are made LF first, where there is a CR.  A multipart whose
 * boundary is not named, or is not found, takes the first line that starts
 * with two dashes for it: bounce mails of old and small servers need that.
 * Each byte is looked at once per level, and levels are few.
 */
#include "parsers/mime.h"
#include "base/banned.h"

enum { BOUNDARY_MAX = 256, PIECES_MAX = 32 };

/* ---- header fields ---- */

/* Length of the field name at the start of s when it is a header field. */
static size_t
name_len(struct str s)
{
	size_t n = 0;

	while (
	    n < s.n && n < 80 && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':')
		n++;
	return n && n < s.n && s.p[n] == ':' ? n : 0;
}

bool
mime_is_header(struct str s)
{
	return name_len(s) > 0;
}

/* End of the line that starts at `at`: the LF, or the end. */
static size_t
line_end(struct str s, size_t at)
{
	const char *q = at < s.n ? memchr(s.p + at, '\n', s.n - at) : NULL;

	return q ? (size_t)(q - s.p) : s.n;
}

/* End of the field that starts at `at`, folded lines included. */
static size_t
field_end(struct str s, size_t at)
{
	size_t end = line_end(s, at);

	while (end + 1 < s.n && (s.p[end + 1] == ' ' || s.p[end + 1] == '\t'))
		end = line_end(s, end + 1);
	return end;
}

struct str
mime_header(struct str head, struct str name, size_t *from)
{
	size_t at = from ? *from : 0;

	while (at < head.n) {
		size_t end = field_end(head, at);
		struct str f = str_make(head.p + at, end - at);

		at = end + 1;
		if (f.n > name.n && str_startsi(f, name)) {
			struct str rest = str_from(f, name.n);

			while (
			    rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
				rest = str_from(rest, 1);
			if (!rest.n || rest.p[0] != ':')
				continue;
			if (from)
				*from = at;
			return str_head(str_trim(str_from(rest, 1)),
			    MIME_HEADER_MAX);
		}
	}
	if (from)
		*from = head.n;
	return STR_NONE;
}

/* ---- parameters ---- */

struct piece {
	struct str value;
	unsigned no;
	bool percent, quoted;
};

/* name[*no][*]=value at *rest; false at the end. */
static bool
next_param(struct str *rest, struct str *name, struct piece *pc)
{
	struct str s = *rest;
	size_t i = 0, from;
	ptrdiff_t star;
	uint64_t no;

	while (i < s.n && (is_space(s.p[i]) || s.p[i] == ';'))
		i++;
	from = i;
	while (i < s.n && s.p[i] != '=' && s.p[i] != ';')
		i++;
	*name = str_trim(str_make(s.p + from, i - from));
	if (i == s.n)
		return false;
	*pc = (struct piece){ .value = STR("") };
	if (s.p[i] == '=') {
		i++;
		while (i < s.n && is_space(s.p[i]))
			i++;
		from = i;
		if (i < s.n && s.p[i] == '"') {
			from = ++i;
			pc->quoted = true;
			while (i < s.n && s.p[i] != '"')
				i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
			pc->value =
			    str_make(s.p + from, (i < s.n ? i : s.n) - from);
			if (i < s.n)
				i++;
			while (i < s.n && s.p[i] != ';')
				i++;
		} else {
			while (i < s.n && s.p[i] != ';')
				i++;
			pc->value = str_trim(str_make(s.p + from, i - from));
		}
	}
	*rest = str_from(s, i);
	if (str_ends(*name, STR("*"))) {
		pc->percent = true;
		name->n--;
	}
	star = str_rchr(*name, '*');
	if (star > 0 && str_u64(str_from(*name, (size_t)star + 1), &no) &&
	    no < PIECES_MAX) {
		pc->no = (unsigned)no;
		name->n = (size_t)star;
	}
	return true;
}

static void
unpercent(struct str s, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		const char *a, *b;

		if (s.p[i] == '%' && i + 2 < s.n && s.p[i + 1] && s.p[i + 2] &&
		    (a = strchr(hex, to_lower(s.p[i + 1]))) &&
		    (b = strchr(hex, to_lower(s.p[i + 2])))) {
			buf_putc(out, (char)((a - hex) << 4 | (b - hex)));
			i += 2;
		} else {
			buf_putc(out, s.p[i]);
		}
	}
}

struct str
mime_param(struct arena *a, struct str param, struct str name)
{
	struct piece piece[PIECES_MAX] = { 0 };
	struct str rest = param, key, cs = STR_NONE, v;
	struct piece pc;
	struct buf b = BUF_INIT(MIME_HEADER_MAX);
	struct buf text = BUF_INIT(MIME_HEADER_MAX);
	bool found = false;

	while (next_param(&rest, &key, &pc))
		if (str_eqi(key, name) && !piece[pc.no].value.p) {
			piece[pc.no] = pc;
			found = true;
		}
	if (!found)
		return STR_NONE;
	for (unsigned i = 0; i < PIECES_MAX && piece[i].value.p; i++) {
		v = piece[i].value;
		if (piece[i].percent && i == 0) { /* charset'language'text */
			ptrdiff_t q = str_chr(v, '\''), r;

			if (q >= 0) {
				cs = str_head(v, (size_t)q);
				v = str_from(v, (size_t)q + 1);
				r = str_chr(v, '\'');
				v = str_from(v, r < 0 ? 0 : (size_t)r + 1);
			}
		}
		if (piece[i].percent) {
			unpercent(v, &b);
			continue;
		}
		for (size_t k = 0; k < v.n; k++)
			if (!piece[i].quoted || v.p[k] != '\\' ||
			    k + 1 == v.n || ++k)
				buf_putc(&b, v.p[k]);
	}
	mime_to_utf8(buf_str(&b), cs, &text);
	v = arena_dup(a, buf_str(&text));
	buf_release(&b);
	buf_release(&text);
	return v;
}

/* ---- the tree ---- */

static struct str
lf_only(struct arena *a, struct str s)
{
	char *p;
	size_t n = 0;

	if (!s.n || !memchr(s.p, '\r', s.n))
		return s;
	p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r') {
			p[n++] = '\n';
			if (i + 1 < s.n && s.p[i + 1] == '\n')
				i++;
		} else {
			p[n++] = s.p[i];
		}
	}
	return str_make(p, n);
}

/* The header block: lines that are fields, up to the first that is none. */
static struct str
cut_head(struct str *s)
{
	size_t at = 0;
	struct str head;

	while (at < s->n && s->p[at] != '\n' && name_len(str_from(*s, at))) {
		at = field_end(*s, at);
		if (at < s->n)
			at++;
	}
	head = str_head(*s, at);
	*s = str_from(*s, at < s->n && s->p[at] == '\n' ? at + 1 : at);
	return head;
}

static bool
is_boundary(struct str line, struct str b, bool *last)
{
	if (line.n && line.p[0] == ' ')
		line = str_from(line, 1);
	if (line.n < b.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, b.p, b.n) != 0)
		return false;
	line = str_from(line, b.n + 2);
	*last = str_starts(line, STR("--"));
	if (*last)
		line = str_from(line, 2);
	return !str_trim(line).n;
}

/* The first line that looks like a boundary. */
static struct str
guess_boundary(struct str body)
{
	for (size_t at = 0; at < body.n; at = line_end(body, at) + 1) {
		struct str l = str_make(body.p + at, line_end(body, at) - at);

		l = str_trim(l);
		if (l.n > 6 && l.n < BOUNDARY_MAX && str_starts(l, STR("--")) &&
		    str_chr(l, ' ') < 0)
			return str_from(l, 2);
	}
	return STR_NONE;
}

static void entity(struct mime *m, struct arena *a, struct str s, int depth,
    size_t parent, bool digest);

static bool
multipart(struct mime *m, struct arena *a, struct str body, struct str b,
    int depth, size_t parent, bool digest)
{
	size_t part = 0;
	bool open = false, found = false;

	for (size_t at = 0; at < body.n;) {
		size_t end = line_end(body, at);
		bool last;

		if (is_boundary(str_make(body.p + at, end - at), b, &last)) {
			if (open)
				entity(m, a,
				    str_make(body.p + part,
					(at > part ? at - 1 : at) - part),
				    depth + 1, parent, digest);
			found = true;
			open = !last;
			part = end + 1;
			if (last)
				break;
		}
		at = end + 1;
	}
	if (open && part < body.n)
		entity(m, a, str_from(body, part), depth + 1, parent, digest);
	return found;
}

static enum mime_enc
encoding(struct str v)
{
	if (str_startsi(v, STR("base64")))
		return ENC_BASE64;
	return str_startsi(v, STR("quoted-printable")) ? ENC_QP : ENC_NONE;
}

static void
entity(struct mime *m, struct arena *a, struct str s, int depth, size_t parent,
    bool digest)
{
	struct mime_part *p;
	struct str type, b;
	size_t self = m->n;
	ptrdiff_t i;

	if (m->n == MIME_PARTS_MAX || depth > MIME_DEPTH_MAX) {
		m->cut = true;
		return;
	}
	p = &m->part[m->n++];
	*p = (struct mime_part){ .depth = depth, .parent = parent };
	p->head = cut_head(&s);
	p->body = s;
	type = mime_header(p->head, STR("content-type"), NULL);
	i = str_chr(type, ';');
	p->param = i < 0 ? STR_NONE : str_from(type, (size_t)i + 1);
	type = str_trim(i < 0 ? type : str_head(type, (size_t)i));
	if (str_chr(type, '/') <= 0)
		type = digest ? STR("message/rfc822") : STR("text/plain");
	p->type = arena_lower(a, str_head(type, 100));
	p->enc = encoding(
	    mime_header(p->head, STR("content-transfer-encoding"), NULL));
	if (str_starts(p->type, STR("multipart/"))) {
		bool dig = str_eq(p->type, STR("multipart/digest"));

		b = mime_param(a, p->param, STR("boundary"));
		if (!b.n || b.n > BOUNDARY_MAX ||
		    !multipart(m, a, s, b, depth, self, dig)) {
			b = guess_boundary(s);
			if (!b.n || !multipart(m, a, s, b, depth, self, dig))
				m->part[self].type = STR("text/plain");
		}
	} else if (p->enc == ENC_NONE &&
		   (str_eq(p->type, STR("message/rfc822")) ||
		       str_eq(p->type, STR("message/global")))) {
		while (s.n && s.p[0] == '\n')
			s = str_from(s, 1);
		entity(m, a, s, depth + 1, self, false);
	}
}

void
mime_parse(struct mime *m, struct arena *a, struct str mail)
{
	struct str s = lf_only(a, mail);

	m->n = 0;
	m->cut = false;
	if (str_starts(s, STR("From ")) || str_starts(s, STR(">From ")))
		s = str_from(s, line_end(s, 0) + 1);
	entity(m, a, s, 0, 0, false);
}

void
mime_text(const struct mime_part *p, struct buf *utf8)
{
	struct buf raw = BUF_INIT(utf8->max);
	struct arena a = { 0 };
	struct str cs = mime_param(&a, p->param, STR("charset"));
	struct str body = str_head(p->body, 2 * utf8->max);

	if (p->enc == ENC_BASE64)
		mime_base64(body, &raw);
	else if (p->enc == ENC_QP)
		mime_qp(body, false, &raw);
	mime_to_utf8(p->enc == ENC_NONE ? str_head(body, utf8->max) :
					  buf_str(&raw),
	    cs, utf8);
	buf_release(&raw);
	arena_release(&a);
}
