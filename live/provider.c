/*
 * provider.c: whose mail server is that, by the suffix of its name
 * (classify/provider.h); the configured ones come first.
 */
#include "live/job.h"
#include "base/banned.h"

const struct provider *
provider_of(const struct live_conf *c, struct str host)
{
	return provider_find(c->providers, c->nproviders, host);
}
