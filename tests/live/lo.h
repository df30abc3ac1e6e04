/*
 * lo.h: is there a loopback here?  Some build machines have no network at
 * all, not even that; tests with servers of their own then say so and are
 * skipped.
 */
#ifndef TESTS_LIVE_LO_H
#define TESTS_LIVE_LO_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static inline bool
lo_there(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool there;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	there = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	if (fd >= 0)
		close(fd);
	if (!there)
		fprintf(stderr, "skipped: no loopback here\n");
	return there;
}

#endif
