/*
 * journal_sd.c: the door to libsystemd.  It is loaded when the first journal
 * is opened: nobody else has to wait for it, or to have it.
 *
 * Each file is read by itself, so that what was read is known by the file and
 * the sequence number, whatever the file is called by then.
 */
#ifdef HAVE_SYSTEMD
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>
#endif

#include "base/die.h"
#include "parsers/journal.h"
#include "parsers/journal_sd.h"
#include "base/banned.h"

#ifdef HAVE_SYSTEMD

enum {
	FIELD_BYTES = 128 * 1024, /* of a field that is uncompressed */
	/* entries that may be added while a file is read */
	GROWTH_MAX = 1 << 26,
};

/* What is read: one of these must hold. */
static const struct {
	const char *field, *const *value;
} wanted[] = {
	{ "SYSLOG_FACILITY", (const char *const[]){ "2", NULL } },
	/* programs that log elsewhere */
	{ "SYSLOG_IDENTIFIER",
	    (const char *const[]){ "rspamd", "clamd", "freshclam",
		"clamav-milter", "clamsmtpd", "fail2ban-server",
		"fail2ban.actions", "fail2ban.filter", "lfd", "MailScanner",
		"pmg-smtp-filter", "iredapd", "cbpolicyd", "postgrey",
		"systemd-journald", NULL } },
	/* servers that write to standard output, or elsewhere */
	{ "_SYSTEMD_UNIT",
	    (const char *const[]){ "postfix.service", "postfix@-.service",
		"exim4.service", "exim.service", "dovecot.service",
		"amavis.service", "amavisd.service", "rspamd.service",
		"opendkim.service", "opendmarc.service", "spamassassin.service",
		"spamd.service", "axigen.service", NULL } },
	/* what systemd itself says about them */
	{ "UNIT", (const char *const[]){ "postfix.service", "postfix@-.service",
		      "exim4.service", "exim.service", "dovecot.service",
		      "amavis.service", "amavisd.service", "rspamd.service",
		      "opendkim.service", "opendmarc.service",
		      "spamassassin.service", "spamd.service", "axigen.service",
		      "clamav-daemon.service", "postgrey.service", NULL } },
};

#define FUNCTIONS(X)                                                           \
	X(sd_journal_open_files)                                               \
	X(sd_journal_close)                                                    \
	X(sd_journal_add_match)                                                \
	X(sd_journal_add_disjunction)                                          \
	X(sd_journal_set_data_threshold)                                       \
	X(sd_journal_seek_head)                                                \
	X(sd_journal_seek_cursor)                                              \
	X(sd_journal_next)                                                     \
	X(sd_journal_get_cursor)                                               \
	X(sd_journal_get_realtime_usec)                                        \
	X(sd_journal_get_data)                                                 \
	X(sd_journal_get_usage)

/* clang-format off */
static struct {
#define MEMBER(name) __typeof__(&name) name;
	FUNCTIONS(MEMBER)
	bool here;
} lib;
/* clang-format on */

struct journal_sd {
	sd_journal *j;
	struct journal_file file;
	struct journal entry;
	uint64_t at;	 /* the next sequence number to be read */
	uint64_t unread; /* entries that are damaged */
	uint64_t passed; /* in a row, that were read before */
	bool ended;
};

bool
journal_sd_here(struct err *err)
{
	void *so;

	if (lib.here)
		return true;
	so = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!so)
		goto none;
#define LOAD(name)                                                             \
	*(void **)&lib.name = dlsym(so, #name);                                \
	if (!lib.name)                                                         \
		goto none;
	FUNCTIONS(LOAD)
	lib.here = true;
	return true;
none:
	err_set(err, "libsystemd is not installed here; use 'journalctl "
		     "-o export --cursor-file=FILE | mailtrace ingest -'");
	return false;
}

static int
add_matches(sd_journal *j)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		for (const char *const *v = wanted[i].value; *v; v++) {
			char match[100];

			snprintf(match, sizeof(match), "%s=%s", wanted[i].field,
			    *v);
			if (lib.sd_journal_add_match(j, match, 0) < 0)
				return -1;
		}
		if (lib.sd_journal_add_disjunction(j) < 0)
			return -1;
	}
	return 0;
}

static int
seek(struct journal_sd *sd, uint64_t from)
{
	char cursor[80];

	if (from <= sd->file.head)
		return lib.sd_journal_seek_head(sd->j);
	snprintf(cursor, sizeof(cursor), "s=%s;i=%llx", sd->file.sequence,
	    (unsigned long long)from);
	return lib.sd_journal_seek_cursor(sd->j, cursor);
}

static const char *
reason(int r)
{
	switch (-r) {
	case EPROTONOSUPPORT:
		return "it was written by a newer journal than this libsystemd "
		       "reads";
	case EBADMSG:
	case ENODATA:
	case EINVAL:
	case EIO:
		return "it is damaged";
	default:
		return strerror(-r);
	}
}

