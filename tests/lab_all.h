/*
 * lab_all.h: all of the lab's logs as `lab`, for a group of tests.
 */
#ifndef TESTS_LAB_ALL_H
#define TESTS_LAB_ALL_H

#include "lab_help.h"

static struct lab lab;

static inline int
lab_setup(void **state)
{
	static const char *const paths[] = { LAB_LOGS };

	(void)state;
	lab_open(&lab, paths, 1, 0);
	return 0;
}

static inline int
lab_teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

#endif
