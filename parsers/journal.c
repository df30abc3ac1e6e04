/*
 * journal.c: structured logs: the journal's export format, and JSON of the
 * journal, of containers and of shippers.  The only place that reads JSON.
 *
 * The names of fields differ by who ships the log; table `keys` says what each
 * of them means.  A text with a program's name beside it (SYSLOG_IDENTIFIER)
 * is the message itself; without, it is a line with a header of its own.
 */
#include <cjson/cJSON.h>

#include "parsers/journal.h"
#include "parsers/syslog_part.h"
#include "base/banned.h"

enum {
	VALUE_MAX = 64 * 1024, /* of a field that is kept */
	FIELDS_MAX = 4096,     /* of one entry */
};

#define SECOND INT64_C(1000000)

/* ---- an entry as a line ---- */

static bool
digits_only(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

static struct str
component(struct str tag)
{
	ptrdiff_t i = str_rchr(tag, '/');

	return i < 0 ? tag : str_from(tag, (size_t)i + 1);
}

/* "1795183200123456": a moment of this journal; false: nonsense. */
static bool
micros(struct str s, int64_t *us)
{
	uint64_t v;

	if (!str_u64(s, &v) || v > UINT64_C(7258118400) * 1000000)
		return false;
	*us = (int64_t)v;
	return true;
}

static void
set_time(struct syslog *sl, struct line *ln, int64_t us)
{
	ln->flags &= ~(unsigned)(LINE_NO_TIME | LINE_YEAR | LINE_ZONE);
	ln->t_us = sl->last_us = us;
	ln->tz_min = 0;
	sl->stamps++;
}

/*
 * Host, tag, pid and text are set, the time is: raw becomes the line that
 * syslog would have written, and the views move into it.
 */
static void
as_syslog(struct syslog *sl, struct line *ln)
{
	struct buf *b = &sl->raw;
	size_t host, tag, pid, text;

	buf_clear(b);
	ln->frame = FRAME_JOURNAL;
	if (!syslog_print_header(FRAME_JOURNAL, 0, ln->t_us, 0, NULL, ln->host,
		ln->tag, ln->pid, b))
		return;
	text = b->n;
	buf_add(b, ln->text);
	if (b->toobig)
		return;
	host = SYSLOG_ISO_LEN + 1;
	tag = host + ln->host.n + 1;
	pid = tag + ln->tag.n + 1;
	ln->host = str_make(b->p + host, ln->host.n);
	ln->tag = str_make(b->p + tag, ln->tag.n);
	ln->prog = component(ln->tag);
	if (ln->pid.n)
		ln->pid = str_make(b->p + pid, ln->pid.n);
	ln->text = str_make(b->p + text, ln->text.n);
	ln->raw = buf_str(b);
	ln->flags |= LINE_CANON_HDR;
	syslog_text(sl, ln);
	if (!(ln->text.p == b->p + text) || ln->flags & LINE_REPEATED)
		ln->flags &= ~(unsigned)LINE_CANON_HDR;
}

/* ---- JSON ---- */

enum role {
	R_TEXT, /* the message */
	R_LOG,	/* a line of a container: may have a header of its own */
	R_TAG,
	R_PID,
	R_HOST,
	R_US,	/* microseconds since 1970, as a string */
	R_TIME, /* a stamp, or seconds since 1970 */
	R_COUNT
};

/* The first that is there counts, in this order. */
static const struct {
	const char *key;
	enum role role;
	bool journal; /* a field of the journal */
} keys[] = {
	{ "MESSAGE", R_TEXT, false },
	{ "message", R_LOG, false },
	{ "log", R_LOG, false },
	{ "msg", R_LOG, false },
	{ "full_message", R_LOG, false },
	{ "short_message", R_LOG, false },
	{ "line", R_LOG, false },
	{ "SYSLOG_IDENTIFIER", R_TAG, true },
	{ "_COMM", R_TAG, true },
	{ "PROGRAM", R_TAG, false },
	{ "syslogtag", R_TAG, false },
	{ "programname", R_TAG, false },
	{ "program", R_TAG, false },
	{ "appname", R_TAG, false },
	{ "app_name", R_TAG, false },
	{ "application_name", R_TAG, false },
	{ "ident", R_TAG, false },
	{ "SYSLOG_PID", R_PID, true },
	{ "_PID", R_PID, true },
	{ "PID", R_PID, false },
	{ "procid", R_PID, false },
	{ "process_id", R_PID, false },
	{ "pid", R_PID, false },
	{ "_HOSTNAME", R_HOST, true },
	{ "HOST", R_HOST, false },
	{ "hostname", R_HOST, false },
	{ "host", R_HOST, false },
	{ "source", R_HOST, false },
	{ "_SOURCE_REALTIME_TIMESTAMP", R_US, true },
	{ "__REALTIME_TIMESTAMP", R_US, true },
	{ "ISODATE", R_TIME, false },
	{ "DATE", R_TIME, false },
	{ "timereported", R_TIME, false },
	{ "@timestamp", R_TIME, false },
	{ "timestamp", R_TIME, false },
	{ "time", R_TIME, false },
	{ "date", R_TIME, false },
};

/* The value as bytes, appended to sl->text; a view by offset. */
struct span {
	size_t at, n;
	bool set;
};

static void
add_value(struct buf *b, const cJSON *v, struct span *sp)
{
	*sp = (struct span){ b->n, 0, true };
	if (cJSON_IsObject(v)) /* Filebeat: host.name */
		v = cJSON_GetObjectItemCaseSensitive(v, "name");
	if (cJSON_IsArray(v) && cJSON_IsString(v->child))
		v = v->child; /* a field that came several times */
	if (cJSON_IsString(v)) {
		buf_puts(b, v->valuestring);
	} else if (cJSON_IsNumber(v)) {
		buf_printf(b, "%.17g", v->valuedouble);
	} else if (cJSON_IsArray(v)) { /* bytes that are no UTF-8 */
		const cJSON *e;

		cJSON_ArrayForEach(e,
		    v) if (cJSON_IsNumber(e) && e->valueint > 0 &&
			   e->valueint < 256) buf_putc(b, (char)e->valueint);
	} else {
		sp->set = false;
	}
	sp->n = b->n - sp->at;
	if (b->toobig)
		sp->set = false;
}

static struct str
view(const struct syslog *sl, const struct span *sp)
{
	return sp->set ? str_make(sl->text.p + sp->at, sp->n) : STR("");
}

/* "postfix/smtpd[123]:" as some write it */
static void
split_tag(struct line *ln)
{
	struct str t = ln->tag;
	ptrdiff_t i;

	while (t.n && (t.p[t.n - 1] == ':' || t.p[t.n - 1] == ' '))
		t.n--;
	if (t.n > 2 && t.p[t.n - 1] == ']' && (i = str_rchr(t, '[')) > 0) {
		struct str pid = str_make(t.p + i + 1, t.n - (size_t)i - 2);

		if (digits_only(pid)) {
			if (!ln->pid.n)
				ln->pid = pid;
			t.n = (size_t)i;
		}
	}
	ln->tag = t;
	ln->prog = component(t);
}

static bool
json_time(struct syslog *sl, struct line *ln, const struct span *val,
    bool is_us)
{
	struct str s = view(sl, val);
	struct stamp st;
	int64_t us;

	if (!s.n)
		return false;
	if (is_us) {
		if (!micros(s, &us))
			return false;
		set_time(sl, ln, us);
		return true;
	}
	if (stamp_parse(s, &st) && st.n == s.n) {
		syslog_time(sl, ln, &st);
		return true;
	}
	if (s.n < 20 && str_seconds_us(s, &us) && us > 0 &&
	    us < INT64_C(7258118400) * SECOND) {
		set_time(sl, ln, us);
		return true;
	}
	return false;
}

static void
read_keys(struct syslog *sl, const cJSON *root, struct span got[R_COUNT],
    bool *journal)
{
	*journal = false;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const cJSON *v;

		if (got[keys[i].role].set)
			continue;
		v = cJSON_GetObjectItemCaseSensitive(root, keys[i].key);
		if (!v)
			continue;
		add_value(&sl->text, v, &got[keys[i].role]);
		if (keys[i].journal && keys[i].role == R_US)
			*journal = true;
	}
}

