/*
 * report_mail.c: a report as a mail, text and HTML side by side, handed to
 * sendmail(8).  Both parts are base64: no line is too long, none begins with a
 * dot or "From ", and nothing in them can be taken for a boundary.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/report.h"
#include "base/banned.h"

enum { TO_MAX = 20, ADDRESS_MAX = 320 };

#define BOUNDARY "=_mailtrace_report"

static void
base64(struct buf *b, struct str s)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	enum { LINE = 57 };

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
		if (left > 2)
			v |= (unsigned char)s.p[i + 2];
		buf_putc(b, digit[v >> 18]);
		buf_putc(b, digit[v >> 12 & 63]);
		buf_putc(b, left > 1 ? digit[v >> 6 & 63] : '=');
		buf_putc(b, left > 2 ? digit[v & 63] : '=');
		if ((i + 3) % LINE == 0 || left <= 3)
			buf_putc(b, '\n');
	}
}

static void
part(struct buf *b, const char *type, const struct buf *body)
{
	buf_printf(b,
	    "--" BOUNDARY "\nContent-Type: %s; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n\n",
	    type);
	base64(b, buf_str(body));
	buf_putc(b, '\n');
}

void
report_mail(const struct report *r, const struct report_out *o, const char *to,
    struct buf *b)
{
	struct report_out plain = *o;
	struct buf body = BUF_INIT((size_t)REPORT_MAX_MIB << 20);
	struct buf period = BUF_INIT(256);

	plain.color = false;
	plain.utf8 = true;
	plain.width = 80;
	plain.tty = false;
	report_period_print(&period, r, o->tz);
	buf_printf(b,
	    "To: %s\nSubject: mailtrace report %s, %s\n"
	    "MIME-Version: 1.0\nAuto-Submitted: auto-generated\n"
	    "Content-Type: multipart/alternative;\n"
	    "\tboundary=\"" BOUNDARY "\"\n\n",
	    to, r->def->name, buf_c(&period));
	report_text(r, &plain, &body);
	part(b, "text/plain", &body);
	buf_clear(&body);
	report_html(r, &plain, &body);
	part(b, "text/html", &body);
	buf_puts(b, "--" BOUNDARY "--\n");
	if (body.toobig)
		b->toobig = true;
	buf_release(&body);
	buf_release(&period);
}

/* Nothing that a header, an option or a shell could be made of. */
static bool
good_address(struct str s)
{
	if (!s.n || s.n > ADDRESS_MAX || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !strchr("@._+=%-", s.p[i]))
			return false;
	return true;
}

/* The arguments of sendmail(8); "a@b,c@d" gives two. */
static int
arguments(struct arena *a, const char *to, const char **argv, size_t n,
    struct err *err)
{
	struct str rest = str_c(to);

	while (rest.p) {
		struct str one = str_trim(str_split(&rest, ','));

		if (!good_address(one))
			return err_set(err,
			    "bad --mail-to '%s': an address is meant, or "
			    "several with commas",
			    to);
		if (n > TO_MAX)
			return err_set(err, "--mail-to: more than %d addresses",
			    TO_MAX);
		argv[n++] = arena_cstr(a, one);
	}
	argv[n] = NULL;
	return 0;
}

int
report_mail_check(const char *to, struct err *err)
{
	const char *argv[TO_MAX + 8];
	struct arena a = { 0 };
	int rc = arguments(&a, to, argv, 0, err);

	arena_release(&a);
	return rc;
}

static int
feed(int fd, struct str s)
{
	while (s.n) {
		ssize_t did = write(fd, s.p, s.n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return -1;
		s = str_from(s, (size_t)did);
	}
	return 0;
}

int
report_mail_send(const char *to, const struct buf *mail, struct err *err)
{
	const char *prog = getenv("MAILTRACE_SENDMAIL");
	const char *argv[TO_MAX + 8] = { "sendmail", "-oi", "--" };
	struct arena a = { 0 };
	int p[2], status = 0, fed;
	pid_t pid;

	if (!prog || !*prog)
		prog = access("/usr/sbin/sendmail", X_OK) == 0 ?
			   "/usr/sbin/sendmail" :
			   "/usr/lib/sendmail";
	if (mail->toobig)
		return err_set(err, "the mail is larger than %d MiB",
		    REPORT_MAX_MIB);
	if (arguments(&a, to, argv, 3, err) < 0)
		goto fail;
	if (pipe(p) < 0) {
		err_set(err, "cannot make a pipe: %s", strerror(errno));
		goto fail;
	}
	pid = fork();
	if (pid < 0) {
		close(p[0]);
		close(p[1]);
		err_set(err, "cannot start '%s': %s", prog, strerror(errno));
		goto fail;
	}
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(p[0], STDIN_FILENO);
		close(p[0]);
		close(p[1]);
		execv(prog, (char *const *)argv);
		_exit(127);
	}
	close(p[0]);
	fed = feed(p[1], buf_str(mail));
	close(p[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	arena_release(&a);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(err, "cannot run '%s'", prog);
	if (fed < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, "'%s' did not take the mail (status %d)",
		    prog, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return 0;
fail:
	arena_release(&a);
	return -1;
}
