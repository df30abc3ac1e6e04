/*
 * packing.c: a ring of jobs and the thread that takes them.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"
#include "index/packing.h"
#include "index/seg_pack.h"
#include "base/banned.h"

enum {
	JOBS = 8,
	JOBS_WAKE = 2, /* that many wake the thread: it costs more than one */
	RAW_KEEP = 1024 * 1024, /* larger buffers are not kept */
};

struct packing {
	struct packing_job job[JOBS];
	size_t filled, taken; /* ever */
	struct pack *pack;    /* the thread's */
	struct buf out;	      /* the same */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool ending, failed;
	struct err err;
};

/* One group: its sections packed and appended to the batch. */
static int
do_job(struct packing *p, struct packing_job *j, struct err *err)
{
	struct batch *b = j->to;

	j->group.off = b->blob.n;
	for (int k = 0; k < SEG_SECTIONS; k++) {
		if (seg_section_pack(p->pack, (enum seg_section)k,
			buf_str(&j->raw[k]), &p->out, err) < 0)
			return -1;
		j->group.len[k] = p->out.n;
		buf_add(&b->blob, buf_str(&p->out));
	}
	if (b->blob.toobig)
		return err_set(err, "too much in one batch");
	batch_add(b, &j->group);
	return 0;
}

static void *
packing_thread(void *arg)
{
	struct packing *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct packing_job *j = &p->job[p->taken % JOBS];
		struct err err = { "" };
		int rc;

		if (p->taken == p->filled) {
			if (p->ending)
				break;
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		rc = do_job(p, j, &err);
		for (int k = 0; k < SEG_SECTIONS; k++)
			if (j->raw[k].cap > RAW_KEEP)
				buf_release(&j->raw[k]);
		pthread_mutex_lock(&p->lock);
		if (rc < 0 && !p->failed) {
			p->failed = true;
			p->err = err;
		}
		p->taken++;
		if (p->filled - p->taken <= JOBS / 2)
			pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct packing *
packing_new(void)
{
	struct packing *p = xcalloc(1, sizeof(*p));

	p->pack = pack_new();
	buf_init(&p->out, 2 * SEG_SECTION_MAX);
	for (int i = 0; i < JOBS; i++)
		for (int k = 0; k < SEG_SECTIONS; k++)
			buf_init(&p->job[i].raw[k], SEG_SECTION_MAX);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	if (pthread_create(&p->thread, NULL, packing_thread, p) != 0)
		die_nomem();
	return p;
}

void
packing_free(struct packing *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	for (int i = 0; i < JOBS; i++)
		for (int k = 0; k < SEG_SECTIONS; k++)
			buf_release(&p->job[i].raw[k]);
	pack_free(p->pack);
	buf_release(&p->out);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	free(p);
}

struct packing_job *
packing_job(struct packing *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->filled - p->taken >= JOBS)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return &p->job[p->filled % JOBS];
}

void
packing_go(struct packing *p)
{
	pthread_mutex_lock(&p->lock);
	p->filled++;
	if (p->filled - p->taken >= JOBS_WAKE)
		pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

int
packing_wait(struct packing *p, struct err *err)
{
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	pthread_cond_signal(&p->work);
	while (p->taken < p->filled)
		pthread_cond_wait(&p->done, &p->lock);
	if (p->failed)
		rc = err_set(err, "%s", p->err.msg);
	p->failed = false;
	pthread_mutex_unlock(&p->lock);
	return rc;
}
