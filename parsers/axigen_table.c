/*
 * axigen_table.c: a table of patterns: reads it, asks it.
 *
 * Its form is told at the head of axigen.patterns.  A pattern is literal text
 * with holes; a hole ends where the text behind it first comes, so matching
 * takes time in proportion to the line, whatever an operator or a client
 * writes.  The shipped table is read once, at the first line that needs it;
 * after that, and after axigen_patterns_load(), tables do not change, so that
 * parsing remains a function of the line.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/die.h"
#include "parsers/axigen.h"
#include "parsers/axigen_part.h"
#include "base/banned.h"

enum {
	FILE_MAX = 1 << 20,
	ROW_MAX = 4096, /* bytes of one */
	ROWS_MAX = 4000,
	PARTS_MAX = 24, /* holes of one row */
	CONSTS_MAX = 8,
	CONST_MAX = 31, /* bytes of a fixed value */
};

enum hole { HOLE_ANY, HOLE_WORD, HOLE_NUM, HOLE_HEX, HOLE_IP, HOLE_HAS };

enum { TO_NOWHERE = -1, TO_QID = -2 }; /* else an enum field */

/* A hole and the literal behind it (empty: the end of the text). */
struct part {
	enum hole hole;
	int field;
	struct str has, lit;
};

struct row {
	uint32_t services; /* a bit each: 1 << enum service */
	enum ev_kind kind; /* EV_NONE: ignored */
	enum ev_state state;
	unsigned flags;
	int queue;	 /* 1 the id is a queue id, 0 not, -1 as usual */
	struct str lead; /* before the first hole */
	unsigned nparts, nconsts;
	struct part *part;
	struct {
		int field;
		struct str val;
	} konst[CONSTS_MAX];
};

_Static_assert(SV_COUNT <= 32, "services of a row are 32 bits");

struct table {
	struct arena arena;
	struct row *row;
	size_t n, cap;
};

static struct table shipped, own;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- reading ---- */

/* The next word of a row; the cursor is left behind the spaces after it. */
static struct str
word(struct str *s)
{
	struct str w = *s;
	size_t n = 0;

	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	w.n = n;
	while (n < s->n && (s->p[n] == ' ' || s->p[n] == '\t'))
		n++;
	*s = str_from(*s, n);
	return w;
}

static int
find_name(const char *const *names, int n, struct str name)
{
	for (int i = 0; i < n; i++)
		if (names[i] && str_eq(str_c(names[i]), name))
			return i;
	return -1;
}

static int
find_field(struct str name)
{
	for (int f = 0; f < F_COUNT; f++)
		if (str_eq(str_c(field_info[f].name), name))
			return f < F_CLASS ? f : F_COUNT;
	return F_COUNT;
}

static int
read_services(struct str s, struct row *row, struct err *err)
{
	if (str_eq(s, STR("*"))) {
		row->services = UINT32_MAX;
		return 0;
	}
	while (s.p) {
		struct str name = str_split(&s, ',');
		enum service sv = axigen_service(name);

		if (sv == SV_COUNT)
			return err_set(err, "unknown service '" STR_FMT "'",
			    STR_ARG(name));
		row->services |= (uint32_t)1 << sv;
	}
	return 0;
}

static int
read_option(struct table *t, struct str opt, struct row *row, struct err *err)
{
	struct str val = opt, name = str_split(&val, '=');
	int field;

	if (!val.p) {
		if (str_eq(name, STR("start")))
			row->flags |= EVF_START;
		else if (str_eq(name, STR("end")))
			row->flags |= EVF_END;
		else if (str_eq(name, STR("secret")))
			row->flags |= EVF_SECRET;
		else
			return err_set(err, "unknown option '" STR_FMT "'",
			    STR_ARG(name));
		return 0;
	}
	if (str_eq(name, STR("id"))) {
		if (!str_eq(val, STR("queue")) && !str_eq(val, STR("session")))
			return err_set(err,
			    "id= is queue or session, not '" STR_FMT "'",
			    STR_ARG(val));
		row->queue = val.p[0] == 'q';
		return 0;
	}
	field = find_field(name);
	if (field == F_COUNT)
		return err_set(err, "unknown field '" STR_FMT "'",
		    STR_ARG(name));
	if (!val.n || val.n > CONST_MAX)
		return err_set(err, "a fixed value has 1 to %d bytes",
		    CONST_MAX);
	if (row->nconsts == CONSTS_MAX)
		return err_set(err, "more than %d fixed values", CONSTS_MAX);
	row->konst[row->nconsts].field = field;
	row->konst[row->nconsts++].val = arena_dup(&t->arena, val);
	return 0;
}

