/*
 * journal_file.c: the head of a journal file, as systemd's
 * JOURNAL_FILE_FORMAT.md describes it.
 *
 * It has an id that stays with the file when it is rotated away under another
 * name, the first and last of its sequence numbers, and whether it is still
 * written to: all that is needed to read each entry once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parsers/journal_file.h"
#include "base/banned.h"

enum {
	/* where things are in the head; numbers are little endian */
	AT_STATE = 16,
	AT_FILE_ID = 24,
	AT_SEQUENCE_ID = 72,
	AT_ENTRIES = 152,
	AT_TAIL = 160,
	AT_HEAD = 168,
	AT_HEAD_TIME = 184,
	AT_TAIL_TIME = 192,
	HEAD_BYTES = 208, /* of the oldest version */
	STATE_ARCHIVED = 2,
	ID_BYTES = 16,
	MACHINE_ID = 32, /* digits */
};

const char *
journal_path(const char *source)
{
	return strncmp(source, "journal:", 8) == 0 ? source + 8 : NULL;
}

bool
journal_file_name(const char *name)
{
	struct str s = str_c(name);

	/* with ~: put aside by journald, after a crash */
	return str_ends(s, STR(".journal")) || str_ends(s, STR(".journal~"));
}

static uint64_t
number(const unsigned char *p)
{
	uint64_t v = 0;

	for (int i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void
hex(const unsigned char *p, char *out)
{
	for (int i = 0; i < ID_BYTES; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", p[i]);
}

int
journal_file_look(const char *path, struct journal_file *f, struct err *err)
{
	unsigned char h[HEAD_BYTES];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int why = errno;
	char id[33];

	if (fd >= 0) {
		n = fstat(fd, &st) < 0 ? -1 : 0;
		if (n == 0 && S_ISREG(st.st_mode))
			n = pread(fd, h, sizeof(h), 0);
		why = errno;
		close(fd);
	}
	if (n < 0)
		return err_set(err, "cannot read '%s': %s%s", path,
		    strerror(why),
		    why == EACCES ? " (the group systemd-journal may)" : "");
	if (n < (ssize_t)sizeof(h) || memcmp(h, "LPKSHHRH", 8) != 0)
		return err_set(err, "'%s' is no journal file", path);
	*f = (struct journal_file){ .archived = h[AT_STATE] == STATE_ARCHIVED,
		.entries = number(h + AT_ENTRIES),
		.head = number(h + AT_HEAD),
		.tail = number(h + AT_TAIL),
		.dev = (uint64_t)st.st_dev,
		.ino = (uint64_t)st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 +
			    st.st_mtim.tv_nsec / 1000 };
	f->head_us = (int64_t)(number(h + AT_HEAD_TIME) & INT64_MAX);
	f->tail_us = (int64_t)(number(h + AT_TAIL_TIME) & INT64_MAX);
	hex(h + AT_SEQUENCE_ID, f->sequence);
	hex(h + AT_FILE_ID, id);
	snprintf(f->known_by, sizeof(f->known_by), "journal file %s\n", id);
	if (!f->entries || !f->head || f->tail < f->head ||
	    f->tail == UINT64_MAX) {
		f->head = f->tail = 0;
		f->head_us = f->tail_us = 0;
	}
	return 0;
}

int
journal_local(const char *root, struct buf *folder, struct err *err)
{
	static const char *const at[] = { "/var/log/journal",
		"/run/log/journal" };
	char id[MACHINE_ID + 1] = "";
	struct stat st;
	FILE *f;

	buf_clear(folder);
	buf_printf(folder, "%s/etc/machine-id", root);
	f = fopen(buf_c(folder), "re");
	if (f) {
		size_t n = fread(id, 1, MACHINE_ID, f);

		id[n] = '\0';
		fclose(f);
	}
	if (strspn(id, "0123456789abcdef") != MACHINE_ID)
		return err_set(err, "cannot read the journal: this machine "
				    "has no /etc/machine-id");
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		buf_clear(folder);
		buf_printf(folder, "%s%s/%s", root, at[i], id);
		if (stat(buf_c(folder), &st) == 0 && S_ISDIR(st.st_mode))
			return 0;
	}
	return err_set(err, "cannot read the journal: this machine keeps none "
			    "in /var/log/journal or /run/log/journal");
}
