/*
 * store.c: the reading side: opening a store, its day files and groups.
 *
 * A store is read while it is written.  The catalogue is read again when
 * control.db has changed; a day file that was replaced meanwhile (sealed,
 * pruned) is missed when opened, and the reader asks again.  Sealed files are
 * opened as immutable: no locks, nothing to check.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <errno.h>

#include "base/die.h"
#include "index/store_part.h"
#include "base/banned.h"

struct store *
store_open(const char *path, struct err *err)
{
	struct store *st = xcalloc(1, sizeof(*st));
	struct stat sb;
	struct buf control = BUF_INIT(64 * 1024);
	int rc = 0;

	st->path = xstrdup(path);
	st->version = -1;
	control_path(path, &control);
	if (stat(path, &sb) < 0 && errno == ENOENT)
		rc = err_set(err, "there is no store at '%s'", path);
	else if (stat(path, &sb) == 0 && !S_ISDIR(sb.st_mode))
		rc = err_set(err, "'%s' is not a store: it is not a folder",
		    path);
	else if (stat(buf_c(&control), &sb) < 0 && errno == ENOENT)
		rc = err_set(err, "there is no store at '%s'", path);
	else
		st->control = control_open(path, DB_READ, &st->ident, err);
	buf_release(&control);
	if (rc == 0 && st->control) {
		token_key_init(&st->key, st->ident.secret);
		st->dec = seg_dec_new();
		if (store_refresh(st, err) == 0)
			return st;
	}
	store_close(st);
	return NULL;
}

static void
part_close(struct rpart *p)
{
	group_io_release(&p->io);
	db_close(p->db);
	free(p->run);
	free(p);
}

void
store_close(struct store *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->npart; i++)
		part_close(st->part[i]);
	free(st->part);
	for (size_t i = 0; i < st->ncached; i++)
		seg_free(st->cached[i].seg);
	db_close(st->control);
	filter_cache_release(&st->filters);
	catalog_release(&st->cat);
	seg_dec_free(st->dec);
	arena_release(&st->names);
	arena_release(&st->info_arena);
	free(st->path);
	free(st);
}

uint64_t
store_groups_read(const struct store *st)
{
	return st->groups_read;
}

int
store_refresh(struct store *st, struct err *err)
{
	int64_t version;

	if (db_use(st->control, &st->data_version, "PRAGMA data_version", err) <
		0 ||
	    db_step(st->data_version, err) < 0)
		return -1;
	version = sqlite3_column_int64(st->data_version, 0);
	sqlite3_reset(st->data_version);
	if (version == st->version)
		return 0;
	filter_cache_clear(&st->filters);
	if (catalog_load(st->control, &st->cat, err) < 0)
		return -1;
	if (st->cat.n > STORE_PARTS_MAX)
		return err_set(err, "'%s' is damaged: %zu day files", st->path,
		    st->cat.n);
	st->version = version;
	return 0;
}

int
store_hold(struct store *st, struct err *err)
{
	if (st->holds++)
		return 0;
	if (db_use(st->control, &st->begin, "BEGIN", err) == 0 &&
	    db_run(st->begin, err) == 0) {
		if (store_refresh(st, err) == 0)
			return 0;
		store_release(st);
		return -1;
	}
	st->holds--;
	return -1;
}

void
store_release(struct store *st)
{
	if (--st->holds == 0 &&
	    db_use(st->control, &st->commit, "COMMIT", NULL) == 0)
		db_run(st->commit, NULL);
}

int
store_renew(struct store *st, struct err *err)
{
	unsigned holds = st->holds;
	int rc;

	st->version = -1;
	if (!holds)
		return store_refresh(st, err);
	st->holds = 1;
	store_release(st);
	rc = store_hold(st, err);
	st->holds = holds;
	return rc;
}

/* Closes the handle that was not used for the longest time. */
static void
close_oldest(struct store *st)
{
	size_t old = SIZE_MAX;

	for (size_t i = 0; i < st->npart; i++)
		if (!st->part[i]->users &&
		    (old == SIZE_MAX ||
			st->part[i]->used < st->part[old]->used))
			old = i;
	if (old == SIZE_MAX)
		return;
	part_close(st->part[old]);
	st->part[old] = st->part[--st->npart];
}

struct rpart *
store_part(struct store *st, const struct part_info *info, bool *gone,
    struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	struct rpart *p;

	*gone = false;
	for (size_t i = 0; i < st->npart; i++) {
		p = st->part[i];
		if (p->info.id != info->id)
			continue;
		p->users++;
		p->used = ++st->clock;
		return p;
	}
	if (st->npart >= STORE_HANDLES)
		close_oldest(st);
	part_path(st->path, info->day, info->id, &path);
	p = xcalloc(1, sizeof(*p));
	p->db = part_open(buf_c(&path), info->sealed ? DB_IMMUTABLE : DB_READ,
	    &st->ident, &p->info, gone, err);
	buf_release(&path);
	if (!p->db) {
		free(p);
		return NULL;
	}
	if (p->info.sealed) /* one transaction for all: nobody else writes */
		db_exec(p->db, "BEGIN", NULL);
	group_io_init(&p->io, p->db, p->info.sealed);
	p->last = -1;
	p->users = 1;
	p->used = ++st->clock;
	if (st->npart == st->cpart) {
		st->cpart = st->cpart ? 2 * st->cpart : STORE_HANDLES;
		st->part =
		    xreallocarray(st->part, st->cpart, sizeof(struct rpart *));
	}
	return st->part[st->npart++] = p;
}

