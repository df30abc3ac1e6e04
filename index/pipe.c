/*
 * pipe.c: a ring of slots with rows, and two batches of what goes with them.
 *
 * Slots are small enough to be in the cache still when the writer takes them,
 * and the memory for rows that was given back last is used first: there are many
 * slots only for the time a commit takes.  The last slot of a batch carries the
 * batch itself: what is known of its sources, and the state.  While one batch
 * is being written the next is filled; that, and the number of slots, bound
 * the memory.
 *
 * A thread that waits is woken when there is something worth it: waking costs
 * more than a slot.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"
#include "index/catalog.h"
#include "index/pipe.h"
#include "base/banned.h"

#define SLOT_US (900 * INT64_C(1000000))

enum {
	SLOTS = 24,
	SLOTS_WAKE = 4,		      /* that many to take wake the writer */
	SLOT_BYTES = 128 * 1024 - 64, /* then a slot is full */
	ROWS_MAX = 4 * 1024 * 1024,   /* of a slot; more than the longest row */
	ROWS_DUE = 24 * 1024 * 1024,  /* of a batch: a commit is due */
	ROWS_LONG = 100 * 1024 * 1024, /* when a day may come whole */
	ROWS_FEW = 100,		       /* not worth a commit of their own */
	STATE_MAX = 512 * 1024 * 1024,
	TEXT_MAX = 4 * 1024 * 1024, /* names and lines of a batch */
};

struct cover {
	uint32_t src;
	struct str host;
	uint64_t programs, lines;
	int64_t from_us, t0_us, t1_us; /* from_us: of its slot */
};

struct odd { /* an unknown line, or a gap */
	uint32_t src;
	bool gap;
	struct str shape, line; /* gap: host, why */
	int64_t t0_us, t1_us;
};

struct batch {
	bool busy; /* handed over */
	struct arena names;
	struct cover *cover;
	size_t ncover, ccover;
	struct odd *odd;
	size_t nodd, codd;
	struct pipe_source *source;
	struct str *source_state;
	size_t nsource, csource, cstate;
	struct buf state;
};

struct slot {
	struct buf *rows;    /* each: length as four bytes, then the row */
	struct batch *batch; /* that ends here, or NULL */
	int32_t over;	     /* the day the source has gone past, */
	size_t over_at;	     /* from these rows on; or INT32_MIN */
};

struct pipe {
	struct writer *w;
	struct slot slot[SLOTS];
	struct buf rows[SLOTS], *spare[SLOTS]; /* those not in a slot */
	size_t nspare;
	size_t filled, taken; /* slots, ever; slot[filled] is being filled */
	struct batch batch[2];
	int filling;	     /* that batch */
	size_t nrows, bytes; /* of it */
	/* where days meet, see day_changed() */
	uint32_t day_src;
	int64_t day_end;
	bool day_due, whole; /* whole: see writer_whole() */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool ending, failed, may_be_whole, settling;
	struct err err;
};

static void
batch_init(struct batch *b)
{
	*b = (struct batch){ 0 };
	buf_init(&b->state, STATE_MAX);
}

static void
batch_clear(struct batch *b)
{
	buf_clear(&b->state);
	arena_clear(&b->names);
	b->cover = NULL;
	b->odd = NULL;
	b->source = NULL;
	b->source_state = NULL;
	b->ncover = b->ccover = b->nodd = b->codd = 0;
	b->nsource = b->csource = b->cstate = 0;
}

static void
update_source(struct writer *w, const struct pipe_source *s, struct str state)
{
	struct writer_source *to = writer_source_by_id(w, s->id);

	if (!to)
		return;
	to->done = s->done;
	to->line = s->line;
	to->t0_us = s->t0_us;
	to->t1_us = s->t1_us;
	to->lines = s->lines;
	to->events = s->events;
	to->ignored = s->ignored;
	to->unknown = s->unknown;
	to->foreign = s->foreign;
	to->finished = s->finished;
	writer_source_set_state(w, to, state);
	writer_source_touch(w, to);
}

static int
add_rows(struct writer *w, const struct slot *s, struct err *err)
{
	const char *p = s->rows->p, *end = p + s->rows->n;

	while (p < end) {
		uint32_t n;

		if (s->over != INT32_MIN && p == s->rows->p + s->over_at)
			writer_day_over(w, s->over);
		memcpy(&n, p, 4);
		if (writer_add(w, str_make(p + 4, n), err) < 0)
			return -1;
		p += 4 + n;
	}
	if (s->over != INT32_MIN)
		writer_day_over(w, s->over);
	return 0;
}

static int
write_batch(struct writer *w, const struct batch *b, struct err *err)
{
	for (size_t i = 0; i < b->ncover; i++) {
		const struct cover *c = &b->cover[i];

		writer_cover_lines(w, c->src, c->host, c->programs, c->t0_us,
		    c->t1_us, c->lines);
	}
	for (size_t i = 0; i < b->nodd; i++) {
		const struct odd *o = &b->odd[i];

		if (o->gap)
			writer_gap(w, o->src, o->shape, o->t0_us, o->t1_us,
			    o->line);
		else
			writer_unknown(w, o->src, o->shape, o->line, 1);
	}
	for (size_t i = 0; i < b->nsource; i++)
		update_source(w, &b->source[i], b->source_state[i]);
	return writer_commit_soon(w, buf_str(&b->state), err);
}