struct journal_sd *
journal_sd_open(const char *path, uint64_t from, struct err *err)
{
	struct journal_sd *sd;
	const char *paths[] = { path, NULL };
	struct journal_file f;
	int r;

	if (!journal_sd_here(err) || journal_file_look(path, &f, err) < 0)
		return NULL;
	sd = xcalloc(1, sizeof(*sd));
	sd->file = f;
	sd->at = from;
	journal_init(&sd->entry);
	r = lib.sd_journal_open_files(&sd->j, paths, 0);
	if (r >= 0) {
		lib.sd_journal_set_data_threshold(sd->j, FIELD_BYTES);
		r = add_matches(sd->j) < 0 ? -ENOMEM : seek(sd, from);
	}
	if (r < 0) {
		err_set(err, "cannot read '%s': %s", path, reason(r));
		journal_sd_close(sd);
		return NULL;
	}
	return sd;
}

void
journal_sd_close(struct journal_sd *sd)
{
	if (!sd)
		return;
	if (sd->j)
		lib.sd_journal_close(sd->j);
	journal_release(&sd->entry);
	free(sd);
}

uint64_t
journal_sd_at(const struct journal_sd *sd)
{
	return sd->at;
}

const struct journal_file *
journal_sd_file(const struct journal_sd *sd)
{
	return &sd->file;
}

/* The sequence number, from "s=...;i=1a2b;b=...". */
static bool
number_of(sd_journal *j, uint64_t *seq)
{
	char *cursor = NULL, *i, *end;

	if (lib.sd_journal_get_cursor(j, &cursor) < 0)
		return false;
	i = strstr(cursor, ";i=");
	*seq = i ? strtoull(i + 3, &end, 16) : 0;
	free(cursor);
	return *seq > 0;
}

/* The fields that make a line; false: one of them cannot be read. */
static bool
read_entry(struct journal_sd *sd)
{
	bool damaged = false;
	uint64_t us;
	char time[24];

	journal_begin(&sd->entry);
	for (int i = 0; i < JF_COUNT; i++) {
		const char *name = journal_field_name((enum journal_field)i);
		const void *data;
		size_t n;
		int r;

		if (i == JF_TIME)
			continue; /* is no field of the entry */
		r = lib.sd_journal_get_data(sd->j, name, &data, &n);
		if (r >= 0)
			journal_field(&sd->entry, str_make(data, n));
		else if (r != -ENOENT)
			damaged = true;
	}
	if (lib.sd_journal_get_realtime_usec(sd->j, &us) >= 0) {
		snprintf(time, sizeof(time), "%llu", (unsigned long long)us);
		journal_value(&sd->entry, JF_TIME, str_c(time));
	}
	return !damaged;
}

/* The end, or what libsystemd takes for it: it drops a file that it cannot
 * follow any further. */
static int
end(struct journal_sd *sd, struct err *err)
{
	uint64_t bytes = 0;

	sd->ended = true;
	if (lib.sd_journal_get_usage(sd->j, &bytes) < 0 || !bytes)
		return err_set(err,
		    "it is damaged; what comes after entry "
		    "%llu cannot be read",
		    (unsigned long long)(sd->at ? sd->at - 1 : 0));
	if (sd->at <= sd->file.tail)
		sd->at = sd->file.tail + 1;
	if (sd->unread)
		return err_set(err,
		    "it is damaged; %llu of its entries cannot "
		    "be read",
		    (unsigned long long)sd->unread);
	return 0;
}

int
journal_sd_next(struct journal_sd *sd, struct syslog *sl, struct line *ln,
    struct err *err)
{
	while (!sd->ended) {
		int r = lib.sd_journal_next(sd->j);
		uint64_t seq;

		if (r == 0)
			break;
		if (r < 0) {
			sd->ended = true;
			return err_set(err, "%s", reason(r));
		}
		if (!number_of(sd->j, &seq) || seq < sd->at ||
		    seq - sd->at > sd->file.tail + GROWTH_MAX) {
			/* numbers go up; a loop of them would never end */
			if (sd->passed++ <= sd->file.entries)
				continue;
			sd->ended = true;
			return err_set(err, "%s", reason(-EBADMSG));
		}
		sd->passed = 0;
		sd->at = seq + 1;
		if (!read_entry(sd)) {
			sd->unread++;
			continue;
		}
		if (!journal_entry(&sd->entry, sl, ln))
			continue; /* has no text */
		ln->offset = seq;
		return 1;
	}
	return sd->ended ? 0 : end(sd, err);
}

#else

bool
journal_sd_here(struct err *err)
{
	err_set(err, "this build does not read the journal itself; use "
		     "'journalctl -o export --cursor-file=FILE | mailtrace "
		     "ingest -'");
	return false;
}

struct journal_sd *
journal_sd_open(const char *path, uint64_t from, struct err *err)
{
	(void)path;
	(void)from;
	journal_sd_here(err);
	return NULL;
}

void
journal_sd_close(struct journal_sd *sd)
{
	(void)sd;
}

int
journal_sd_next(struct journal_sd *sd, struct syslog *sl, struct line *ln,
    struct err *err)
{
	(void)sd;
	(void)sl;
	(void)ln;
	(void)err;
	return 0;
}

uint64_t
journal_sd_at(const struct journal_sd *sd)
{
	(void)sd;
	return 0;
}

const struct journal_file *
journal_sd_file(const struct journal_sd *sd)
{
	(void)sd;
	return NULL;
}

#endif
