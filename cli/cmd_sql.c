/*
 * cmd_sql.c: `mailtrace sql 'SELECT ...'`: the store as tables; the answer as
 * a table for people, JSON, JSON lines or CSV.
 */
#include <errno.h>
#include <unistd.h>

#include "base/zone.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/pen.h"
#include "cli/utf8.h"
#include "query/sql.h"
#include "base/banned.h"

enum {
	OPT_LIMIT = ARG_FIRST,
	OPT_TIMEOUT,
	OPT_MEMORY,
	SQL_ROWS = 100000, /* --limit */
	SQL_COLUMNS_MAX = 2000,
	CELL_MAX = 60, /* columns of a terminal that one value takes */
	OUT_MIB = 1024,
};

static const struct opt options[] = {
	{ "limit", 'n', "N", "at most N rows (default 100000)", OPT_LIMIT },
	{ "timeout", 0, "TIME", "give up after that long (default 5m)",
	    OPT_TIMEOUT },
	{ "memory", 0, "MIB", "for sorting and grouping, at most (default 512)",
	    OPT_MEMORY },
	{ 0 }
};

struct asked {
	struct str text;
	struct sql_opts o;
	size_t limit;
	struct arena mem;
};

struct printer {
	struct env *env;
	struct sql *q;
	struct buf out;
	size_t rows;
	bool cut;
	struct arena mem;
	const char **name; /* of the columns, each once */
	int n;
};

static int
read_stdin(struct asked *a, struct err *err)
{
	struct buf b = BUF_INIT(SQL_LENGTH_MAX + 1);
	ssize_t did = 1;

	while (did > 0 && !b.toobig) {
		char *p = buf_room(&b, 4096);

		if (!p)
			break;
		did = read(STDIN_FILENO, p, 4096);
		if (did < 0 && errno == EINTR)
			did = 1;
		else if (did > 0)
			b.n += (size_t)did;
	}
	if (did < 0)
		err_set(err, "cannot read standard input: %s", strerror(errno));
	if (b.toobig)
		did = err_set(err, "the query is longer than %d bytes",
		    SQL_LENGTH_MAX);
	a->text = arena_dup(&a->mem, buf_str(&b));
	buf_release(&b);
	return did < 0 ? -1 : 0;
}

static int
number(const char *s, int64_t most, int64_t *v, struct err *err)
{
	if (str_i64(str_c(s), v) && *v >= 1 && *v <= most)
		return 0;
	return err_set(err, "'%s': a number from 1 to %lld is meant", s,
	    (long long)most);
}

static int
read_args(struct asked *q, int argc, char **argv, struct env *env)
{
	struct args a;
	int64_t v;
	int c, rc = 0;

	args_init(&a, argc, argv, env);
	while (rc == 0 && (c = args_next(&a)) > 0)
		switch (c) {
		case ARG_OPERAND:
			if (q->text.p)
				rc = err_set(&a.err,
				    "one query is meant: put it into quotes");
			else if (strcmp(a.value, "-") == 0)
				rc = read_stdin(q, &a.err);
			else
				q->text = str_c(a.value);
			break;
		case OPT_LIMIT:
			rc = number(a.value, INT32_MAX, &v, &a.err);
			q->limit = (size_t)v;
			break;
		case OPT_TIMEOUT:
			if (!duration_us(a.value, &q->o.max_us) ||
			    q->o.max_us <= 0)
				rc = err_set(&a.err,
				    "bad --timeout '%s': a time such as 30s "
				    "is meant",
				    a.value);
			break;
		case OPT_MEMORY:
			rc = number(a.value, 1 << 20, &v, &a.err);
			q->o.max_bytes = v << 20;
			break;
		default:
			break;
		}
	if (rc == 0 && c < 0)
		rc = -1;
	if (rc == 0 && !q->text.p)
		rc = err_set(&a.err, "a query is meant, such as 'select "
				     "state, count(*) from delivery group by "
				     "1'");
	return rc < 0 ? cmd_usage(env, &a.err) : 0;
}

/* ---- formats ---- */