/* "to", "to:word", "text:has=spam", "-" : what stands between the braces */
static int
read_hole(struct table *t, struct str s, struct part *part, struct err *err)
{
	static const char *const types[] = { "any", "word", "num", "hex",
		"ip" };
	struct str type = s, name = str_split(&type, ':');
	int h;

	*part = (struct part){ .field = find_field(name) };
	if (str_eq(name, STR("-")))
		part->field = TO_NOWHERE;
	else if (str_eq(name, STR("qid")))
		part->field = TO_QID;
	else if (part->field == F_COUNT)
		return err_set(err, "unknown field '" STR_FMT "'",
		    STR_ARG(name));
	if (!type.p)
		return 0;
	if (str_starts(type, STR("has=")) && type.n > 4) {
		part->hole = HOLE_HAS;
		part->has = arena_dup(&t->arena, str_from(type, 4));
		return 0;
	}
	h = find_name(types, 5, type);
	if (h < 0)
		return err_set(err, "unknown kind of hole '" STR_FMT "'",
		    STR_ARG(type));
	part->hole = (enum hole)h;
	return 0;
}

/* Literal text up to a hole or the end, {{ made one. */
static struct str
literal(struct table *t, struct str *s)
{
	struct str out = arena_dup(&t->arena, *s);
	char *w = (char *)(uintptr_t)out.p; /* our copy */
	size_t i = 0, n = 0;

	while (i < s->n) {
		if (s->p[i] == '{') {
			if (i + 1 >= s->n || s->p[i + 1] != '{')
				break;
			i++;
		}
		w[n++] = s->p[i++];
	}
	*s = str_from(*s, i);
	return str_head(out, n);
}

static int
read_text(struct table *t, struct str s, struct row *row, struct err *err)
{
	struct part part[PARTS_MAX];

	row->lead = literal(t, &s);
	while (s.n) {
		ptrdiff_t i = str_chr(s, '}');

		if (i < 0)
			return err_set(err, "a hole is not closed");
		if (row->nparts == PARTS_MAX)
			return err_set(err, "more than %d holes", PARTS_MAX);
		if (read_hole(t, str_make(s.p + 1, (size_t)i - 1),
			&part[row->nparts], err) < 0)
			return -1;
		s = str_from(s, (size_t)i + 1);
		part[row->nparts].lit = literal(t, &s);
		if (s.n && !part[row->nparts].lit.n)
			return err_set(err, "two holes need text between "
					    "them");
		row->nparts++;
	}
	if (!row->lead.n && !row->nparts)
		return err_set(err, "the text is missing");
	row->part = arena_array(&t->arena, struct part, row->nparts + 1);
	if (row->nparts)
		memcpy(row->part, part, row->nparts * sizeof(*part));
	return 0;
}

static int
read_row(struct table *t, struct str s, struct err *err)
{
	struct row row = { .queue = -1 };
	struct str mark = word(&s), services = word(&s), kind = word(&s);
	struct str state = word(&s), opts = word(&s);
	int k = 0;

	if (mark.n != 1 || !is_alpha(mark.p[0]) || !strchr("VDSIO", mark.p[0]))
		return err_set(err, "a row begins with V, D, S, I or O");
	if (!opts.n || !s.n)
		return err_set(err, "a row has six columns");
	if (read_services(services, &row, err) < 0)
		return -1;
	if (!str_eq(kind, STR("ignored"))) {
		k = find_name(ev_kind_name, EV_KINDS, kind);
		if (k <= EV_NONE)
			return err_set(err, "unknown event '" STR_FMT "'",
			    STR_ARG(kind));
	}
	row.kind = (enum ev_kind)k;
	if (!str_eq(state, STR("-"))) {
		k = find_name(ev_state_name, ST_STATES, state);
		if (k <= ST_NONE)
			return err_set(err, "unknown state '" STR_FMT "'",
			    STR_ARG(state));
		row.state = (enum ev_state)k;
	}
	while (opts.p && !str_eq(opts, STR("-")))
		if (read_option(t, str_split(&opts, ','), &row, err) < 0)
			return -1;
	if (read_text(t, s, &row, err) < 0)
		return -1;
	if (t->n == ROWS_MAX)
		return err_set(err, "more than %d rows", ROWS_MAX);
	arena_grow(&t->arena, t->row, t->n, t->cap);
	t->row[t->n++] = row;
	return 0;
}

/* Fills an empty table; -1 with the line number in *err. */
static int
read_table(struct table *t, const char *name, struct str all, struct err *err)
{
	size_t number = 0;

	while (all.p && all.n) {
		struct str line = str_split(&all, '\n');

		number++;
		line = str_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		if (line.n > ROW_MAX)
			return err_set(err,
			    "%s:%zu: the row is longer than "
			    "%d bytes",
			    name, number, ROW_MAX);
		if (read_row(t, line, err) < 0)
			return err_prefix(err, "%s:%zu", name, number);
	}
	return 0;
}

static void
clear_table(struct table *t)
{
	arena_release(&t->arena);
	*t = (struct table){ 0 };
}

static void
read_shipped(void)
{
	struct err err;

	if (read_table(&shipped, "axigen.patterns", str_c(axigen_patterns),
		&err) < 0)
		clear_table(&shipped); /* a test reads it, too */
}