bool
journal_json(struct syslog *sl, struct line *ln, struct rest r)
{
	struct span got[R_COUNT] = { 0 };
	struct str text;
	bool journal;
	cJSON *root = cJSON_ParseWithLength(r.s.p, r.s.n);

	if (!root)
		return false;
	if (!cJSON_IsObject(root) || r.depth > 2) {
		cJSON_Delete(root);
		return false;
	}
	buf_clear(&sl->text);
	read_keys(sl, root, got, &journal);
	cJSON_Delete(root);
	if (!got[R_TEXT].set && !got[R_LOG].set)
		return false;
	ln->frame = FRAME_JSON;
	if (!json_time(sl, ln, &got[R_US], true))
		json_time(sl, ln, &got[R_TIME], false);
	text = view(sl, got[R_TEXT].set ? &got[R_TEXT] : &got[R_LOG]);
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	else if (!got[R_TEXT].set && !got[R_TAG].set && text.n >= 16 * 1024)
		ln->flags |= LINE_PARTIAL; /* docker cuts there */
	if (text.n && memchr(text.p, 033, text.n))
		text = syslog_plain(sl, text);
	ln->host = view(sl, &got[R_HOST]);
	ln->tag = view(sl, &got[R_TAG]);
	ln->pid = digits_only(view(sl, &got[R_PID])) ? view(sl, &got[R_PID]) :
						       STR("");
	ln->text = text;
	if (ln->tag.n) {
		split_tag(ln);
		while (!journal && ln->text.n && *ln->text.p == ' ')
			ln->text = str_from(ln->text, 1);
		if (journal && !(ln->flags & LINE_NO_TIME))
			as_syslog(sl, ln);
		else
			syslog_text(sl, ln);
		return true;
	}
	r.s = sl->payload = text;
	r.timed = !(ln->flags & LINE_NO_TIME);
	r.lax = true;
	syslog_any(sl, ln, r);
	return true;
}