/* Two columns of one name cannot be keys of one object. */
static void
names(struct printer *p)
{
	p->n = sql_columns(p->q);
	p->name = arena_array(&p->mem, const char *, (size_t)p->n + 1);
	for (int i = 0; i < p->n; i++) {
		const char *name = sql_name(p->q, i);
		int same = 0;

		for (int k = 0; k < i; k++)
			same += strcmp(sql_name(p->q, k), name) == 0;
		p->name[i] = same ?
				 arena_printf(&p->mem, "%s:%d", name, same).p :
				 arena_cstr(&p->mem, str_c(name));
	}
}

/* All digits of it; what is no number of JSON's (Inf) is null. */
static void
json_number(struct json *j, const char *name, const struct sql_value *v)
{
	if (v->d > -1e300 && v->d < 1e300)
		json_digits(j, name, v->s);
	else
		json_null(j, name);
}

static void
json_row(struct printer *p, struct json *j)
{
	json_open(j, NULL, '{');
	for (int i = 0; i < p->n; i++) {
		struct sql_value v;

		sql_value(p->q, i, &v);
		if (v.type == SQL_INT)
			json_int(j, p->name[i], v.i);
		else if (v.type == SQL_REAL)
			json_number(j, p->name[i], &v);
		else
			json_str(j, p->name[i], v.s);
	}
	json_close(j);
}

static int
json_rows(struct printer *p, size_t limit, struct err *err)
{
	bool lines = p->env->format == FMT_JSONL;
	struct json j;
	int rc;

	json_init(&j, &p->out, !lines, p->env->tz);
	if (!lines) {
		json_open(&j, NULL, '{');
		json_c(&j, "schema", "mailtrace.sql/1");
		json_open(&j, "columns", '[');
		for (int i = 0; i < p->n; i++)
			json_c(&j, NULL, p->name[i]);
		json_close(&j);
		json_open(&j, "rows", '[');
	}
	while ((rc = sql_step(p->q, err)) == 1 && p->rows < limit) {
		p->rows++;
		if (lines)
			json_init(&j, &p->out, false, p->env->tz);
		json_row(p, &j);
	}
	p->cut = rc == 1;
	if (!lines) {
		json_close(&j);
		json_bool(&j, "truncated", p->cut);
		json_close(&j);
	} else if (p->cut) {
		buf_printf(&p->out, "{\"truncated\":true,\"limit\":%zu}\n",
		    limit);
	}
	return rc < 0 ? -1 : 0;
}

static int
csv_rows(struct printer *p, size_t limit, struct err *err)
{
	int rc;

	for (int i = 0; i < p->n; i++)
		csv_field(&p->out, str_c(p->name[i]), i == 0);
	csv_end(&p->out);
	while ((rc = sql_step(p->q, err)) == 1 && p->rows < limit) {
		p->rows++;
		for (int i = 0; i < p->n; i++) {
			struct sql_value v;

			sql_value(p->q, i, &v);
			if (v.type != SQL_TEXT) { /* -3 is no formula */
				if (i)
					buf_putc(&p->out, ',');
				buf_add(&p->out, v.s);
			} else {
				csv_field(&p->out, v.s, i == 0);
			}
		}
		csv_end(&p->out);
	}
	p->cut = rc == 1;
	if (p->cut)
		buf_printf(&p->out, "# cut by --limit %zu: there are more\n",
		    limit);
	return rc < 0 ? -1 : 0;
}

/* One value as shown; texts of ours only hold what a terminal can bear. */
struct cell {
	struct cell *next; /* of the same row, then the next row */
	struct str s;
	bool right;
};

static void
cell(struct pen *p, struct str s, bool right, int width, bool last)
{
	int w = pen_width(p, s), from = p->col;

	if (w > width)
		w = width;
	if (right)
		pen_pad(p, from + width - w);
	pen_cut(p, s, width);
	if (!last)
		pen_pad(p, from + width + 2);
}

