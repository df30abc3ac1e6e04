/*
 * lab_sql.h: queries over all of the lab's logs.
 */
#ifndef TESTS_LAB_SQL_H
#define TESTS_LAB_SQL_H

#include "base/die.h"
#include "lab_all.h"
#include "query/sql.h"

static inline struct sql *
ask(const char *query, struct err *err)
{
	struct sql_opts o = { .store = lab.dir,
		.site = &lab.conf.site,
		.cl = lab.cl,
		.tz = "UTC" };

	return sql_open(&o, str_c(query), err);
}

/* All rows, values with a bar between them, a line each. */
static inline char *
rows(const char *query, uint64_t *groups)
{
	struct buf b = BUF_INIT(64 << 20);
	struct err err = { "" };
	struct sql *q = ask(query, &err);
	char *out;
	int rc;

	if (!q)
		fail_msg("%s: %s", query, err.msg);
	while ((rc = sql_step(q, &err)) == 1) {
		for (int i = 0; i < sql_columns(q); i++) {
			struct sql_value v;

			sql_value(q, i, &v);
			buf_puts(&b, i ? "|" : "");
			buf_add(&b, v.s);
		}
		buf_putc(&b, '\n');
	}
	if (rc < 0)
		fail_msg("%s: %s", query, err.msg);
	if (groups)
		*groups = sql_groups(q);
	sql_close(q);
	out = xstrdup(buf_c(&b));
	buf_release(&b);
	return out;
}

#endif