/* ---- export format ---- */

static const struct {
	struct str name;
	enum journal_field field;
} fields[] = {
	{ STR_INIT("MESSAGE"), JF_MESSAGE },
	{ STR_INIT("SYSLOG_IDENTIFIER"), JF_IDENT },
	{ STR_INIT("SYSLOG_PID"), JF_SYSLOG_PID },
	{ STR_INIT("_PID"), JF_PID },
	{ STR_INIT("_HOSTNAME"), JF_HOST },
	{ STR_INIT("_SOURCE_REALTIME_TIMESTAMP"), JF_SOURCE_TIME },
	{ STR_INIT("__REALTIME_TIMESTAMP"), JF_TIME },
	{ STR_INIT("_COMM"), JF_COMM },
};

void
journal_init(struct journal *j)
{
	*j = (struct journal){ 0 };
	for (int i = 0; i < JF_COUNT; i++)
		buf_init(&j->val[i], VALUE_MAX);
}

void
journal_release(struct journal *j)
{
	for (int i = 0; i < JF_COUNT; i++)
		buf_release(&j->val[i]);
	*j = (struct journal){ 0 };
}

bool
journal_is_export(struct str head)
{
	return str_starts(head, STR("__CURSOR=")) ||
	       str_starts(head, STR("__REALTIME_TIMESTAMP=")) ||
	       str_starts(head, STR("__SEQNUM=")) ||
	       str_starts(head, STR("_SOURCE_REALTIME_TIMESTAMP="));
}

bool
journal_idle(const struct journal *j)
{
	return !j->fields && !j->binary;
}

void
journal_begin(struct journal *j)
{
	for (int i = 0; i < JF_COUNT; i++)
		buf_clear(&j->val[i]);
	j->seen = 0;
	j->fields = 0;
	j->flags = 0;
}

static int
field_of(struct str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq(fields[i].name, name))
			return fields[i].field;
	return -1;
}

const char *
journal_field_name(enum journal_field field)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].field == field)
			return fields[i].name.p;
	return "";
}

