/*
 * ndr_table.c: `mailtrace ndr --tsv`: many replies at once.
 *
 * The first line names the columns; id and text are needed, others are used
 * when they are there.  The answer: one line per row, without a header: id,
 * class, group, permanence, side, confidence, rule, blocked address, list,
 * zone, lookup link.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/unwrap.h"
#include "cli/ndr.h"
#include "base/banned.h"

enum { COLUMNS_MAX = 64 };

enum column {
	COL_ID,
	COL_TEXT,
	COL_CODE,
	COL_DSN,
	COL_RHOST,
	COL_MTA,
	COL_WHERE,
	COL_MARK,
	COL_PHASE,
	COLUMNS
};

static const struct str column_names[COLUMNS] = {
	[COL_ID] = STR_INIT("id"),
	[COL_TEXT] = STR_INIT("text"),
	[COL_CODE] = STR_INIT("code"),
	[COL_DSN] = STR_INIT("dsn"),
	[COL_RHOST] = STR_INIT("rhost"),
	[COL_MTA] = STR_INIT("mta"),
	[COL_WHERE] = STR_INIT("where"),
	[COL_MARK] = STR_INIT("state_mark"),
	[COL_PHASE] = STR_INIT("phase"),
};

static enum where
where_of(struct str s)
{
	return str_eqi(s, STR("inbound"))  ? WHERE_INBOUND :
	       str_eqi(s, STR("delivery")) ? WHERE_DELIVERY :
	       str_eqi(s, STR("queue"))	   ? WHERE_QUEUE :
					     WHERE_UNKNOWN;
}

/* A column's bytes: nothing that would break the table. */
static void
put(struct buf *out, struct str s)
{
	buf_putc(out, '\t');
	for (size_t i = 0; i < s.n; i++)
		buf_putc(out, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
}

static void
answer(struct ndr *n, const struct str f[COLUMNS])
{
	struct classify_in in = { .text = f[COL_TEXT],
		.code = f[COL_CODE],
		.dsn = f[COL_DSN],
		.rhost = f[COL_RHOST],
		.mta = f[COL_MTA],
		.state_mark = f[COL_MARK],
		.where = where_of(f[COL_WHERE]),
		.phase = phase_named(f[COL_PHASE]) };
	struct classify_out c;
	char conf[8];

	classify(n->cl, &in, &c);
	snprintf(conf, sizeof(conf), "%d", c.confidence);
	buf_add(&n->out, f[COL_ID]);
	put(&n->out, str_c(cls_name(c.cls ? c.cls : CLS_UNKNOWN)));
	put(&n->out, str_c(grp_name(c.grp ? c.grp : GRP_UNKNOWN)));
	put(&n->out, str_c(perm_name(c.perm)));
	put(&n->out, str_c(side_name(c.side)));
	put(&n->out, str_c(conf));
	put(&n->out, str_c(c.rule));
	put(&n->out, c.block.ip);
	put(&n->out, c.block.list);
	put(&n->out, c.block.zone);
	put(&n->out, c.block.lookup_url);
	buf_putc(&n->out, '\n');
}

static int
header(struct str line, int at[COLUMNS_MAX], const char *path, struct err *err)
{
	bool id = false, text = false;
	int i = 0;

	while (line.p && i < COLUMNS_MAX) {
		struct str name = str_trim(str_split(&line, '\t'));

		at[i] = -1;
		for (int k = 0; k < COLUMNS; k++)
			if (str_eqi(name, column_names[k]))
				at[i] = k;
		id |= at[i] == COL_ID;
		text |= at[i] == COL_TEXT;
		i++;
	}
	for (; i < COLUMNS_MAX; i++)
		at[i] = -1;
	if (!id || !text)
		return err_set(err,
		    "'%s': the first line must name the "
		    "columns, id and text among them",
		    path);
	return 0;
}

int
ndr_table(struct ndr *n, const char *path, struct err *err)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int at[COLUMNS_MAX], rc = 0;
	char *p = NULL;
	size_t cap = 0, row = 0;
	ssize_t len;

	if (!f)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	errno = 0;
	while (rc == 0 && (len = getline(&p, &cap, f)) >= 0) {
		struct str line = str_make(p, (size_t)len), rest;
		struct str field[COLUMNS] = { 0 };

		while (line.n && strchr("\r\n", line.p[line.n - 1]))
			line.n--;
		if (row++ == 0) {
			rc = header(line, at, path, err);
			continue;
		}
		if (!line.n)
			continue;
		rest = line;
		for (int i = 0; rest.p && i < COLUMNS_MAX; i++) {
			struct str v = str_split(&rest, '\t');

			if (at[i] >= 0)
				field[at[i]] = v;
		}
		answer(n, field);
		n->mails++;
	}
	if (rc == 0 && ferror(f))
		rc =
		    err_set(err, "cannot read '%s': %s", path, strerror(errno));
	if (rc == 0 && row == 0)
		rc = err_set(err, "'%s' is empty", path);
	free(p);
	if (f != stdin)
		fclose(f);
	return rc;
}
