/*
 * lights.c: facts of a finished job in one line.
 */
#include "live/lights.h"
#include "live/suffix.h"
#include "base/banned.h"

const char *
whose_name(enum whose w)
{
	static const char *const name[] = { "unknown", "ours", "theirs",
		"split", "none" };

	return name[w];
}

static enum whose
add(enum whose so_far, bool ours)
{
	enum whose one = ours ? WHOSE_OURS : WHOSE_THEIRS;

	return so_far == WHOSE_UNKNOWN || so_far == one ? one : WHOSE_SPLIT;
}

static void
name_servers(struct job *j, struct lights *out)
{
	const struct zone *z = job_zone(j);

	if (out->registered == 0)
		return; /* those of the parent */
	for (size_t i = 0; z && i < z->nhost; i++) {
		bool ours = strs_match(j->live->conf.our_ns, z->host[i].name);

		out->ns = add(out->ns, ours);
		if (!out->ns_name.n)
			out->ns_name =
			    suffix_registrable(&j->arena, z->host[i].name);
	}
}

static void
servers(struct job *j, struct lights *out)
{
	const struct route *r = job_route(j);

	if (!r)
		return;
	if (r->kind == ROUTE_NONE || r->kind == ROUTE_NULL)
		out->mx = WHOSE_NONE;
	for (size_t i = 0; i < r->nhost; i++)
		out->mx = add(out->mx, r->host[i].ours);
	if (r->nhost) {
		out->mx_name = r->host[0].name;
		out->mx_provider = r->host[0].ours ? NULL :
				   r->host[0].provider ?
						     r->host[0].provider->name :
						     NULL;
	}
	if (r->mx->status == DNS_OK)
		out->cached_until_s = job_now_s(j) + r->mx->ttl;
}

void
lights_of(struct job *j, struct lights *out)
{
	const struct finding *d = job_finding(j, D01);
	const struct finding *r = job_finding(j, R01);

	*out = (struct lights){ .registered = -1,
		.ns_name = STR(""),
		.mx_name = STR("") };
	if (!j->domain.n)
		return;
	if (d && (d->result == CHECK_PASS || d->result == CHECK_FAIL))
		out->registered = d->result == CHECK_PASS;
	else if (r && (r->result == CHECK_PASS || r->result == CHECK_FAIL))
		out->registered = r->result == CHECK_PASS;
	name_servers(j, out);
	servers(j, out);
}