void
journal_value(struct journal *j, int field, struct str s)
{
	struct buf *b;

	if (field < 0)
		return;
	b = &j->val[field];
	if (s.n > VALUE_MAX - b->n) {
		s.n = VALUE_MAX - b->n;
		j->flags |= LINE_CUT;
	}
	buf_add(b, s);
	j->seen |= 1u << field;
}

bool
journal_field(struct journal *j, struct str s)
{
	ptrdiff_t i = str_chr(s, '=');

	if (i < 0)
		return false;
	journal_value(j, field_of(str_head(s, (size_t)i)),
	    str_from(s, (size_t)i + 1));
	return true;
}

/* The bytes of a binary field; false: more must come. */
static bool
binary(struct journal *j, struct lines *l)
{
	while (j->nsize < 8) {
		struct str s = lines_bytes(l, 8 - j->nsize);

		if (!s.n)
			return false;
		memcpy(j->size + j->nsize, s.p, s.n);
		j->nsize += s.n;
		if (j->nsize == 8) {
			j->left = 0;
			for (int i = 8; i-- > 0;)
				j->left =
				    j->left << 8 | (unsigned char)j->size[i];
			if (j->left < UINT64_MAX)
				j->left++; /* its LF */
		}
	}
	while (j->left) {
		size_t want = j->left > INT32_MAX ? INT32_MAX : (size_t)j->left;
		struct str s = lines_bytes(l, want);

		if (!s.n)
			return false;
		j->left -= s.n;
		journal_value(j, j->field, j->left ? s : str_head(s, s.n - 1));
	}
	j->binary = false;
	return true;
}

/* LF and NUL inside a message would break the line apart. */
static void
flatten(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == '\n' || b->p[i] == '\r' || b->p[i] == 0)
			b->p[i] = ' ';
}

bool
journal_entry(struct journal *j, struct syslog *sl, struct line *ln)
{
	struct buf *v = j->val;
	int64_t us;

	if (!(j->seen & 1u << JF_MESSAGE))
		return false;
	for (int i = 0; i < JF_COUNT; i++)
		flatten(&v[i]);
	*ln = (struct line){ .offset = j->offset,
		.number = j->number,
		.flags = j->flags | LINE_NO_TIME,
		.t_us = sl->last_us,
		.frame = FRAME_JOURNAL };
	ln->host = buf_str(&v[JF_HOST]);
	ln->tag = buf_str(&v[v[JF_IDENT].n ? JF_IDENT : JF_COMM]);
	ln->prog = component(ln->tag);
	ln->pid = buf_str(&v[v[JF_SYSLOG_PID].n ? JF_SYSLOG_PID : JF_PID]);
	if (!digits_only(ln->pid))
		ln->pid = STR("");
	ln->text = buf_str(&v[JF_MESSAGE]);
	if (memchr(ln->text.p, 033, ln->text.n))
		ln->text = syslog_plain(sl, ln->text);
	ln->raw = ln->text;
	if (micros(buf_str(&v[JF_SOURCE_TIME]), &us) ||
	    micros(buf_str(&v[JF_TIME]), &us))
		set_time(sl, ln, us);
	as_syslog(sl, ln);
	return true;
}

int
journal_next(struct journal *j, struct lines *l, struct syslog *sl,
    struct line *ln)
{
	struct line phys;

	for (;;) {
		if (j->binary && !binary(j, l))
			break;
		if (!lines_next(l, &phys))
			break;
		if (!phys.raw.n) { /* the end of an entry */
			bool ok = journal_entry(j, sl, ln);

			j->fields = 0;
			if (ok) {
				/* the views live until the next call */
				j->seen = 0;
				return 1;
			}
			journal_begin(j);
			continue;
		}
		if (!j->fields++) {
			journal_begin(j);
			j->fields = 1;
			j->offset = phys.offset;
			j->number = phys.number;
		}
		if (j->fields > FIELDS_MAX)
			continue;
		if (journal_field(j, phys.raw))
			continue;
		j->binary = true;
		j->field = field_of(phys.raw);
		j->nsize = 0;
	}
	if (l->closed && j->fields) {
		bool ok = journal_entry(j, sl, ln);

		j->fields = 0;
		j->seen = 0;
		j->binary = false;
		return ok;
	}
	return 0;
}
