/*
 * login.h: a login name that may be a password typed into the wrong field.
 */
#ifndef PARSERS_LOGIN_H
#define PARSERS_LOGIN_H

#include "base/str.h"

/* Whether it holds bytes that neither addresses nor accounts have. */
static inline bool
login_is_odd(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !((unsigned char)s.p[i] & 0x80) &&
		    (!s.p[i] || !strchr(".-_+@/\\=%:~'", s.p[i])))
			return true;
	return false;
}

#endif
