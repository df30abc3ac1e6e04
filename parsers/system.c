/*
 * system.c: the host itself: lines lost by the logging (a missing delivery
 * line may be one of them), mail services that start, stop or crash, and the
 * noise of others that share the file.
 */
#include "parsers/parser.h"
#include "parsers/pick.h"
#include "base/banned.h"

static bool
any_of(struct str s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (str_find(s, str_c(words[i])) >= 0)
			return true;
	return false;
}

/*
 * imuxsock lost 212 messages from pid 99 due to rate-limiting
 *
 * imjournal: 1544 messages lost due to rate-limiting (20000 allowed within 600
 * seconds)
 *
 * Suppressed 533 messages from postfix.service
 *
 * Those of the kernel that journald missed are none of a mail server's.
 */
static bool
is_loss(struct str r)
{
	static const char *const words[] = { " lost ", "messages lost",
		"Suppressed ", "egins to drop", "dropped message",
		"some messages lost", "essages dropped", "discarded messages",
		NULL };

	if (!any_of(r, words))
		return false;
	return str_find(r, STR("messages")) >= 0;
}

static const char *const mail_units[] = { "postfix", "Postfix", "exim", "Exim",
	"dovecot", "Dovecot", "amavis", "Amavis", "rspamd", "axigen", "AXIGEN",
	"clamav", "clamd", "spamassassin", "spamd", "postgrey", "opendkim",
	"OpenDKIM", "opendmarc", "fail2ban", "lfd", "mailscanner",
	"MailScanner", "policyd", "unbound", "named", "bind9", "Mail Transport",
	NULL };

static enum parse_result
say(struct str r, struct event *ev, enum ev_kind kind)
{
	ev->kind = kind;
	ev_set(ev, F_TEXT, r);
	return PARSE_EVENT;
}

static enum parse_result
logger(struct str r, struct event *ev)
{
	static const char *const trouble[] = { "suspended", "o space left",
		"disk full", NULL };

	if (is_loss(r))
		return say(r, ev, EV_LOSS);
	if (any_of(r, trouble))
		return say(r, ev, EV_SYSTEM);
	return PARSE_IGNORED;
}

static enum parse_result
systemd(struct str r, struct event *ev)
{
	static const char *const words[] = { "Started ", "Stopped ", "Failed ",
		"ailed with result", "Main process exited",
		"entered failed state", "Reloaded ", "out of memory",
		"OOM killer", "start request repeated", "Killing process",
		NULL };

	if (any_of(r, words) && any_of(r, mail_units))
		return say(r, ev, EV_SYSTEM);
	return PARSE_IGNORED;
}

static enum parse_result
kernel(struct str r, struct event *ev)
{
	static const char *const words[] = { "Out of memory", "oom-kill",
		"I/O error", "EXT4-fs error", "emounting filesystem read-only",
		"nf_conntrack: table full", "segfault", NULL };

	return any_of(r, words) ? say(r, ev, EV_SYSTEM) : PARSE_IGNORED;
}

static enum parse_result
noise(struct str r, struct event *ev)
{
	(void)r;
	(void)ev;
	return PARSE_IGNORED;
}

static const struct {
	struct str prog;
	enum parse_result (*parse)(struct str r, struct event *ev);
} programs[] = {
	{ STR_INIT("rsyslogd"), logger },
	{ STR_INIT("rsyslogd-2177"), logger },
	{ STR_INIT("syslogd"), logger },
	{ STR_INIT("syslog-ng"), logger },
	{ STR_INIT("journal"), logger },
	{ STR_INIT("systemd-journald"), logger },
	{ STR_INIT("systemd-journal"), logger },
	{ STR_INIT("systemd"), systemd },
	{ STR_INIT("kernel"), kernel },
	{ STR_INIT("CRON"), noise },
	{ STR_INIT("cron"), noise },
	{ STR_INIT("crond"), noise },
	{ STR_INIT("anacron"), noise },
	{ STR_INIT("su"), noise },
	{ STR_INIT("sudo"), noise },
	{ STR_INIT("runuser"), noise },
	{ STR_INIT("logrotate"), noise },
	{ STR_INIT("systemd-logind"), noise },
	{ STR_INIT("dbus-daemon"), noise },
	{ STR_INIT("audit"), noise },
	{ STR_INIT("auditd"), noise },
};

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		if (!str_eq(programs[i].prog, ln->prog))
			continue;
		ev->mta = MTA_SYSTEM;
		ev->inst = programs[i].prog;
		return programs[i].parse(ln->text, ev);
	}
	return PARSE_FOREIGN;
}

/* clang-format off */
static const struct sample samples[] = {
	{ "Jan  1 00:04:19 mx rsyslogd: imuxsock lost 212 messages from pid 99 due to rate-limiting",
	    "loss text=\"imuxsock lost 212 messages from pid 99 due to rate-limiting\"" },
	{ "Jan  1 00:04:19 mx rsyslogd: imjournal: 1544 messages lost due to rate-limiting (20000 allowed within 600 seconds)",
	    "loss text=\"imjournal: 1544 messages lost due to rate-limiting (20000 allowed within 600 seconds)\"" },
	{ "Jan  1 00:04:19 mx rsyslogd-2177: imuxsock begins to drop messages from pid 99 due to rate-limiting",
	    "loss text=\"imuxsock begins to drop messages from pid 99 due to rate-limiting\"" },
	{ "Jan  1 00:04:19 mx systemd-journald[9]: Suppressed 533 messages from postfix.service",
	    "loss text=\"Suppressed 533 messages from postfix.service\"" },
	{ "Jan  1 00:04:19 mx systemd-journald[9]: Missed 12 kernel messages",
	    "ignored" },
	{ "Jan  1 00:04:19 mx rsyslogd: action 'action-8-builtin:omfile' suspended (module 'builtin:omfile'), next retry is Thu Jan  1 00:04:49 2026",
	    "system text=\"action 'action-8-builtin:omfile' suspended (module 'builtin:omfile'), next retry is Thu Jan  1 00:04:49 2026\"" },
	{ "Jan  1 00:04:19 mx rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"25011\" x-info=\"https://www.rsyslog.com\"] start",
	    "ignored" },
	{ "Jan  1 00:04:19 mx systemd[1]: dovecot.service: Main process exited, code=killed, status=9/KILL",
	    "system text=\"dovecot.service: Main process exited, code=killed, status=9/KILL\"" },
	{ "Jan  1 00:04:19 mx systemd[1]: Started Session 9 of user root.",
	    "ignored" },
	{ "Jan  1 00:04:19 mx kernel: Out of memory: Killed process 99 (amavisd)",
	    "system text=\"Out of memory: Killed process 99 (amavisd)\"" },
	{ "Jan  1 00:04:19 mx su: (to amavis) root on none", "ignored" },
	{ NULL, NULL },
};
/* clang-format on */

const struct parser parser_system = {
	.name = "system",
	.about = "lines lost by the logging, services that start and crash",
	.parse = parse,
	.samples = samples,
};
