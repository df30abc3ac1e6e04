/*
 * re.c: the only file that speaks to PCRE2 (pcre2api(3)).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/re.h"
#include "base/banned.h"

enum {
	MATCH_LIMIT = 200000,
	DEPTH_LIMIT = 2000,
	HEAP_LIMIT_KIB = 4096,
	PATTERN_MAX = 16 * 1024,
};

struct re {
	pcre2_code *code;
	pcre2_match_data *md;
	pcre2_match_context *mc;
	bool jit;
};

struct re *
re_new(struct str pattern, unsigned flags, struct err *err)
{
	uint32_t opt = PCRE2_NEVER_BACKSLASH_C;
	PCRE2_SIZE at;
	int code;
	struct re *re;

	if (pattern.n > PATTERN_MAX) {
		err_set(err, "pattern is longer than %d bytes", PATTERN_MAX);
		return NULL;
	}
	if (flags & RE_ICASE)
		opt |= PCRE2_CASELESS;
	if (flags & RE_UTF)
		opt |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	if (flags & RE_ANCHORED)
		opt |= PCRE2_ANCHORED;
	re = xcalloc(1, sizeof(*re));
	re->code = pcre2_compile((PCRE2_SPTR)(pattern.p ? pattern.p : ""),
	    pattern.n, opt, &code, &at, NULL);
	if (!re->code) {
		PCRE2_UCHAR msg[200];
		pcre2_get_error_message(code, msg, sizeof(msg));
		err_set(err, "bad pattern '" STR_FMT "' at byte %zu: %s",
		    STR_ARG(str_head(pattern, 200)), (size_t)at,
		    (const char *)msg);
		free(re);
		return NULL;
	}
	/* the short way in looks at no UTF-8 */
	re->jit = !(flags & RE_NOJIT) &&
		  pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0 &&
		  !(flags & RE_UTF);
	re->md = pcre2_match_data_create_from_pattern(re->code, NULL);
	re->mc = pcre2_match_context_create(NULL);
	if (!re->md || !re->mc)
		die_nomem();
	pcre2_set_match_limit(re->mc, MATCH_LIMIT);
	pcre2_set_depth_limit(re->mc, DEPTH_LIMIT);
	pcre2_set_heap_limit(re->mc, HEAP_LIMIT_KIB);
	return re;
}

void
re_free(struct re *re)
{
	if (!re)
		return;
	pcre2_match_data_free(re->md);
	pcre2_match_context_free(re->mc);
	pcre2_code_free(re->code);
	free(re);
}

int
re_match(struct re *re, struct str subject, struct str *groups, size_t ngroups)
{
	const char *p = subject.p ? subject.p : "";
	PCRE2_SIZE *ov;
	int rc;

	rc = (re->jit ? pcre2_jit_match : pcre2_match)(re->code, (PCRE2_SPTR)p,
	    subject.n, 0, 0, re->md, re->mc);
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (rc < 0)
		return -1;
	ov = pcre2_get_ovector_pointer(re->md);
	for (size_t i = 0; i < ngroups; i++) {
		if (i < (size_t)rc && ov[2 * i] != PCRE2_UNSET &&
		    ov[2 * i + 1] >= ov[2 * i])
			groups[i] =
			    str_make(p + ov[2 * i], ov[2 * i + 1] - ov[2 * i]);
		else
			groups[i] = STR_NONE;
	}
	return 1;
}

int
re_group(const struct re *re, const char *name)
{
	int n = pcre2_substring_number_from_name(re->code, (PCRE2_SPTR)name);

	return n > 0 ? n : -1;
}
