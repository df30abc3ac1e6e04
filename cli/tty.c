/*
 * tty.c: asks the system about the terminal; $COLUMNS, $NO_COLOR and $TERM
 * have their usual say, the locale variables tell whether UTF-8 is shown.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/tty.h"
#include "base/banned.h"

enum { WIDTH_MIN = 40, WIDTH_MAX = 500 };

/* Where no locale is set at all (containers, cron) UTF-8 is what is shown. */
static bool
locale_utf8(void)
{
	static const char *const var[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(var) / sizeof(var[0]); i++) {
		const char *v = getenv(var[i]);

		if (v && *v)
			return str_findi(str_c(v), STR("utf-8")) >= 0 ||
			       str_findi(str_c(v), STR("utf8")) >= 0;
	}
	return true;
}

static bool
color_wanted(const struct tty *t)
{
	const char *no = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return t->tty && !(no && *no) && kind && strcmp(kind, "dumb") != 0;
}

void
tty_init(struct tty *t)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws = { 0 };
	uint64_t n;

	*t = (struct tty){ .width = 80 };
	t->tty = isatty(STDOUT_FILENO);
	t->err_tty = isatty(STDERR_FILENO);
	t->utf8 = locale_utf8();
	t->color = color_wanted(t);
	if ((t->tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0) ||
	    (t->err_tty && ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0)) {
		if (ws.ws_col)
			t->width = ws.ws_col;
		t->height = t->tty ? ws.ws_row : 0;
	}
	if (columns && str_u64(str_c(columns), &n) && n)
		t->width = n > WIDTH_MAX ? WIDTH_MAX : (int)n;
	if (t->width < WIDTH_MIN)
		t->width = WIDTH_MIN;
	if (t->width > WIDTH_MAX)
		t->width = WIDTH_MAX;
}

bool
tty_color(struct tty *t, const char *when)
{
	if (strcmp(when, "always") == 0)
		t->color = true;
	else if (strcmp(when, "never") == 0)
		t->color = false;
	else if (strcmp(when, "auto") == 0)
		t->color = color_wanted(t);
	else
		return false;
	return true;
}
