/*
 * pick.c: small readers that the companions' parsers share.
 */
#include "parsers/pick.h"
#include "base/banned.h"

bool
pick_angle(struct str *rest, struct str *inside)
{
	bool quoted = false;
	size_t first = 0;

	if (!rest->n || rest->p[0] != '<')
		return false;
	/* the usual case: no quote before the first '>' */
	const char *q = memchr(rest->p, '>', rest->n);
	if (!q)
		return false;
	first = (size_t)(q - rest->p);
	if (!memchr(rest->p, '"', first))
		goto found;
	first = 0;
	for (size_t i = 1; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '>' && !first)
			first = i;
		if (quoted && c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '>' && !quoted) {
			first = i;
			break;
		}
	}
	/* a quote that never closes is no quote: the first '>' it is */
	if (!first)
		return false;
found:
	*inside = str_make(rest->p + 1, first - 1);
	*rest = str_from(*rest, first + 1);
	return true;
}

bool
pick_angles(struct str *rest, struct str *list, bool *several)
{
	struct str r = *rest, one;
	const char *end;

	*several = false;
	if (!pick_angle(&r, &one))
		return false;
	for (;;) {
		struct str next = r;

		end = r.p;
		if (!pick_lit(&next, STR(",")))
			break;
		pick_lit(&next, STR(" "));
		if (!pick_angle(&next, &one))
			break;
		*several = true;
		r = next;
	}
	*list = str_make(rest->p, (size_t)(end - rest->p));
	*rest = r;
	return true;
}

bool
pick_ip(struct str *rest, struct str *ip, struct str *port)
{
	struct str r = *rest;
	ptrdiff_t i;

	if (!pick_lit(&r, STR("[")) || (i = str_chr(r, ']')) < 0)
		return false;
	*ip = str_head(r, (size_t)i);
	*port = STR_NONE;
	r = str_from(r, (size_t)i + 1);
	if (r.n > 1 && r.p[0] == ':' && is_digit(r.p[1])) {
		r = str_from(r, 1);
		*port = pick_digits(&r);
	}
	*rest = r;
	return true;
}

struct str
pick_digits(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && is_digit(rest->p[n]))
		n++;
	struct str d = str_head(*rest, n);
	*rest = str_from(*rest, n);
	return d;
}

struct str
pick_word(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	struct str w = str_head(*rest, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = str_from(*rest, n);
	return w;
}

struct str
pick_to(struct str *rest, struct str sep)
{
	ptrdiff_t i = str_find(*rest, sep);
	struct str s;

	if (i < 0) {
		s = *rest;
		*rest = str_from(*rest, rest->n);
		return s;
	}
	s = str_head(*rest, (size_t)i);
	*rest = str_from(*rest, (size_t)i + sep.n);
	return s;
}

struct str
pick_after_stamp(struct str text)
{
	static const char form[] = "dddd-dd-dd dd:dd:dd";
	struct str r = text;

	if (r.n < sizeof(form))
		return text;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ?
			!is_digit(r.p[i]) :
			r.p[i] != form[i] && !(i == 10 && r.p[i] == 'T'))
			return text;
	r = str_from(r, sizeof(form) - 1);
	if (r.n && (r.p[0] == '.' || r.p[0] == ',')) {
		r = str_from(r, 1);
		pick_digits(&r);
	}
	if (!pick_lit(&r, STR(" ")))
		return text;
	if (r.n > 5 && (r.p[0] == '+' || r.p[0] == '-') && is_digit(r.p[1]))
		pick_word(&r);
	return r;
}

bool
is_ip(struct str s)
{
	size_t dots = 0, colons = 0;

	if (s.n < 2 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], l = (char)(c | 32);

		if (c == '.')
			dots++;
		else if (c == ':')
			colons++;
		else if (c == '%' && colons > 1) /* fe80::1%eth0 */
			return true;
		else if (!is_digit(c) && (l < 'a' || l > 'f'))
			return false;
		else if (!is_digit(c) && !colons && dots)
			return false;
	}
	return colons > 1 || (!colons && dots == 3);
}

bool
may_be_password(struct str user)
{
	ptrdiff_t at = str_rchr(user, '@');
	bool upper = false, lower = false, digit = false, dot = false;

	if (at > 0) { /* what follows must be a domain */
		struct str dom = str_from(user, (size_t)at + 1);

		for (size_t i = 0; i < dom.n; i++) {
			if (dom.p[i] == '.')
				dot = true;
			else if (!is_alnum(dom.p[i]) && dom.p[i] != '-')
				return true;
			else if (is_digit(dom.p[i]) ||
				 to_lower(dom.p[i]) != dom.p[i])
				upper = true;
		}
		if (!dom.n || (!dot && upper)) /* "P@ssw0rd" */
			return true;
		upper = false;
		user = str_head(user, (size_t)at);
	}
	for (size_t i = 0; i < user.n; i++) {
		char c = user.p[i];

		if (is_digit(c))
			digit = true;
		else if ((unsigned char)(c - 'a') < 26)
			lower = true;
		else if (is_alpha(c))
			upper = true;
		else if (c != '.' && c != '-' && c != '_' && c != '+' &&
			 c != '\\' && c != '=' && c != '/' && c != '\'' &&
			 c != '*' && c != '%' && !(c & 0x80) && at < 0)
			return true;
	}
	/* "Summer2026": a name of a login without an address is plainer */
	return at < 0 && upper && lower && digit && user.n >= 8;
}

bool
is_qid(struct str s)
{
	bool digit = false, hex = true;

	if (s.n < 5 || s.n > 30)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (is_digit(s.p[i]))
			digit = true;
		else if (!is_alpha(s.p[i]) && s.p[i] != '-')
			return false;
		else if (s.p[i] < 'A' || s.p[i] > 'F')
			hex = false;
	}
	return digit || hex;
}

bool
pick_pair(struct str *rest, char sep, struct str *key, struct str *value)
{
	struct str r = *rest;
	size_t n = 0;

	while (n < r.n && (is_alnum(r.p[n]) || r.p[n] == '_' || r.p[n] == '-'))
		n++;
	if (!n || n == r.n || r.p[n] != '=')
		return false;
	*key = str_head(r, n);
	r = str_from(r, n + 1);
	for (n = 0; n < r.n; n++)
		if (r.p[n] == sep && (n + 1 == r.n || r.p[n + 1] == ' '))
			break;
	*value = str_head(r, n);
	*rest = str_from(r, n + 2);
	return true;
}

struct str
pick_key(struct str list, struct str key, char end)
{
	struct str r = list;
	ptrdiff_t i;

	while ((i = str_find(r, key)) >= 0) {
		const char *p = r.p + i;

		r = str_from(r, (size_t)i + key.n);
		if (p > list.p && p[-1] != ' ' && p[-1] != ',' &&
		    p[-1] != ';' && p[-1] != '(')
			continue;
		if (end) {
			i = str_chr(r, end);
			return i < 0 ? r : str_head(r, (size_t)i);
		}
		i = str_find(r, STR(", "));
		return i < 0 ? r : str_head(r, (size_t)i);
	}
	return STR_NONE;
}
