/*
 * killat.c: dies at the Nth call that changes a file.
 *
 *	KILL_AT=N LD_PRELOAD=killat.so mailtrace ingest ...
 *
 * Every write, sync, truncation, new name and removal counts, in all threads.
 * The call with that number is not made, but for each second write: half of it
 * is, as when a disk is in the middle of it.  Calls that glibc makes by itself
 * (stdio) are not seen; the store has none.  With KILL_COUNT=FILE the number
 * of calls is written there at the end, and nobody dies.
 */
#undef _FILE_OFFSET_BITS /* pwrite and pwrite64 are two names here */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_ulong calls;

static void
die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* Whether this is the call to die in. */
static int
now(void)
{
	const char *at = getenv("KILL_AT");
	unsigned long n = atomic_fetch_add(&calls, 1) + 1;

	return at && n == strtoul(at, NULL, 10);
}

static void *
real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		abort();
	return f;
}

__attribute__((destructor)) static void
count(void)
{
	const char *name = getenv("KILL_COUNT");
	FILE *f = name ? fopen(name, "w") : NULL;

	if (f) {
		fprintf(f, "%lu\n", atomic_load(&calls));
		fclose(f);
	}
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	ssize_t (*f)(int, const void *, size_t, off64_t) = real("pwrite64");

	if (now()) {
		if (atomic_load(&calls) % 2)
			f(fd, p, n / 2, at);
		die();
	}
	return f(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t (*f)(int, const void *, size_t) = real("write");

	if (fd > STDERR_FILENO && now()) {
		if (atomic_load(&calls) % 2)
			f(fd, p, n / 2);
		die();
	}
	return f(fd, p, n);
}

int
fsync(int fd)
{
	int (*f)(int) = real("fsync");

	if (now())
		die();
	return f(fd);
}

int
fdatasync(int fd)
{
	int (*f)(int) = real("fdatasync");

	if (now())
		die();
	return f(fd);
}

int
ftruncate64(int fd, off64_t n)
{
	int (*f)(int, off64_t) = real("ftruncate64");

	if (now())
		die();
	return f(fd, n);
}

int
ftruncate(int fd, off_t n)
{
	return ftruncate64(fd, n);
}

int
rename(const char *from, const char *to)
{
	int (*f)(const char *, const char *) = real("rename");

	if (now())
		die();
	return f(from, to);
}

int
unlink(const char *name)
{
	int (*f)(const char *) = real("unlink");

	if (now())
		die();
	return f(name);
}

int
mkdir(const char *name, mode_t mode)
{
	int (*f)(const char *, mode_t) = real("mkdir");

	if (now())
		die();
	return f(name, mode);
}
