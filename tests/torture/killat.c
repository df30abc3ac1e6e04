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
 *
 * With KILL_DISK=DIR that is kept there what a disk has for certain when the
 * power goes: of a file what it held when it was synced last, DIR/data/INODE,
 * of a folder the names in it when that was, DIR/names/INODE, lines "INODE
 * NAME".  Removed files stay in DIR/dead, lest their inodes come again.
 */
#undef _FILE_OFFSET_BITS /* pwrite and pwrite64 are two names here */
#include <dirent.h>
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

/* ---- the disk ---- */

static const char *
disk(void)
{
	return getenv("KILL_DISK");
}

static void
save_names(int fd, const char *to)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	FILE *f = fopen(to, "w");
	struct dirent *e;

	if (!d || !f)
		abort();
	while ((e = readdir(d)) != NULL)
		fprintf(f, "%lu %s\n", (unsigned long)e->d_ino, e->d_name);
	fclose(f);
	closedir(d);
}

static void
save_data(int fd, const char *to)
{
	char buf[65536];
	FILE *f = fopen(to, "w");
	off_t at = 0;
	ssize_t n;

	if (!f)
		abort();
	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		if (fwrite(buf, 1, (size_t)n, f) != (size_t)n)
			abort();
		at += n;
	}
	fclose(f);
}

/* What is synced now is on the disk. */
static void
synced(int fd)
{
	char to[4096];
	struct stat st;

	if (!disk() || fstat(fd, &st) < 0)
		return;
	snprintf(to, sizeof(to), "%s/%s/%lu", disk(),
	    S_ISDIR(st.st_mode) ? "names" : "data", (unsigned long)st.st_ino);
	if (S_ISDIR(st.st_mode))
		save_names(fd, to);
	else
		save_data(fd, to);
}

static void
keep_inode(const char *name)
{
	char to[4096];

	if (!disk())
		return;
	snprintf(to, sizeof(to), "%s/dead/%lu", disk(), atomic_load(&calls));
	(void)!link(name, to);
}

/* ---- the calls ---- */

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
	synced(fd);
	return f(fd);
}

int
fdatasync(int fd)
{
	int (*f)(int) = real("fdatasync");

	if (now())
		die();
	synced(fd);
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
	keep_inode(to);
	return f(from, to);
}

int
unlink(const char *name)
{
	int (*f)(const char *) = real("unlink");

	if (now())
		die();
	keep_inode(name);
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