void
axigen_patterns_unload(void)
{
	clear_table(&own);
}

int
axigen_patterns_load(const char *path, struct err *err)
{
	struct buf all = BUF_INIT(FILE_MAX);
	struct table t = { 0 };
	char part[16384];
	size_t n;
	FILE *f = fopen(path, "re");
	int rc = -1;

	if (!f)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && !all.toobig)
		buf_addn(&all, part, n);
	if (ferror(f))
		err_set(err, "cannot read '%s': %s", path, strerror(errno));
	else if (all.toobig)
		err_set(err, "'%s' is larger than %d bytes", path, FILE_MAX);
	else
		rc = read_table(&t, path, buf_str(&all), err);
	fclose(f);
	buf_release(&all);
	if (rc < 0) {
		clear_table(&t);
		return -1;
	}
	clear_table(&own);
	own = t;
	return 0;
}

/* ---- matching ---- */

static bool
is_address(struct str s)
{
	if (!s.n || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]) && s.p[i] != '.' && s.p[i] != ':' &&
		    s.p[i] != '%' &&
		    (to_lower(s.p[i]) < 'a' || to_lower(s.p[i]) > 'f'))
			return false;
	return true;
}

static bool
fits(const struct part *part, struct str s)
{
	switch (part->hole) {
	case HOLE_WORD:
		return s.n && str_chr(s, ' ') < 0;
	case HOLE_NUM:
	case HOLE_HEX:
		for (size_t i = 0; i < s.n; i++)
			if (!is_digit(s.p[i]) &&
			    (part->hole == HOLE_NUM || to_lower(s.p[i]) < 'a' ||
				to_lower(s.p[i]) > 'f'))
				return false;
		return s.n != 0;
	case HOLE_IP:
		return is_address(s);
	case HOLE_HAS:
		return str_findi(s, part->has) >= 0;
	default:
		return true;
	}
}

/*
 * Where a hole ends: before the first place of the literal behind it, or for
 * the last literal of a row, before its place at the end of the text.
 */
static ptrdiff_t
hole_end(const struct part *part, bool last, struct str s)
{
	if (!last)
		return str_find(s, part->lit);
	return str_ends(s, part->lit) ? (ptrdiff_t)(s.n - part->lit.n) : -1;
}

static bool
match(const struct row *row, struct str text, struct str *val)
{
	struct str s;

	if (!str_starts(text, row->lead))
		return false;
	s = str_from(text, row->lead.n);
	for (unsigned i = 0; i < row->nparts; i++) {
		const struct part *part = &row->part[i];
		ptrdiff_t end = hole_end(part, i + 1 == row->nparts, s);

		if (end < 0)
			return false;
		val[i] = str_head(s, (size_t)end);
		if (!fits(part, val[i]))
			return false;
		s = str_from(s, (size_t)end + part->lit.n);
	}
	return !s.n;
}

static enum parse_result
fill(const struct row *row, const struct str *val, const struct prefix *px,
    struct event *ev)
{
	bool queue =
	    row->queue < 0 ? px->service == SV_PROCESSING : row->queue == 1;

	if (row->kind == EV_NONE)
		return PARSE_IGNORED;
	ev->kind = row->kind;
	ev->state = row->state;
	ev->flags |= row->flags;
	switch (row->kind) {
	case EV_DELIVERY:
	case EV_STORED:
	case EV_REJECT:
	case EV_NOTICE:
	case EV_END:
		ev->flags |= EVF_DECIDES;
		break;
	case EV_AUTH:
		ev_set(ev, F_SERVICE, axigen_login_service(px->service));
		break;
	default:
		break;
	}
	for (unsigned i = 0; i < row->nconsts; i++)
		ev_set(ev, (enum field)row->konst[i].field, row->konst[i].val);
	for (unsigned i = 0; i < row->nparts; i++) {
		if (row->part[i].field == TO_QID)
			ev->qid = axigen_id(str_trim(val[i]));
		else if (row->part[i].field >= 0)
			ev_set(ev, (enum field)row->part[i].field,
			    str_trim(val[i]));
	}
	axigen_set_id(px, queue, ev);
	if (!queue)
		ev->flags |= EVF_SESSION;
	axigen_set_codes(ev);
	return PARSE_EVENT;
}

static enum parse_result
ask(const struct table *t, const struct prefix *px, struct event *ev)
{
	struct str val[PARTS_MAX];

	for (size_t i = 0; i < t->n; i++)
		if (t->row[i].services >> px->service & 1 &&
		    match(&t->row[i], px->text, val))
			return fill(&t->row[i], val, px, ev);
	return PARSE_FOREIGN;
}

enum parse_result
axigen_table_own(const struct prefix *px, struct event *ev)
{
	return own.n ? ask(&own, px, ev) : PARSE_FOREIGN;
}

enum parse_result
axigen_table(const struct prefix *px, struct event *ev)
{
	pthread_once(&once, read_shipped);
	return ask(&shipped, px, ev);
}
