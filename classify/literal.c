/*
 * literal.c: the plain letters of a pattern (literal.h).
 *
 * A reader of PCRE2's syntax that errs on the safe side: what it does not know
 * ends a piece, and what may be absent is no part of one.
 */
#include "classify/literal.h"
#include "base/banned.h"

enum { PIECE_MAX = 64, PIECE_MIN = 2 };

struct reading {
	struct arena *a;
	struct str *out;
	size_t n;
	char cur[PIECE_MAX], best[PIECE_MAX]; /* of this alternative */
	size_t ncur, nbest;
	struct str group; /* its first group that must match, its inside */
};

static void
piece_end(struct reading *r)
{
	if (r->ncur > r->nbest) {
		memcpy(r->best, r->cur, r->ncur);
		r->nbest = r->ncur;
	}
	r->ncur = 0;
}

/* Behind the bracket or group that opens at p[i]. */
static size_t
skip_class(struct str p, size_t i)
{
	i++;
	if (i < p.n && p.p[i] == '^')
		i++;
	if (i < p.n && p.p[i] == ']')
		i++;
	for (; i < p.n && p.p[i] != ']'; i++) {
		if (p.p[i] == '\\')
			i++;
		else if (str_starts(str_from(p, i), STR("[:")))
			while (i < p.n && p.p[i] != ']')
				i++;
	}
	return i < p.n ? i + 1 : p.n;
}

static size_t
skip_group(struct str p, size_t i)
{
	for (size_t depth = 0; i < p.n;) {
		if (p.p[i] == '\\') {
			i += 2;
			continue;
		}
		if (p.p[i] == '[') {
			i = skip_class(p, i);
			continue;
		}
		if (p.p[i] == '(')
			depth++;
		else if (p.p[i] == ')' && --depth == 0)
			return i + 1;
		i++;
	}
	return p.n;
}

/* What stands behind an item: 0 none, '+' at least one, '?' may be absent. */
static char
times(struct str p, size_t *i)
{
	char c = *i < p.n ? p.p[*i] : 0;

	if (c == '{' && *i + 1 < p.n &&
	    (is_digit(p.p[*i + 1]) || p.p[*i + 1] == ','))
		while (*i < p.n && p.p[*i] != '}')
			++*i;
	else if (c != '?' && c != '*' && c != '+')
		return 0;
	++*i;
	if (*i < p.n && (p.p[*i] == '?' || p.p[*i] == '+'))
		++*i;
	return c == '+' ? '+' : '?';
}

static bool read_all(struct reading *r, struct str p, int depth);

static bool
alternative_end(struct reading *r, int depth)
{
	struct str inner = r->group;

	piece_end(r);
	if (r->nbest < PIECE_MIN)
		return inner.n && depth < 3 && read_all(r, inner, depth + 1);
	if (r->n == LITERALS_MAX)
		return false;
	r->out[r->n++] = arena_dup(r->a, str_make(r->best, r->nbest));
	return true;
}

static void
letter(struct reading *r, char c, char many)
{
	if (many == '?') {
		piece_end(r);
		return;
	}
	if (r->ncur < PIECE_MAX)
		r->cur[r->ncur++] = to_lower(c);
	if (many)
		piece_end(r);
}

static size_t
group(struct reading *r, struct str p, size_t i)
{
	size_t from = i + 1, to = skip_group(p, i), next = to;
	char many = times(p, &next);

	piece_end(r);
	if (p.p[from] == '?' && from + 1 < to && p.p[from + 1] != ':')
		return next; /* looks around, or sets an option */
	if (p.p[from] == '?')
		from += 2;
	if (many != '?' && !r->group.n && from < to)
		r->group = str_make(p.p + from, to - 1 - from);
	return next;
}

/* Options change what letters mean; so do escapes that take more of them. */
static bool
readable(struct str p)
{
	for (size_t i = 0; i + 1 < p.n; i++) {
		char c = p.p[i + 1];

		if (p.p[i] == '(' && c == '*')
			return false;
		if (p.p[i] == '(' && c == '?' &&
		    (i + 2 == p.n || !strchr(":=!<>|#'P", p.p[i + 2])))
			return false;
		if (p.p[i] != '\\')
			continue;
		if (is_alnum(c) && !strchr("bBdDwWsSAzZGnrt", c))
			return false;
		i++;
	}
	return true;
}

static bool
read_all(struct reading *r, struct str p, int depth)
{
	r->ncur = r->nbest = 0;
	r->group = STR_NONE;
	for (size_t i = 0; i < p.n;) {
		char c = p.p[i];
		size_t next = i + 1;

		if (c == '|') {
			if (!alternative_end(r, depth))
				return false;
			r->ncur = r->nbest = 0;
			r->group = STR_NONE;
		} else if (c == '(') {
			next = group(r, p, i);
		} else if (c == '[') {
			next = skip_class(p, i);
			times(p, &next);
			piece_end(r);
		} else if (c == '\\' && i + 1 < p.n && !is_alnum(p.p[i + 1])) {
			next = i + 2;
			letter(r, p.p[i + 1], times(p, &next));
		} else if (c == '\\') {
			next = i + 2;
			times(p, &next);
			piece_end(r);
		} else if (c == '.' || c == '^' || c == '$' || c == ')') {
			times(p, &next);
			piece_end(r);
		} else {
			letter(r, c, times(p, &next));
		}
		i = next;
	}
	return alternative_end(r, depth);
}

size_t
pattern_literals(struct arena *a, struct str pattern, struct str *out)
{
	struct reading r = { .a = a, .out = out };

	if (!pattern.n || !readable(pattern) || !read_all(&r, pattern, 0))
		return 0;
	return r.n;
}
