/*
 * loop.h: one poll() for everything that waits for the network.
 *
 * A watch belongs to its owner and stays where it is until loop_del().  Its
 * function is called with the events that came, or with 0 when its deadline
 * has passed; it may add and remove watches, its own too.
 *
 *	struct watch w = { .fd = fd, .want = POLLIN, .fn = readable };
 *	w.deadline_us = loop_now_us() + 2000000;
 *	loop_add(loop, &w);
 *	while (!done)
 *		loop_turn(loop, limit_us);
 */
#ifndef LIVE_LOOP_H
#define LIVE_LOOP_H

#include <stdint.h>

enum { LOOP_MAX = 4096 }; /* watches at once; loop_add() fails past it */

struct watch {
	int fd;		     /* -1: only the deadline counts */
	short want;	     /* POLLIN, POLLOUT */
	int64_t deadline_us; /* of loop_now_us(); 0: none */
	void (*fn)(struct watch *w, short got);
	int slot; /* the loop's; 0 when not in a loop */
};

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *l);

int loop_add(struct loop *l, struct watch *w);	/* 0, or -1: loop is full */
void loop_del(struct loop *l, struct watch *w); /* harmless when not in it */

/* Waits for one round of events, at most until `until_us`. */
void loop_turn(struct loop *l, int64_t until_us);

int64_t loop_now_us(void); /* a clock that never goes back */

#endif
