/*
 * suffix.c: libpsl with the newest list it finds on this machine.
 */
#include <libpsl.h>
#include <stdlib.h>

#include "live/suffix.h"
#include "base/banned.h"

static psl_ctx_t *list;

__attribute__((destructor)) static void
forget(void)
{
	psl_free(list);
	list = NULL;
}

static const psl_ctx_t *
get(void)
{
	if (!list)
		list = psl_latest(NULL);
	return list ? list : psl_builtin();
}

/* Lower case, without the final dot; NULL: no name for the list. */
static const char *
prepare(struct arena *a, struct str name, char **made)
{
	psl_error_t rc;

	*made = NULL;
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (!name.n || name.n > 1000 || name.p[0] == '.' ||
	    memchr(name.p, '\0', name.n))
		return NULL;
	name = arena_lower(a, name);
	rc = psl_str_to_utf8lower(name.p, "utf-8", NULL, made);
	return rc == PSL_SUCCESS && *made ? *made : name.p;
}

struct str
suffix_registrable(struct arena *a, struct str name)
{
	const psl_ctx_t *psl = get();
	char *made;
	const char *s = prepare(a, name, &made), *dom;
	struct str out = STR_NONE;

	if (s && psl && (dom = psl_registrable_domain(psl, s)) != NULL)
		out = arena_dup(a, str_c(dom));
	psl_free_string(made);
	return out;
}

bool
suffix_is_public(struct arena *a, struct str name)
{
	const psl_ctx_t *psl = get();
	char *made;
	const char *s = prepare(a, name, &made);
	bool is = s && psl && psl_is_public_suffix(psl, s);

	psl_free_string(made);
	return is;
}
