/*
 * lo.h: is there a loopback here?  Some build machines have no network at
 * all, not even that; tests with servers of their own then say so and are
 * skipped.  And ports that are free there.
 */
#ifndef TESTS_LIVE_LO_H
#define TESTS_LIVE_LO_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

static inline bool
lo_port_is_free(uint32_t addr, int port, int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, type, 0);
	bool free_;

	a.sin_addr.s_addr = htonl(addr);
	free_ = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return free_;
}

/*
 * A port that is free for UDP and TCP on 127.0.0.1 to 127.0.0.3, below those
 * the system gives to whoever connects: nobody takes it in between.
 */
static inline int
lo_free_port(void)
{
	enum { FIRST = 10000, END = 32000 };

	for (int i = 0; i < END - FIRST; i++) {
		int port = FIRST + ((int)getpid() + i) % (END - FIRST);
		int free_on = 0;

		for (uint32_t k = 1; k <= 3; k++)
			free_on +=
			    lo_port_is_free(0x7f000000u + k, port,
				SOCK_DGRAM) &&
			    lo_port_is_free(0x7f000000u + k, port, SOCK_STREAM);
		if (free_on == 3)
			return port;
	}
	abort();
}

#endif