void
store_part_done(struct store *st, struct rpart *p)
{
	(void)st;
	if (p)
		p->users--;
}

int
store_runs(struct store *st, struct rpart *p, uint32_t **run, size_t *n,
    struct err *err)
{
	size_t cap = p->nrun;
	int rc;

	(void)st;
	if (p->info.sealed && p->run) {
		*run = p->run;
		*n = p->nrun;
		return 0;
	}
	if (db_use(p->db, &p->runs, "SELECT id FROM seg", err) < 0)
		return -1;
	p->nrun = 0;
	while ((rc = db_step(p->runs, err)) == 1) {
		if (p->nrun == cap) {
			cap = cap ? 2 * cap : 8;
			p->run = xreallocarray(p->run, cap, sizeof(*p->run));
		}
		p->run[p->nrun++] = (uint32_t)sqlite3_column_int64(p->runs, 0);
	}
	sqlite3_reset(p->runs);
	*run = p->run;
	*n = p->nrun;
	return rc;
}

static void
drop_cached(struct store *st, size_t i)
{
	st->cached_bytes -= seg_bytes(st->cached[i].seg);
	seg_free(st->cached[i].seg);
	st->cached[i] = st->cached[--st->ncached];
}

static void
make_room(struct store *st, size_t bytes)
{
	while (
	    st->ncached && (st->ncached == STORE_GROUPS ||
			       st->cached_bytes + bytes > STORE_GROUP_BYTES)) {
		size_t old = 0;
		for (size_t i = 1; i < st->ncached; i++)
			if (st->cached[i].used < st->cached[old].used)
				old = i;
		drop_cached(st, old);
	}
}

static bool
has_all(const struct seg *seg, const uint64_t want[2])
{
	for (size_t i = 0; i < seg_count(seg); i++)
		if (want[i / 64] >> (i & 63) & 1 && !seg_has(seg, i))
			return false;
	return true;
}

const struct seg *
store_group(struct store *st, struct rpart *p, uint32_t group, size_t n,
    const uint64_t want[2], struct err *err)
{
	uint64_t bits[2] = { want[0], want[1] };
	struct str in[SEG_SECTIONS];
	struct seg *seg;

	for (size_t i = 0; i < st->ncached; i++) {
		struct cached *c = &st->cached[i];
		if (c->part != p->info.id || c->group != group)
			continue;
		c->used = ++st->clock;
		if (seg_count(c->seg) >= n && has_all(c->seg, want))
			return c->seg;
		/* it has grown, or is asked for again: then whole */
		bits[0] = bits[1] = UINT64_MAX;
		drop_cached(st, i);
		break;
	}
	if (group_io_read(&p->io, group, in, err) < 0)
		return NULL;
	st->groups_read++;
	seg = seg_decode_some(st->dec, in, bits, err);
	group_io_reset(&p->io);
	if (!seg) {
		err_prefix(err, "'%s'", sqlite3_db_filename(p->db, "main"));
		return NULL;
	}
	make_room(st, seg_bytes(seg));
	st->cached_bytes += seg_bytes(seg);
	st->cached[st->ncached++] =
	    (struct cached){ p->info.id, group, seg, ++st->clock };
	return seg;
}

/* One block for all texts, so that a record costs four allocations. */
void
record_copy(struct arena *a, const struct record *from, struct record *to)
{
	size_t bytes = from->host.n + from->qid.n + from->inst.n, nf = 0;
	struct rec_event *ev;
	struct str *f;
	char *p;

	for (size_t i = 0; i < from->n; i++) {
		const struct rec_event *e = &from->ev[i];
		size_t n = bits_set(e->mask);
		nf += n;
		bytes += e->tag.n + e->pid.n + e->raw.n;
		for (size_t k = 0; k < n; k++)
			bytes += e->f[k].n;
	}
	*to = *from;
	to->ev = ev = arena_array(a, struct rec_event, from->n + 1);
	f = arena_array(a, struct str, nf + 1);
	p = arena_alloc(a, bytes + 1);
#define COPY(s)                                                                \
	do {                                                                   \
		if ((s).n)                                                     \
			memcpy(p, (s).p, (s).n);                               \
		(s).p = p;                                                     \
		p += (s).n;                                                    \
	} while (0)
	COPY(to->host);
	COPY(to->qid);
	COPY(to->inst);
	for (size_t i = 0; i < from->n; i++) {
		size_t n = bits_set(from->ev[i].mask);
		ev[i] = from->ev[i];
		COPY(ev[i].tag);
		COPY(ev[i].pid);
		COPY(ev[i].raw);
		ev[i].f = f;
		for (size_t k = 0; k < n; k++, f++) {
			*f = from->ev[i].f[k];
			COPY(*f);
		}
	}
#undef COPY
}
