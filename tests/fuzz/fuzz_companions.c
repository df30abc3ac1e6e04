/*
 * fuzz_companions.c: any bytes as lines of the programs between the hops.
 *
 * Input: one or more whole lines, or texts without a header; the latter are
 * given to every parser under its programs' tags in turn.  No input may break
 * one, an event's views must lie in the line or be constants, and no given
 * password may get into an event.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "tests/unit/companions.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
one(const struct line *ln)
{
	struct buf out = BUF_INIT(1 << 20);
	struct event ev;

	for (size_t i = 0; companions[i]; i++) {
		ev_clear(&ev);
		if (companions[i]->parse(ln, &ev) != PARSE_EVENT)
			continue;
		if (ev.kind == EV_NONE || ev.kind >= EV_KINDS ||
		    ev.state >= ST_STATES || ev.mta == MTA_NONE)
			abort();
		for (int f = 0; f < F_COUNT; f++)
			if (ev_has(&ev, (enum field)f) && !ev.f[f].p)
				abort();
		buf_clear(&out);
		event_dump(&ev, &out); /* reads every byte of every field */
		if (ev.mta == MTA_DOVECOT && ev.kind == EV_AUTH &&
		    str_find(buf_str(&out), STR("given password")) >= 0)
			abort();
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tags[] = { "amavis", "dovecot", "auth",
		"imap-login", "postgrey", "sqlgrey", "milter-greylist",
		"cbpolicyd", "iredapd", "opendkim", "opendmarc", "policyd-spf",
		"rspamd", "spamd", "clamav-milter", "clamsmtpd", "MailScanner",
		"pmg-smtp-filter", "fail2ban.actions", "lfd", "cphulkd",
		"rsyslogd", "systemd", "kernel" };
	struct str rest = str_make((const char *)data, size);

	while (rest.p) {
		struct str raw = str_split(&rest, '\n');
		/* its own block, so that a byte too far is seen */
		char *copy = malloc(raw.n ? raw.n : 1);
		struct line ln;

		if (!copy)
			return 0;
		if (raw.n)
			memcpy(copy, raw.p, raw.n);
		companion_frame(str_make(copy, raw.n), &ln);
		one(&ln);
		for (size_t i = 0;
		     !ln.tag.n && i < sizeof(tags) / sizeof(*tags); i++) {
			struct line t = ln;

			t.tag = t.prog = str_c(tags[i]);
			t.text = str_make(copy, raw.n);
			one(&t);
		}
		free(copy);
	}
	return 0;
}
