/*
 * ingest_list.c: which sources are to be read, and what the options and the
 * configuration say about each: host, zone, year.
 */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/ingest_part.h"
#include "base/banned.h"

/* "mx1.isp.example": a folder that is named for the host whose logs it has. */
static bool
names_host(struct str s)
{
	struct str rest = s, label = STR_NONE;
	size_t labels = 0, letters = 0;

	for (; rest.p; labels++) {
		label = str_split(&rest, '.');
		if (!label.n || !is_alnum(label.p[0]))
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_alnum(label.p[i]) && label.p[i] != '-')
				return false;
	}
	for (size_t i = 0; i < label.n; i++)
		letters += is_alpha(label.p[i]);
	return labels >= 3 && letters > 1 && letters == label.n;
}

int
ingest_place(const char *store, struct err *err)
{
	struct buf up = BUF_INIT(PATH_MAX);
	int rc = 0;

	buf_puts(&up, store);
	for (size_t i = 1; i < up.n && rc == 0; i++) {
		if (up.p[i] != '/' || up.p[i - 1] == '/')
			continue;
		up.p[i] = '\0';
		if (mkdir(up.p, 0755) < 0 && errno != EEXIST &&
		    access(up.p, F_OK) < 0)
			rc = err_set(err, "cannot create '%s': %s", up.p,
			    strerror(errno));
		up.p[i] = '/';
	}
	buf_release(&up);
	return rc;
}

struct str
ingest_host(const struct ingest_site *site, const char *path)
{
	const struct ingest_opts *o = site->o;
	struct str rest = str_c(path);

	for (size_t i = 0; i < o->nsource; i++)
		if (o->source[i].host &&
		    str_glob(str_c(o->source[i].name), rest))
			return str_c(o->source[i].host);
	if (o->host)
		return str_c(o->host);
	for (ptrdiff_t at; (at = str_rchr(rest, '/')) >= 0;) {
		struct str up = str_head(rest, (size_t)at);
		struct str folder =
		    str_from(up, (size_t)(str_rchr(up, '/') + 1));

		for (size_t i = 0; i < o->nhosts; i++)
			if (str_eqi(o->hosts[i], folder))
				return o->hosts[i];
		for (size_t i = 0; i < o->nsource; i++)
			if (str_eqi(str_c(o->source[i].name), folder))
				return o->source[i].host ?
					   str_c(o->source[i].host) :
					   str_c(o->source[i].name);
		/* without a list of ours, what is called like a host is one */
		if (!o->nhosts && names_host(folder))
			return folder;
		rest = up;
	}
	return str_c(site->this_host);
}

/* Zone and year that the configuration gives a source. */
static void
say(void *ctx, const char *path, struct str host, struct source_word *word)
{
	const struct ingest_site *site = ctx;
	const struct ingest_opts *o = site->o;

	for (size_t i = 0; i < o->nsource; i++) {
		struct str name = str_c(o->source[i].name);
		struct str label = name;

		label = str_split(&label, '.');
		if (!str_glob(name, str_c(path)) && !str_eqi(name, host) &&
		    !(host.n && str_eqi(label, host)) &&
		    !str_eqi(name, ingest_host(site, path)))
			continue;
		if (o->source[i].timezone)
			word->timezone = o->source[i].timezone;
		if (o->source[i].year) {
			word->year = o->source[i].year;
			word->set = &o->source[i];
		}
	}
}

int
ingest_list(struct ingest_site *site, const char *const *paths, size_t *npaths,
    const struct writer *w, struct year_past *past, struct sources *src,
    struct err *err)
{
	const struct ingest_opts *o = site->o;
	struct source_say sy = { .timezone = o->timezone,
		.year = o->year,
		.ctx = site,
		.say = say };
	size_t n = *npaths;
	const char **all;

	if (w)
		year_past_load(past, w);
	sy.known = past->known;
	sy.nknown = past->nknown;
	all = arena_array(&past->arena, const char *, 2 * n + past->ndoubt + 1);
	for (size_t i = 0; i < n; i++)
		all[i] = paths[i];
	for (size_t i = 0; w && i < *npaths; i++) {
		all[n] = ingest_journal_moved(w, paths[i], &past->arena);
		if (all[n])
			n++;
	}
	*npaths = n;
	for (size_t i = 0; i < past->ndoubt; i++)
		all[n + i] = past->doubt[i];
	return sources_list(src, all, n + past->ndoubt, &sy, site->now_us, err);
}
