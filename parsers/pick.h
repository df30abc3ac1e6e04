/*
 * pick.h: small readers that the companions' parsers share.
 *
 * Each takes a view, `rest`, and moves it past what it read; on false or an
 * empty answer it has not moved.  Nothing here allocates or remembers.
 *
 *	if (pick_lit(&rest, STR("from ")) && pick_angle(&rest, &from))
 *		ev_set(ev, F_FROM, from);
 */
#ifndef PARSERS_PICK_H
#define PARSERS_PICK_H

#include "parsers/line.h"

/* Skips `lit` when it comes next. */
static inline bool
pick_lit(struct str *rest, struct str lit)
{
	if (!str_starts(*rest, lit))
		return false;
	*rest = str_from(*rest, lit.n);
	return true;
}

/* "<...>", quotes respected: the part inside.  False when it is cut. */
bool pick_angle(struct str *rest, struct str *inside);

/* "<a>,<b>, <c>" as printed, from the first '<' to the last '>'. */
bool pick_angles(struct str *rest, struct str *list, bool *several);

/* "[ip]" or "[ip]:port"; port is STR_NONE when there is none. */
bool pick_ip(struct str *rest, struct str *ip, struct str *port);

/* The run of decimal digits; empty when there is none. */
struct str pick_digits(struct str *rest);

/* The bytes up to white space or the end, and the spaces after them. */
struct str pick_word(struct str *rest);

/* The bytes before `sep`, moved past it; all of them when it is absent. */
struct str pick_to(struct str *rest, struct str sep);

/* Whether s looks like an IPv4 or IPv6 address (also ::ffff:192.0.2.1). */
bool is_ip(struct str s);

/*
 * Whether a login that failed may be a password typed in the wrong place: no
 * address, and made of what names are not made of.
 */
bool may_be_password(struct str user);

/*
 * The text behind the stamp of a program's own file, "2026-01-27 07:21:56,123
 * +0100 text"; the whole text when it does not begin with one.
 */
struct str pick_after_stamp(struct str text);

/*
 * Whether s is a queue id of Postfix, sendmail or Exim by its form: 5 to 30
 * of A-Za-z0-9 and '-', with a digit or all in capital hexadecimal letters.
 */
bool is_qid(struct str s);

/*
 * "key=value" up to `sep` and a space, moved past both.  The quick way
 * through a list whose values do not hold the separator.
 */
bool pick_pair(struct str *rest, char sep, struct str *key, struct str *value);

/*
 * The value of `key` (written with its '=': "rip=") in a list separated by
 * ", " or spaces; the value ends before the next ", " or, with `end` set, at
 * that byte.  STR_NONE when the key is absent.
 */
struct str pick_key(struct str list, struct str key, char end);

/* `sub` within `whole` by address, as pointers of one line are. */
static inline bool
is_within(struct str sub, struct str whole)
{
	return sub.p && whole.p && sub.p >= whole.p &&
	       sub.p + sub.n <= whole.p + whole.n;
}

#endif
