/*
 * check_logs.c: what the store knows of the targets of live checks, handed to
 * the checks: S11 (DKIM selectors in use), S14 (who refuses which of our
 * addresses).  Without a store the checks do without.
 */
#include <unistd.h>

#include "base/map.h"
#include "cli/check.h"
#include "query/seen.h"
#include "base/banned.h"

enum { DOMAINS_MAX = 100, SECOND = 1000000 };

static struct str
where(struct arena *a, struct str source, uint64_t line)
{
	return arena_printf(a, STR_FMT ":%llu", STR_ARG(source),
	    (unsigned long long)line);
}

/* In the form that live/ takes. */
static struct live_logs *
hand_over(struct arena *a, const struct seen_domain *seen)
{
	struct live_logs *out = arena_new(a, struct live_logs);
	struct sending_seen *way =
	    arena_array(a, struct sending_seen, seen->nway + 1);
	struct selector_seen *key =
	    arena_array(a, struct selector_seen, seen->nkey + 1);

	for (size_t i = 0; i < seen->nway; i++) {
		const struct seen_way *w = &seen->way[i];

		way[i] = (struct sending_seen){ .ip = w->ip,
			.last_ok_s = w->ok_us / SECOND,
			.refused_since_s = w->since_us / SECOND,
			.last_refused_s = w->last_us / SECOND,
			.reply = w->reply,
			.where = w->source.n ? where(a, w->source, w->line) :
					       STR("") };
	}
	for (size_t i = 0; i < seen->nkey; i++) {
		const struct seen_key *k = &seen->key[i];

		key[i] = (struct selector_seen){ .name = k->name,
			.last_s = k->last_us / SECOND,
			.by_us = k->by_us,
			.where = where(a, k->source, k->line) };
	}
	*out = (struct live_logs){ way, seen->nway, key, seen->nkey };
	return out;
}

static int
each(struct env *env, struct arena *a, struct live *live, unsigned what,
    struct store *st, struct classifier *cl, struct err *err)
{
	struct job *const *job;
	size_t n = live_jobs(live, &job);
	struct map done = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++) {
		struct seen_domain seen;
		void **slot;

		if (!job[i]->domain.n || job_is_host(job[i]))
			continue;
		if (done.n >= DOMAINS_MAX && !map_get(&done, job[i]->domain))
			continue;
		slot = map_slot(&done, job[i]->domain);
		if (!*slot) {
			rc = seen_of_domain(st, &env->config.site, cl,
			    job[i]->domain, what, a, &seen, err);
			if (rc < 0)
				break;
			*slot = hand_over(a, &seen);
		}
		live_logs(job[i], *slot);
	}
	map_release(&done);
	return rc;
}

int
check_logs(struct env *env, struct arena *a, struct live *live, unsigned what,
    struct err *err)
{
	struct classifier *cl;
	struct store *st;
	int rc = -1;

	if (access(env_store(env), F_OK) < 0)
		return 0;
	cl = config_classifier(&env->config, err);
	if (!cl)
		return -1;
	st = store_open(env_store(env), err);
	if (st)
		rc = each(env, a, live, what, st, cl, err);
	store_close(st);
	classifier_free(cl);
	return rc;
}