static int
text_rows(struct printer *p, size_t limit, struct err *err)
{
	struct pen pen = { .out = &p->out,
		.tz = p->env->tz,
		.width = p->env->tty.width,
		.color = p->env->tty.color,
		.utf8 = p->env->tty.utf8 };
	int *width = arena_array(&p->mem, int, (size_t)p->n + 1);
	struct cell *first = NULL, **end = &first;
	int most = p->env->tty.tty ? CELL_MAX : 1 << 16, rc;

	for (int i = 0; i < p->n; i++)
		width[i] = pen_width(&pen, str_c(p->name[i]));
	while ((rc = sql_step(p->q, err)) == 1 && p->rows < limit) {
		p->rows++;
		for (int i = 0; i < p->n; i++) {
			struct cell *c = arena_new(&p->mem, struct cell);
			struct sql_value v;
			int w;

			sql_value(p->q, i, &v);
			c->s = arena_dup(&p->mem, v.s);
			c->right = v.type == SQL_INT || v.type == SQL_REAL;
			w = pen_width(&pen, c->s);
			if (w > width[i])
				width[i] = w < most ? w : most;
			*end = c;
			end = &c->next;
		}
		if (p->mem.total > (size_t)OUT_MIB << 20)
			return err_set(err, "the result is larger than %d MiB",
			    OUT_MIB);
	}
	p->cut = rc == 1;
	if (rc < 0)
		return -1;
	if (!p->rows) {
		pen_c(&pen, "nothing found\n");
		return 0;
	}
	pen_ink(&pen, INK_BOLD);
	for (int i = 0; i < p->n; i++)
		cell(&pen, str_c(p->name[i]), false, width[i], i + 1 == p->n);
	pen_plain(&pen);
	pen_nl(&pen);
	for (struct cell *c = first; c;) {
		for (int i = 0; i < p->n; i++, c = c->next)
			cell(&pen, c->s, c->right, width[i], i + 1 == p->n);
		while (p->out.n && p->out.p[p->out.n - 1] == ' ')
			p->out.n--; /* of empty values at the end */
		pen_nl(&pen);
	}
	return 0;
}

static int
print(struct printer *p, size_t limit, struct err *err)
{
	names(p);
	switch (p->env->format) {
	case FMT_JSON:
	case FMT_JSONL:
		return json_rows(p, limit, err);
	case FMT_CSV:
		return csv_rows(p, limit, err);
	default:
		return text_rows(p, limit, err);
	}
}

static int
run(int argc, char **argv, struct env *env)
{
	struct asked q = { .limit = SQL_ROWS };
	struct printer p = { .env = env,
		.out = BUF_INIT((size_t)OUT_MIB << 20) };
	struct classifier *cl = NULL;
	struct err err;
	int rc;

	rc = read_args(&q, argc, argv, env);
	if (rc)
		goto out;
	rc = 2;
	cl = config_classifier(&env->config, &err);
	if (!cl) {
		cmd_fail(env, &err, NULL);
		goto out;
	}
	q.o.store = env_store(env);
	q.o.site = &env->config.site;
	q.o.cl = cl;
	q.o.tz = env->tz;
	p.q = sql_open(&q.o, q.text, &err);
	if (!p.q || print(&p, q.limit, &err) < 0) {
		cmd_fail_store(env, &err,
		    "'mailtrace sql --help' lists the tables");
		goto out;
	}
	rc = env_print(env, &p.out);
	if (!rc && p.cut)
		cmd_note(env, "only %zu rows are shown: --limit shows more",
		    p.rows);
	if (env->verbose)
		cmd_note(env, "%llu groups of records were read",
		    (unsigned long long)sql_groups(p.q));
	if (!rc && !p.rows)
		rc = 1;
out:
	sql_close(p.q);
	classifier_free(cl);
	buf_release(&p.out);
	arena_release(&p.mem);
	arena_release(&q.mem);
	return rc;
}

const struct cmd cmd_sql = {
	.name = "sql",
	.about = "ask the store in SQL: message, hop, delivery, refusal ...",
	.usage = "'SELECT ...'|- [OPTIONS]",
	.more = "Tables: message, hop, delivery, refusal, auth, source; "
		"docs/STORE.md explains each\ncolumn.  Read only.  Equality "
		"with an address, domain, id, IP or login, and any\nbound on "
		"time, is looked up in the index; all else reads through.\n\n"
		"    mailtrace sql 'select state, count(*) from delivery "
		"group by 1'\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_JSONL | TAKES_CSV |
		  TAKES_VERBOSE | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
