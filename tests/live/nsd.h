/*
 * nsd.h: name servers on loopback for a test: copies of zone files in a
 * folder of their own, on a port that is free.
 */
#ifndef TESTS_LIVE_NSD_H
#define TESTS_LIVE_NSD_H

#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/live/lo.h"

enum { NSD_SERVERS = 2 };

struct nsd {
	char dir[64];
	int port;
	pid_t pid[NSD_SERVERS];
};

static inline bool
nsd_there(void)
{
	if (access("/usr/sbin/nsd", X_OK) < 0) {
		fprintf(stderr, "skipped: nsd is not installed\n");
		return false;
	}
	return lo_there();
}

/* Copies one file, "@5300" becoming "@port". */
static inline void
nsd_copy(const char *from, const char *to, int port)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	static char line[8192];

	if (!in || !out)
		abort();
	while (fgets(line, sizeof(line), in)) {
		char *at = strstr(line, "@5300");

		if (at)
			fprintf(out, "%.*s@%d%s", (int)(at - line), line, port,
			    at + 5);
		else
			fputs(line, out);
	}
	fclose(in);
	fclose(out);
}

static inline void
nsd_wait(const char *addr, int port)
{
	static const unsigned char q[] = { 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		4, 't', 'e', 's', 't', 0, 0, 6, 0, 1 };
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct timeval tv = { 0, 100000 };
	unsigned char in[4096];

	inet_pton(AF_INET, addr, &a.sin_addr);
	for (int i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);
		ssize_t n;

		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
		    send(fd, q, sizeof(q), 0) > 0 &&
		    (n = recv(fd, in, sizeof(in), 0)) > 0) {
			close(fd);
			return;
		}
		close(fd);
		usleep(50000);
	}
	abort();
}

/* Starts the servers on what lies in the folder. */
static inline void
nsd_run(struct nsd *s)
{
	static const char *const conf[NSD_SERVERS] = { "nsd-main.conf",
		"nsd-second.conf" };
	char to[512];

	for (int i = 0; i < NSD_SERVERS; i++) {
		snprintf(to, sizeof(to), "%s/%s", s->dir, conf[i]);
		if (access(to, R_OK) < 0)
			continue;
		s->pid[i] = fork();
		if (s->pid[i] == 0) {
			if (chdir(s->dir) < 0 ||
			    !freopen("nsd.log", "a", stderr))
				_exit(1);
			execl("/usr/sbin/nsd", "nsd", "-d", "-c", conf[i],
			    (char *)NULL);
			_exit(1);
		}
	}
	nsd_wait("127.0.0.1", s->port);
	if (s->pid[1])
		nsd_wait("127.0.0.3", s->port);
}

static inline void
nsd_halt(struct nsd *s)
{
	for (int i = 0; i < NSD_SERVERS; i++)
		if (s->pid[i] > 0) {
			kill(s->pid[i], SIGTERM);
			waitpid(s->pid[i], NULL, 0);
			s->pid[i] = 0;
		}
}

/* Writes a zone file anew; it counts from the next nsd_run() on. */
static inline void
nsd_zone(const struct nsd *s, const char *file, const char *text)
{
	char to[512];
	FILE *f;

	snprintf(to, sizeof(to), "%s/%s", s->dir, file);
	f = fopen(to, "w");
	if (!f)
		abort();
	fputs(text, f);
	fclose(f);
}

static inline bool
nsd_start(struct nsd *s, const char *zones)
{
	char from[512], to[512];
	struct dirent *e;
	DIR *d = opendir(zones);

	*s = (struct nsd){ .port = 0 };
	if (!d) {
		fprintf(stderr, "skipped: no '%s'\n", zones);
		return false;
	}
	snprintf(s->dir, sizeof(s->dir), "/tmp/mt-nsd-XXXXXX");
	if (!mkdtemp(s->dir))
		abort();
	s->port = lo_free_port();
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.' || strchr(e->d_name, '.') == NULL)
			continue;
		snprintf(from, sizeof(from), "%s/%s", zones, e->d_name);
		snprintf(to, sizeof(to), "%s/%s", s->dir, e->d_name);
		nsd_copy(from, to, s->port);
	}
	closedir(d);
	nsd_run(s);
	return true;
}

static inline void
nsd_stop(struct nsd *s)
{
	char path[512];
	struct dirent *e;
	DIR *d;

	nsd_halt(s);
	d = opendir(s->dir);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", s->dir, e->d_name);
		if (e->d_name[0] != '.')
			unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(s->dir);
}

#endif
