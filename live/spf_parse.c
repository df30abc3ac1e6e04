/*
 * spf_parse.c: the text of one SPF record as terms (RFC 7208 section 12).
 *
 * A fault anywhere makes the whole record an error for every receiver, even
 * behind a term that matches; so the whole record is read before anything is
 * evaluated, and the first fault is kept with the term it stands in.
 */
#include "live/spf.h"
#include "base/banned.h"

static const struct {
	const char *name;
	enum spf_kind kind;
} mechanisms[] = {
	{ "all", SPF_ALL },
	{ "include", SPF_INCLUDE },
	{ "a", SPF_A },
	{ "mx", SPF_MX },
	{ "ptr", SPF_PTR },
	{ "ip4", SPF_IP4 },
	{ "ip6", SPF_IP6 },
	{ "exists", SPF_EXISTS },
};

int
spf_is_record(struct str txt)
{
	static const struct str v = STR_INIT("v=spf1");

	if (str_startsi(txt, v) && (txt.n == v.n || txt.p[v.n] == ' '))
		return SPF_IS;
	txt = str_trim(txt);
	if (txt.n && (txt.p[0] == '"' || txt.p[0] == '\''))
		txt = str_trim(str_from(txt, 1));
	if (str_startsi(txt, STR("v=spf")) || str_startsi(txt, STR("spf1 ")) ||
	    str_startsi(txt, STR("v= spf1")))
		return SPF_NEARLY;
	return SPF_IS_NOT;
}

static int
fault(struct arena *a, struct spf_record *r, struct str term, const char *why)
{
	r->fault = str_c(why);
	r->fault_term = arena_dup(a, str_head(term, 200));
	return -1;
}

static bool
is_name(struct str s)
{
	if (!s.n || !is_alpha(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' &&
		    s.p[i] != '.')
			return false;
	return true;
}

/* "0" or digits without a leading zero, up to max. */
static bool
mask(struct str s, unsigned max, unsigned *out)
{
	uint64_t v;

	if (!str_u64(s, &v) || v > max || (s.n > 1 && s.p[0] == '0'))
		return false;
	*out = (unsigned)v;
	return true;
}

/* Cuts "/24//64" off the end of *s; false when it is no mask. */
static bool
dual_mask(struct str *s, struct spf_term *t)
{
	size_t i = s->n;

	while (i && is_digit(s->p[i - 1]))
		i--;
	if (i >= 2 && s->p[i - 1] == '/' && s->p[i - 2] == '/') {
		if (!mask(str_from(*s, i), 128, &t->bits6))
			return false;
		s->n = i - 2;
		i = s->n;
		while (i && is_digit(s->p[i - 1]))
			i--;
		if (i == s->n) /* "//64" alone, or "foo///64" */
			return !i || s->p[i - 1] != '/';
	}
	if (i >= 1 && i <= s->n && s->p[i - 1] == '/') {
		if (!mask(str_from(*s, i), 32, &t->bits4))
			return false;
		s->n = i - 1;
	}
	return true;
}

static const char *
read_ip(struct spf_term *t, struct str arg)
{
	unsigned max = t->kind == SPF_IP4 ? 32 : 128;
	unsigned *bits = t->kind == SPF_IP4 ? &t->bits4 : &t->bits6;
	ptrdiff_t slash = str_chr(arg, '/');

	*bits = max;
	if (slash >= 0 && !mask(str_from(arg, (size_t)slash + 1), max, bits))
		return "the mask is not valid";
	if (slash >= 0)
		arg = str_head(arg, (size_t)slash);
	if (!ip_parse(arg, &t->net) || t->net.n * 8u != max)
		return "that is not an IP address";
	return NULL;
}

static const char *
read_mechanism(struct spf_term *t, struct str rest)
{
	bool colon = rest.n && rest.p[0] == ':';
	struct str arg = colon ? str_from(rest, 1) : rest;

	t->bits4 = 32;
	t->bits6 = 128;
	switch (t->kind) {
	case SPF_ALL:
		return rest.n ? "'all' takes no argument" : NULL;
	case SPF_IP4:
	case SPF_IP6:
		return colon ? read_ip(t, arg) : "an address is missing";
	case SPF_A:
	case SPF_MX:
		if (!dual_mask(&arg, t))
			return "the mask is not valid";
		if (!colon && arg.n)
			return "no such mechanism";
		break;
	case SPF_PTR:
		if (!colon && rest.n)
			return "no such mechanism";
		break;
	default:
		if (!colon)
			return "a name is missing";
		break;
	}
	if (colon && !spf_macro_ok(arg, true, &t->macros))
		return arg.n ? "the name is not valid" : "a name is missing";
	t->domain = colon ? arg : STR("");
	return NULL;
}

static const char *
mechanism(struct spf_record *r, struct spf_term *t)
{
	struct str s = t->text;
	size_t n = 0;

	t->qual = '+';
	if (s.n && memchr("+-~?", s.p[0], 4)) {
		t->qual = s.p[0];
		s = str_from(s, 1);
	}
	while (n < s.n && s.p[n] != ':' && s.p[n] != '/')
		n++;
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (str_eqi(str_head(s, n), str_c(mechanisms[i].name))) {
			t->kind = mechanisms[i].kind;
			if (r->all)
				r->after_all = true;
			return read_mechanism(t, str_from(s, n));
		}
	return "no such mechanism";
}

static const char *
modifier(struct spf_record *r, struct spf_term *t, struct str name,
    struct str value)
{
	t->domain = value;
	t->kind = SPF_OTHER;
	if (str_eqi(name, STR("redirect"))) {
		if (r->redirect)
			return "'redirect' stands there twice";
		t->kind = SPF_REDIRECT;
		r->redirect = t;
	} else if (str_eqi(name, STR("exp"))) {
		if (r->exp)
			return "'exp' stands there twice";
		t->kind = SPF_EXP;
		r->exp = t;
	}
	if (!spf_macro_ok(value, t->kind != SPF_OTHER, &t->macros))
		return "the value is not valid";
	return NULL;
}

int
spf_parse(struct arena *a, struct str text, struct spf_record *out)
{
	struct str rest = text;
	size_t max = 1;

	*out = (struct spf_record){ .text = text, .fault = STR("") };
	for (size_t i = 0; i < text.n; i++) {
		max += text.p[i] == ' ';
		if ((unsigned char)text.p[i] > 126 || text.p[i] < ' ')
			return fault(a, out, text,
			    "it holds a character that is not allowed");
	}
	if (max > SPF_MAX_TERMS)
		return fault(a, out, text, "it is too long");
	out->term = arena_array(a, struct spf_term, max);
	str_split(&rest, ' '); /* v=spf1 */
	while (rest.p) {
		struct str s = str_split(&rest, ' ');
		struct spf_term *t = &out->term[out->n];
		ptrdiff_t eq;
		const char *why;

		if (!s.n)
			continue;
		t->text = s;
		eq = str_chr(s, '=');
		if (eq > 0 && is_name(str_head(s, (size_t)eq)))
			why = modifier(out, t, str_head(s, (size_t)eq),
			    str_from(s, (size_t)eq + 1));
		else
			why = mechanism(out, t);
		if (why)
			return fault(a, out, s, why);
		if (t->kind == SPF_ALL && !out->all)
			out->all = t;
		out->n++;
	}
	return 0;
}
