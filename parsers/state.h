/*
 * state.h: reading back the integers of a saved state (buf_uvar, buf_svar).
 * Each moves *s; false when the bytes end.
 */
#ifndef PARSERS_STATE_H
#define PARSERS_STATE_H

#include "base/str.h"

static inline bool
state_uvar(struct str *s, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && s->n; shift += 7) {
		unsigned char c = (unsigned char)*s->p;

		*s = str_from(*s, 1);
		*v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return true;
	}
	return false;
}

static inline bool
state_svar(struct str *s, int64_t *v)
{
	uint64_t u;

	if (!state_uvar(s, &u))
		return false;
	*v = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
	return true;
}

#endif
