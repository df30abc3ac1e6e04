/*
 * writer_lock.c: one writer at a time.  The lock is held until the process
 * ends, however it does, and says whose it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "index/writer_part.h"
#include "base/banned.h"

enum { LOCK_MODE = 0640 };

/* As flock(), with the patience that was asked for. */
static int
wait_for_lock(const struct writer *w)
{
	enum { STEP_MS = 50 };
	struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	int left = w->opts.patience_ms;

	while (flock(w->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || (left -= STEP_MS) < 0)
			return -1;
		if (nanosleep(&step, NULL) < 0) /* interrupted */
			left = 0;
	}
	return 0;
}

int
writer_lock(struct writer *w, struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	char pid[32] = "";
	ssize_t n;
	int rc = 0;

	buf_printf(&path, "%s/lock", w->path);
	w->lock = open(buf_c(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    LOCK_MODE);
	if (w->lock < 0) {
		rc = err_set(err, "cannot write '%s': %s", buf_c(&path),
		    strerror(errno));
	} else if (wait_for_lock(w) < 0) {
		n = errno == EWOULDBLOCK ?
			pread(w->lock, pid, sizeof(pid) - 1, 0) :
			-1;
		if (n < 0)
			rc = err_set(err, "cannot lock '%s': %s", buf_c(&path),
			    strerror(errno));
		else
			rc = err_set(err,
			    "another mailtrace is writing to "
			    "'%s' (process %.*s)",
			    w->path, n ? (int)strcspn(pid, "\n") : 1,
			    n ? pid : "?");
	} else {
		int len = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		if (ftruncate(w->lock, 0) < 0 ||
		    pwrite(w->lock, pid, (size_t)len, 0) != len)
			rc = err_set(err, "cannot write '%s': %s", buf_c(&path),
			    strerror(errno));
	}
	buf_release(&path);
	return rc;
}
