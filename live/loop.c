/*
 * loop.c: an array of watches and poll().  Hundreds of descriptors at most,
 * so nothing cleverer is needed.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/die.h"
#include "live/loop.h"
#include "base/banned.h"

struct loop {
	struct watch *w[LOOP_MAX];
	int n; /* slots used so far, holes included */
};

struct loop *
loop_new(void)
{
	return xcalloc(1, sizeof(struct loop));
}

void
loop_free(struct loop *l)
{
	free(l);
}

int64_t
loop_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int
loop_add(struct loop *l, struct watch *w)
{
	int i = 0;

	if (w->slot)
		return 0;
	while (i < l->n && l->w[i])
		i++;
	if (i == LOOP_MAX)
		return -1;
	if (i == l->n)
		l->n++;
	l->w[i] = w;
	w->slot = i + 1;
	return 0;
}

void
loop_del(struct loop *l, struct watch *w)
{
	if (!w->slot)
		return;
	l->w[w->slot - 1] = NULL;
	w->slot = 0;
	while (l->n && !l->w[l->n - 1])
		l->n--;
}

static int
wait_ms(const struct loop *l, int64_t now, int64_t until)
{
	int64_t us;

	for (int i = 0; i < l->n; i++)
		if (l->w[i] && l->w[i]->deadline_us &&
		    l->w[i]->deadline_us < until)
			until = l->w[i]->deadline_us;
	us = until - now;
	if (us <= 0)
		return 0;
	return us > 60000000 ? 60000 : (int)((us + 999) / 1000);
}

void
loop_turn(struct loop *l, int64_t until_us)
{
	static struct pollfd pfd[LOOP_MAX];
	static struct watch *who[LOOP_MAX];
	int n = 0;

	for (int i = 0; i < l->n; i++) {
		if (!l->w[i])
			continue;
		pfd[n] = (struct pollfd){ l->w[i]->fd, l->w[i]->want, 0 };
		who[n++] = l->w[i];
	}
	if (poll(pfd, (nfds_t)n, wait_ms(l, loop_now_us(), until_us)) < 0 &&
	    errno != EINTR)
		return;

	int64_t now = loop_now_us();
	for (int i = 0; i < n; i++) {
		struct watch *w = who[i];
		bool here = false;

		/* An earlier call may have taken it out and freed it. */
		for (int k = 0; k < l->n && !here; k++)
			here = l->w[k] == w;
		if (!here)
			continue;
		if (w->fd >= 0 && w->fd == pfd[i].fd && pfd[i].revents)
			w->fn(w, pfd[i].revents);
		else if (w->deadline_us && w->deadline_us <= now)
			w->fn(w, 0);
	}
}
