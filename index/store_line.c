/*
 * store_line.c: the text of a line that a record was made from.
 *
 * It was kept; or it is printed again from its event, byte for byte, when the
 * parser has said that it can be; or it is read again from its log.  The log
 * is known by its content: when the path holds another one now, its folder is
 * searched for the rotated or compressed copy.  Only regular files are opened,
 * and no symbolic links followed.
 */
#include <dirent.h>
#include <errno.h>

#include "index/kept.h"
#include "index/store_part.h"
#include "parsers/input.h"
#include "parsers/parser.h"
#include "parsers/reader.h"
#include "base/banned.h"

enum {
	LINE_MAX_ = 256 * 1024,
	FILES_MAX = 2000, /* of a folder that are looked at */
	PATH_MAX_ = 16 * 1024,
};

static struct str
print_again(struct arena *a, const struct record *rec,
    const struct rec_event *re)
{
	const struct parser *p = parser_by_name(str_c(mta_name[re->mta]));
	struct buf out = BUF_INIT(LINE_MAX_);
	struct event ev = { .kind = (enum ev_kind)re->kind,
		.state = (enum ev_state)re->state,
		.mta = (enum mta)re->mta,
		.flags = re->flags,
		.qid = rec->qid,
		.inst = rec->inst,
		.mask = re->mask };
	ptrdiff_t slash = str_rchr(re->tag, '/');
	struct str text = STR_NONE;
	int64_t shift = 0;
	size_t k = 0;

	if (!p || !p->print)
		return STR_NONE;
	for (uint64_t m = re->mask; m; m &= m - 1)
		ev.f[__builtin_ctzll(m)] = re->f[k++];
	if (re->frame == FRAME_BSD) /* has no zone: printed as if in UTC */
		shift = re->tz_min * INT64_C(60000000);
	if (syslog_print_header((enum frame)re->frame,
		re->flags & EVF_PAD0 ? LINE_PAD0 : 0, re->t_us + shift,
		re->tz_min, NULL, rec->host, re->tag, re->pid, &out) &&
	    p->print(&ev, str_from(re->tag, (size_t)(slash + 1)), &out) &&
	    !out.toobig)
		text = arena_dup(a, buf_str(&out));
	buf_release(&out);
	return text;
}

static struct str
fill_holes(struct arena *a, const struct record *rec,
    const struct rec_event *re)
{
	struct buf out = BUF_INIT(LINE_MAX_);
	struct str text = STR_NONE;

	if (kept_print(rec, re, &out))
		text = arena_dup(a, buf_str(&out));
	buf_release(&out);
	return text;
}

/* ---- from the log ---- */

static bool
is_source(const char *path, const struct print *want)
{
	static const struct input_opts regular = { .nofollow = true };
	char head[INPUT_HEAD];
	struct input_info info;
	size_t n;

	return input_head(path, &regular, head, sizeof(head), &n, &info,
		   NULL) == 0 &&
	       info.regular && print_matches(want, str_make(head, n));
}

/* The same content under another name in its folder. */
static bool
search_folder(struct str path, const struct print *want, struct buf *out)
{
	ptrdiff_t slash = str_rchr(path, '/');
	struct buf folder = BUF_INIT(PATH_MAX_);
	struct dirent *e;
	bool found = false;
	int left = FILES_MAX;
	DIR *d;

	if (slash < 0)
		buf_puts(&folder, ".");
	else
		buf_add(&folder, str_head(path, (size_t)slash + 1));
	d = opendir(buf_c(&folder));
	while (d && !found && left-- > 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' ||
		    (e->d_type != DT_REG && e->d_type != DT_UNKNOWN))
			continue;
		buf_clear(out);
		buf_printf(out, "%s/%s", buf_c(&folder), e->d_name);
		found = !out->toobig && is_source(buf_c(out), want);
	}
	if (d)
		closedir(d);
	buf_release(&folder);
	return found;
}

/* Where a source is now; NULL when it is nowhere.  Looked for once. */
static const char *
find_source(struct store *st, uint32_t src, const char **why)
{
	struct buf path = BUF_INIT(PATH_MAX_);
	struct store_log *log = store_log(st, src);
	struct print want;

	if (!log) {
		*why = "its source is not known any more";
		return NULL;
	}
	if (log->looked) {
		*why = log->why;
		return log->path;
	}
	log->looked = true;
	if (!print_unpack(log->print, &want) || !want.n ||
	    str_eq(log->name, STR("-")) ||
	    str_starts(log->name, STR("journal:"))) {
		log->why = "what it came from was no file";
	} else {
		buf_add(&path, log->name);
		if (is_source(buf_c(&path), &want) ||
		    search_folder(log->name, &want, &path))
			log->path = arena_cstr(&st->names, buf_str(&path));
		else
			log->why = "its log is gone";
	}
	buf_release(&path);
	*why = log->why;
	return log->path;
}

static struct str
read_again(struct store *st, struct arena *a, const struct rec_event *re,
    const char **why)
{
	static const struct reader_opts opts = { .input.nofollow = true };
	const char *path = find_source(st, re->at.src, why);
	struct buf raw = BUF_INIT(LINE_MAX_);
	struct str text = STR_NONE;
	struct err err;

	if (!path)
		return STR_NONE;
	if (reader_line_at(path, re->at.offset, &opts, &raw, &err) == 0)
		text = arena_dup(a, buf_str(&raw));
	else
		*why = "it is not in its log any more";
	buf_release(&raw);
	return text;
}

struct str
store_line(struct store *st, struct arena *a, const struct record *rec,
    size_t i, const char **why)
{
	const struct rec_event *ev;
	struct str text;

	*why = "there is no such line";
	if (i >= rec->n)
		return STR_NONE;
	ev = &rec->ev[i];
	if (ev->raw.n)
		return ev->raw;
	if (rev_has(ev, F_KEPT)) {
		text = fill_holes(a, rec, ev);
		if (text.p)
			return text;
	}
	if (ev->flags & EVF_SECRET) {
		*why = "it may hold a password";
		return STR_NONE;
	}
	if (ev->flags & EVF_CANON && ev->flags & EVF_HDR) {
		text = print_again(a, rec, ev);
		if (text.p)
			return text;
	}
	return read_again(st, a, ev, why);
}
