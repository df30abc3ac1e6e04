/*
 * env.c: how a verb ends: the result on standard output, by a pager where a
 * person would want one; errors on standard error in one line.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "base/banned.h"

#define SITE_FOLDER "/var/lib/mailtrace"

static void
say(const char *msg, const char *hint)
{
	fprintf(stderr, "mailtrace: %s%s%s\n", msg, hint && *hint ? "; " : "",
	    hint ? hint : "");
}

int
cmd_fail(struct env *env, const struct err *err, const char *hint)
{
	(void)env;
	fflush(stdout);
	say(err->msg, hint);
	return 2;
}

int
cmd_fail_store(struct env *env, const struct err *err, const char *hint)
{
	if (access(SITE_FOLDER, F_OK) == 0 && access(SITE_FOLDER, X_OK) < 0)
		hint = "this machine's is in " SITE_FOLDER ", for its group";
	else if (access(env_store(env), F_OK) < 0)
		hint = "read logs into it first: mailtrace ingest "
		       "/var/log/mail.log";
	return cmd_fail(env, err, hint);
}

int
cmd_usage(struct env *env, const struct err *err)
{
	char hint[128];

	snprintf(hint, sizeof(hint), "see 'mailtrace %s --help'",
	    env->cmd->name);
	return cmd_fail(env, err, hint);
}

void
cmd_note(struct env *env, const char *fmt, ...)
{
	char msg[1024];
	va_list ap;

	if (env->quiet)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	say(msg, NULL);
}

static int
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t did = write(fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			poll(&pfd, 1, -1);
			continue;
		}
		if (did < 0)
			return -1;
		p += did;
		n -= (size_t)did;
	}
	return 0;
}

/* Lines as the terminal will show them, long ones folded. */
static size_t
lines_shown(const struct buf *out, int width)
{
	size_t n = 0;
	struct str rest = buf_str(out);

	while (rest.p) {
		struct str l = str_split(&rest, '\n');

		n += 1 + (l.n ? (l.n - 1) / (size_t)width : 0);
	}
	return n;
}

/* Whether the pager took it. */
static bool
paged(const struct buf *out)
{
	const char *pager = getenv("MAILTRACE_PAGER");
	int p[2], status;
	pid_t pid;

	if (!pager)
		pager = getenv("PAGER");
	if (!pager || !*pager)
		pager = access("/usr/bin/less", X_OK) == 0 ? "less" : "";
	if (!*pager || strcmp(pager, "cat") == 0 || pipe(p) < 0)
		return false;
	pid = fork();
	if (pid < 0) {
		close(p[0]);
		close(p[1]);
		return false;
	}
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(p[0], STDIN_FILENO);
		close(p[0]);
		close(p[1]);
		setenv("LESS", "FRX", 0);
		setenv("LESSCHARSET", "utf-8", 0);
		execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
		_exit(127);
	}
	close(p[0]);
	write_all(p[1], buf_c(out), out->n); /* closed early: not an error */
	close(p[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

int
env_print(struct env *env, const struct buf *out)
{
	struct err err;

	if (out->toobig) {
		err_set(&err, "the result is larger than %zu MiB",
		    out->max >> 20);
		return cmd_fail(env, &err, "ask for less with --limit");
	}
	if (env->tty.tty && !env->no_pager && env->format == FMT_TEXT &&
	    lines_shown(out, env->tty.width) > (size_t)env->tty.height &&
	    paged(out))
		return 0;
	if (write_all(STDOUT_FILENO, buf_c(out), out->n) == 0)
		return 0;
	if (errno == EPIPE)
		return 2; /* whoever read it had enough: nothing to say */
	err_set(&err, "cannot write the result: %s", strerror(errno));
	return cmd_fail(env, &err, NULL);
}

/* Also where a service or cron sets none. */
static const char *
home_folder(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && home[0] == '/')
		return home;
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir && pw->pw_dir[0] == '/' ? pw->pw_dir : "";
}

const char *
env_store(struct env *env)
{
	static const char *const place = SITE_FOLDER "/store";
	const char *home = getenv("XDG_DATA_HOME");
	const char *v = getenv("MAILTRACE_STORE");
	struct arena *a = &env->config.arena;
	struct str s;

	if (!env->store && v && *v)
		env->store = v;
	if (!env->store)
		env->store = env->config.store;
	if (env->store)
		return env->store;
	/* whose that folder is makes the store there */
	if (geteuid() == 0 || access(place, R_OK | X_OK) == 0 ||
	    access(SITE_FOLDER, W_OK | X_OK) == 0)
		return env->store = place;
	if (home && home[0] == '/')
		s = arena_printf(a, "%s/mailtrace/store", home);
	else
		s = arena_printf(a, "%s/.local/share/mailtrace/store",
		    home_folder());
	return env->store = arena_cstr(a, s);
}
