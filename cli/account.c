/*
 * account.c: the account look-up of the configuration.
 *
 *	file:PATH	lines "ADDRESS: state = active, login = anna, ..."
 *	sqlite:PATH	a table or view `accounts` (query/account_db.c)
 *	command:PATH	run with the address as its only argument, without a
 *			shell; prints "key = value" lines; exit status 0
 *			there is such an account, 1 there is none
 *
 * Keys: login, state, forward, last_login, quota; others are passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stamp.h"
#include "cli/diagnose.h"
#include "cli/wait.h"
#include "query/account_db.h"
#include "base/banned.h"

enum { OUT_MAX = 16 * 1024, LINES_MAX = 10 * 1000 * 1000 };

#define COMMAND_US (5 * INT64_C(1000000))

static void
set(struct arena *a, struct account *out, struct str pair)
{
	struct str value = pair;
	struct str key = str_trim(str_split(&value, '='));

	if (!value.p)
		return;
	value = arena_dup(a, str_trim(value));
	if (str_eqi(key, STR("login")))
		out->login = value;
	else if (str_eqi(key, STR("state")))
		out->state = value;
	else if (str_eqi(key, STR("forward")))
		out->forward = value;
	else if (str_eqi(key, STR("last_login")))
		out->last_login = value;
	else if (str_eqi(key, STR("quota")))
		out->quota = value;
}

static int
from_file(struct arena *a, const char *path, struct str address,
    struct account *out, struct err *err)
{
	char line[4096];
	FILE *f = fopen(path, "re");

	if (!f)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	for (int i = 0; i < LINES_MAX && fgets(line, sizeof(line), f); i++) {
		struct str rest = str_trim(str_c(line));
		struct str key;

		if (!rest.n || rest.p[0] == '#')
			continue;
		key = str_trim(str_split(&rest, ':'));
		if (!str_eqi(key, address))
			continue;
		out->exists = true;
		while (rest.p)
			set(a, out, str_split(&rest, ','));
		break;
	}
	fclose(f);
	return 0;
}

/* Reads until the end, the limit or the time; the child's number of bytes. */
static size_t
read_all(int fd, char *out, size_t max, int64_t until_us)
{
	size_t n = 0;

	while (n < max) {
		struct pollfd p = { fd, POLLIN, 0 };
		int64_t left = until_us - now_us();
		ssize_t did;

		if (left <= 0 || poll(&p, 1, (int)(left / 1000) + 1) == 0)
			break;
		did = p.revents ? read(fd, out + n, max - n) : -1;
		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			break;
		n += (size_t)did;
	}
	return n;
}

/* Until it has ended; one that goes on for too long is ended, whatever it
 * did with its output.  False: that was so. */
static bool
reap(pid_t pid, int64_t until_us, int *status)
{
	pid_t got;

	while (
	    (got = waitpid(pid, status, WNOHANG)) == 0 && now_us() < until_us)
		poll(NULL, 0, 10);
	if (got)
		return got == pid;
	kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return false;
}

static _Noreturn void
child(const char *path, const char *address, int out)
{
	char *argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)address,
		NULL };
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execv(path, argv);
	_exit(127);
}

static int
from_command(struct arena *a, const char *path, struct str address,
    struct account *out, struct err *err)
{
	const char *arg = arena_cstr(a, address);
	char text[OUT_MAX];
	struct str rest;
	int p[2], status;
	int64_t until;
	size_t n;
	pid_t pid;

	if (access(path, X_OK) < 0 || pipe2(p, O_CLOEXEC) < 0)
		return err_set(err, "cannot run '%s': %s", path,
		    strerror(errno));
	pid = fork();
	if (pid < 0) {
		close(p[0]);
		close(p[1]);
		return err_set(err, "cannot run '%s': %s", path,
		    strerror(errno));
	}
	if (pid == 0)
		child(path, arg, p[1]);
	close(p[1]);
	until = now_us() + COMMAND_US;
	n = read_all(p[0], text, sizeof(text), until);
	close(p[0]);
	if (!reap(pid, until, &status))
		return err_set(err, "'%s' did not answer within %d s", path,
		    (int)(COMMAND_US / 1000000));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return err_set(err, "'%s' failed with status %d", path,
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	out->exists = WEXITSTATUS(status) == 0;
	rest = str_make(text, n);
	while (out->exists && rest.p)
		set(a, out, str_split(&rest, '\n'));
	return 0;
}

int
account_find(struct env *env, struct arena *a, struct str address,
    struct account *out, struct err *err)
{
	const char *l = env->config.accounts;
	struct account_row row = { .found = false };

	*out = (struct account){ .asked = false };
	if (!l)
		return 0;
	if (strncmp(l, "file:", 5) == 0) {
		if (from_file(a, l + 5, address, out, err) < 0)
			return -1;
	} else if (strncmp(l, "command:", 8) == 0) {
		if (address.n && address.p[0] == '-')
			return 0; /* not an option of theirs: not asked */
		if (from_command(a, l + 8, address, out, err) < 0)
			return -1;
	} else {
		if (account_db(l + 7, a, address, &row, err) < 0)
			return -1;
		out->exists = row.found;
		out->login = row.login;
		out->state = row.state;
		out->forward = row.forward;
		out->last_login = row.last_login;
		out->quota = row.quota;
	}
	out->asked = true;
	return 0;
}
