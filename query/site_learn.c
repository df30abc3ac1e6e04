/*
 * site_learn.c: what the store knows of our hosts.
 */
#include "index/store.h"
#include "query/site.h"
#include "base/banned.h"

int
site_learn(struct site *site, struct store *st, struct arena *a,
    struct err *err)
{
	const struct store_info *info = store_overview(st, err);

	if (!info)
		return -1;
	site->logging = arena_array(a, struct str, info->nhost + 1);
	site->nlogging = 0;
	for (size_t i = 0; i < info->nhost; i++)
		site->logging[site->nlogging++] = info->host[i].name;
	return 0;
}