/* What was committed is to be in the store; the lock is held. */
static void
settle(struct pipe *p)
{
	struct err err = { "" };
	int rc = 0;

	if (!p->failed) {
		pthread_mutex_unlock(&p->lock);
		rc = writer_settle(p->w, &err);
		pthread_mutex_lock(&p->lock);
	}
	if (rc < 0) {
		p->failed = true;
		p->err = err;
	}
	p->settling = false;
	pthread_cond_signal(&p->done);
}

static void *
writer_thread(void *arg)
{
	struct pipe *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct err err = { "" };
		struct slot *s = &p->slot[p->taken % SLOTS];
		bool failed = p->failed, whole, last;
		int rc = 0;

		if (p->taken == p->filled && p->settling) {
			settle(p);
			continue;
		}
		if (p->taken == p->filled) {
			if (p->ending)
				break;
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		if (!failed)
			rc = add_rows(p->w, s, &err);
		if (!failed && rc == 0 && s->batch)
			rc = write_batch(p->w, s->batch, &err);
		buf_clear(s->rows);
		if (s->batch)
			batch_clear(s->batch);
		whole = writer_whole(p->w);
		pthread_mutex_lock(&p->lock);
		p->may_be_whole = whole;
		if (rc < 0) {
			p->failed = true;
			p->err = err;
		}
		last = s->batch != NULL;
		if (last)
			s->batch->busy = false;
		s->batch = NULL;
		s->over = INT32_MIN;
		p->spare[p->nspare++] = s->rows;
		p->taken++;
		if (last || p->filled - p->taken <= SLOTS / 2)
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pipe *
pipe_new(struct writer *w)
{
	struct pipe *p = xcalloc(1, sizeof(*p));

	p->w = w;
	batch_init(&p->batch[0]);
	batch_init(&p->batch[1]);
	for (int i = 0; i < SLOTS; i++) {
		buf_init(&p->rows[i], ROWS_MAX);
		p->spare[p->nspare++] = &p->rows[i];
		p->slot[i].over = INT32_MIN;
	}
	p->slot[0].rows = p->spare[--p->nspare];
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	if (pthread_create(&p->thread, NULL, writer_thread, p) != 0)
		die_nomem();
	return p;
}

void
pipe_free(struct pipe *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	for (int i = 0; i < SLOTS; i++)
		buf_release(&p->rows[i]);
	for (int i = 0; i < 2; i++) {
		buf_release(&p->batch[i].state);
		arena_release(&p->batch[i].names);
	}
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	free(p);
}

/* Hands over the slot that is being filled; waits until another is free. */
static int
push(struct pipe *p, struct batch *batch, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&p->lock);
	p->slot[p->filled % SLOTS].batch = batch;
	if (batch)
		batch->busy = true;
	p->filled++;
	if (batch || p->filled - p->taken >= SLOTS_WAKE)
		pthread_cond_signal(&p->work);
	while (p->filled - p->taken >= SLOTS)
		pthread_cond_wait(&p->done, &p->lock);
	p->slot[p->filled % SLOTS].rows = p->spare[--p->nspare];
	failed = p->failed;
	p->whole = p->may_be_whole;
	pthread_mutex_unlock(&p->lock);
	return failed ? err_set(err, "%s", p->err.msg) : 0;
}

int
pipe_row(struct pipe *p, struct str head, struct str events, struct err *err)
{
	struct buf *rows = p->slot[p->filled % SLOTS].rows;
	size_t n = head.n + events.n;
	uint32_t n32 = (uint32_t)n;

	if (rows->n && rows->n + n + 4 > SLOT_BYTES) {
		if (push(p, NULL, err) < 0)
			return -1;
		rows = p->slot[p->filled % SLOTS].rows;
	}
	buf_addn(rows, &n32, 4);
	buf_add(rows, head);
	buf_add(rows, events);
	p->nrows++;
	p->bytes += n;
	return rows->toobig ? err_set(err, "a record is too long") : 0;
}

/*
 * What a batch brings to a second day is written twice (writer.c), and a day
 * that is whole can be sealed.  So a commit is due at midnight.
 */
static void
day_changed(struct pipe *p, uint32_t src, int64_t t_us)
{
	struct slot *s = &p->slot[p->filled % SLOTS];

	if (t_us >= p->day_end && p->nrows >= ROWS_FEW) {
		p->day_due = true;
		s->over = day_of(p->day_end) - 1;
		s->over_at = s->rows->n;
	}
	p->day_src = src;
	p->day_end = (int64_t)(day_of(t_us) + 1) * DAY_US;
}

static inline bool
covers(const struct cover *c, uint32_t src, struct str host, int64_t t_us)
{
	return (uint64_t)(t_us - c->from_us) < SLOT_US && c->src == src &&
	       str_eq(c->host, host);
}

static inline void
count_line(struct cover *c, enum mta mta, int64_t t_us)
{
	c->lines++;
	c->programs |= UINT64_C(1) << (mta & 63);
	if (t_us < c->t0_us)
		c->t0_us = t_us;
	if (t_us > c->t1_us)
		c->t1_us = t_us;
}

static __attribute__((noinline)) void
cover_other(struct pipe *p, uint32_t src, struct str host, enum mta mta,
    int64_t t_us)
{
	struct batch *b = &p->batch[p->filling];
	struct cover *c = NULL;

	if (src != p->day_src || t_us >= p->day_end)
		day_changed(p, src, t_us);
	/* the last few: lines come in runs of hosts and times */
	for (size_t i = b->ncover; !c && i-- > 0 && b->ncover - i <= 4;)
		if (covers(&b->cover[i], src, host, t_us))
			c = &b->cover[i];
	if (!c) {
		int64_t slot = t_us / SLOT_US - (t_us % SLOT_US < 0);

		arena_grow(&b->names, b->cover, b->ncover, b->ccover);
		c = &b->cover[b->ncover++];
		*c = (struct cover){ .src = src,
			.host = arena_dup(&b->names, host.p ? host : STR("")),
			.from_us = slot * SLOT_US,
			.t0_us = t_us,
			.t1_us = t_us };
	}
	count_line(c, mta, t_us);
}

void
pipe_cover(struct pipe *p, uint32_t src, struct str host, enum mta mta,
    int64_t t_us)
{
	struct batch *b = &p->batch[p->filling];
	struct cover *last = b->ncover ? &b->cover[b->ncover - 1] : NULL;

	/* nearly always; a short name is compared without a call */
	if (last && t_us < p->day_end && src == p->day_src && host.n <= 16 &&
	    covers(last, src, host, t_us))
		count_line(last, mta, t_us);
	else
		cover_other(p, src, host, mta, t_us);
}

static struct odd *
odd(struct batch *b)
{
	if (b->names.total > TEXT_MAX && b->nodd)
		return NULL; /* an avalanche: counted with the source only */
	arena_grow(&b->names, b->odd, b->nodd, b->codd);
	return &b->odd[b->nodd++];
}

void
pipe_unknown(struct pipe *p, uint32_t src, struct str shape, struct str line)
{
	struct batch *b = &p->batch[p->filling];
	struct odd *o = odd(b);

	if (o)
		*o = (struct odd){ .src = src,
			.shape = arena_dup(&b->names, shape),
			.line = arena_dup(&b->names,
			    str_head(line, WRITER_LINE_MAX)) };
}

void
pipe_gap(struct pipe *p, uint32_t src, struct str host, int64_t t0_us,
    int64_t t1_us, struct str why)
{
	struct batch *b = &p->batch[p->filling];
	struct odd *o = odd(b);

	if (o)
		*o = (struct odd){ .src = src,
			.gap = true,
			.shape = arena_dup(&b->names, host),
			.line = arena_dup(&b->names, why),
			.t0_us = t0_us,
			.t1_us = t1_us };
}

void
pipe_source(struct pipe *p, const struct pipe_source *s, struct str state)
{
	struct batch *b = &p->batch[p->filling];
	size_t i = 0;

	while (i < b->nsource && b->source[i].id != s->id)
		i++;
	if (i == b->nsource) {
		size_t n = b->nsource;

		arena_grow(&b->names, b->source, b->nsource, b->csource);
		arena_grow(&b->names, b->source_state, n, b->cstate);
		b->nsource++;
	}
	b->source[i] = *s;
	b->source_state[i] = arena_dup(&b->names, state.p ? state : STR(""));
}

bool
pipe_due(const struct pipe *p)
{
	return p->day_due ||
	       p->nrows >= (p->whole ? WRITER_LONG : WRITER_BATCH) ||
	       p->bytes >= (p->whole ? ROWS_LONG : ROWS_DUE);
}

double
pipe_patience_s(const struct pipe *p)
{
	return p->whole ? 5 : 1;
}

int
pipe_commit(struct pipe *p, struct str state, struct err *err)
{
	struct batch *b = &p->batch[p->filling];
	int rc;

	buf_add(&b->state, state);
	rc = push(p, b, err);
	p->nrows = p->bytes = 0;
	p->day_due = p->whole = false;
	p->filling = !p->filling;
	b = &p->batch[p->filling];
	pthread_mutex_lock(&p->lock);
	while (b->busy)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

int
pipe_wait(struct pipe *p, struct err *err)
{
	bool failed;

	pthread_mutex_lock(&p->lock);
	p->settling = true;
	pthread_cond_signal(&p->work);
	while (p->taken < p->filled || p->settling)
		pthread_cond_wait(&p->done, &p->lock);
	failed = p->failed;
	pthread_mutex_unlock(&p->lock);
	return failed ? err_set(err, "%s", p->err.msg) : 0;
}
