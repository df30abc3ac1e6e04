/*
 * test_store_line.c: every line comes back as it was: kept, printed from its
 * event, or read again from its log, also when that was rotated and packed.
 */
#include "store_help.h"

#include <zlib.h>

#include "index/ingest.h"
#include "index/store.h"

static const char log_text[] =
    "Mar  1 09:00:00 mx1 postfix/smtpd[100]: 4hAAAAAAAAz1: "
    "client=a.example[192.0.2.1]\n"
    "Mar  1 09:00:00 mx1 postfix/cleanup[101]: 4hAAAAAAAAz1: "
    "message-id=<1@a.example>\n"
    "Mar  1 09:00:01 mx1 postfix/qmgr[50]: 4hAAAAAAAAz1: "
    "from=<x@a.example>, size=1234, nrcpt=1 (queue active)\n"
    "Mar 01 09:00:02 mx1 postfix/smtp[103]: 4hAAAAAAAAz1: "
    "to=<y@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1.5, "
    "delays=0.1/0/0.4/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "
    "9F3B2C1D)\n"
    "Mar  1 09:00:02 mx1 postfix/qmgr[50]: 4hAAAAAAAAz1: removed\n"
    "2026-03-01T10:00:05.000123+01:00 mx1 postfix/smtpd[100]: NOQUEUE: "
    "reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 <no@b.example>: "
    "Recipient address rejected: User unknown; from=<s@c.example> "
    "to=<no@b.example> proto=ESMTP helo=<c>\n"
    "2026-07-01T10:00:05.5+02:00 mx1 postfix/smtp[104]: 4hBBBBBBBBz1: "
    "to=<z@d.example>, relay=none, delay=0.01, delays=0.01/0/0/0, dsn=4.4.1, "
    "status=deferred (connect to d.example[203.0.113.7]:25: Connection "
    "timed out)\n"
    "Jul  1 10:00:06 mx1 postfix/cleanup[101]: 4hCCCCCCCCz1: warning: header "
    "X-Odd: \x1b[31m red \xff\n"
    "Jul  1 10:00:07 mx1 postfix/pickup[60]: 4hDDDDDDDDz1: uid=33 "
    "from=<www-data>\n";

struct got {
	size_t lines, same, printed, gone;
};

static void
ingest(const char *store, const char *path)
{
	const char *const paths[] = { path };
	struct ingest_opts o = { .store = store,
		.timezone = "Europe/Vienna",
		.year = 2026 };
	struct ingest_result r;
	struct err err = { "" };

	if (ingest_run(&o, paths, 1, &r, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(r.failed, 0);
}

/* Line `number` of a text, without its LF. */
static struct str
nth_line(struct str text, uint64_t number)
{
	struct str line = STR_NONE;

	while (text.p && number-- > 0)
		line = str_split(&text, '\n');
	return line;
}

static void
compare(const char *path, struct str text, struct got *g)
{
	struct arena a = { 0 };
	struct store_cur *cur;
	struct record rec;
	struct store *st;
	struct err err;
	int rc;

	st = store_open(path, &err);
	assert_non_null(st);
	cur = store_find(st, NULL, 0, 0, 0, STORE_ANY_TIME_TO, &err);
	assert_non_null(cur);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
		for (size_t i = 0; i < rec.n; i++) {
			const char *why = NULL;
			struct str line = store_line(st, &a, &rec, i, &why);
			struct str want = nth_line(text, rec.ev[i].at.number);

			g->lines++;
			g->printed +=
			    !rec.ev[i].raw.n && rec.ev[i].flags & EVF_CANON;
			if (!line.p) {
				assert_non_null(why);
				g->gone++;
			} else if (str_eq(line, want)) {
				g->same++;
			} else {
				fail_msg("'" STR_FMT "' is not '" STR_FMT "'",
				    STR_ARG(line), STR_ARG(want));
			}
		}
		arena_clear(&a);
	}
	assert_int_equal(rc, 0);
	store_cur_close(cur);
	store_close(st);
	arena_release(&a);
}

static void
write_file(const char *path, const char *text, size_t n, bool packed)
{
	if (packed) {
		gzFile z = gzopen(path, "w");
		assert_non_null(z);
		assert_int_equal(gzwrite(z, text, (unsigned)n), n);
		gzclose(z);
	} else {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, n, f), n);
		fclose(f);
	}
}

static void
lines(void **state)
{
	struct str text = str_make(log_text, sizeof(log_text) - 1);
	char *folder = temp_folder(), *log = NULL, *store = NULL;
	char *packed = NULL;
	struct got g = { 0 };

	(void)state;
	assert_true(asprintf(&log, "%s/mail.log", folder) > 0);
	assert_true(asprintf(&packed, "%s/mail.log.1.gz", folder) > 0);
	assert_true(asprintf(&store, "%s/store", folder) > 0);
	write_file(log, log_text, sizeof(log_text) - 1, false);
	ingest(store, log);
	compare(store, text, &g);
	assert_true(g.lines >= 8);
	assert_int_equal(g.same, g.lines);
	assert_true(g.printed >= 5);
	/* another log has its name now; its own stands packed beside it */
	write_file(packed, log_text, sizeof(log_text) - 1, true);
	write_file(log, "Mar  1 nothing like it\n", 23, false);
	g = (struct got){ 0 };
	compare(store, text, &g);
	assert_int_equal(g.same, g.lines);
	/* and not at all: what was kept or can be printed is still there */
	unlink(packed);
	g = (struct got){ 0 };
	compare(store, text, &g);
	assert_int_equal(g.same + g.gone, g.lines);
	assert_true(g.gone > 0 && g.gone < g.lines);
	remove_tree(folder);
	free(folder);
	free(log);
	free(packed);
	free(store);
}

/* A link in the place of a log is not followed. */
static void
links(void **state)
{
	char *folder = temp_folder(), *log = NULL, *store = NULL;
	char *away = NULL;
	struct str text = str_make(log_text, sizeof(log_text) - 1);
	struct got g = { 0 };

	(void)state;
	assert_true(asprintf(&log, "%s/mail.log", folder) > 0);
	assert_true(asprintf(&store, "%s/store", folder) > 0);
	assert_true(asprintf(&away, "%s/sub", folder) > 0);
	assert_int_equal(mkdir(away, 0700), 0);
	free(away);
	assert_true(asprintf(&away, "%s/sub/elsewhere", folder) > 0);
	write_file(log, log_text, sizeof(log_text) - 1, false);
	ingest(store, log);
	assert_int_equal(rename(log, away), 0);
	assert_int_equal(symlink(away, log), 0);
	compare(store, text, &g);
	assert_true(g.gone > 0);
	remove_tree(folder);
	free(folder);
	free(log);
	free(away);
	free(store);
}

/* ---- the lab's logs, when they are at hand ---- */

enum { FILES = 32 };

struct file {
	struct str name, *line;
	size_t n, cap;
	char *text;
};

static struct file *
file_of(struct file *f, struct str name)
{
	struct str rest;
	size_t i = 0, n;
	FILE *in;

	while (i < FILES && f[i].name.n && !str_eq(f[i].name, name))
		i++;
	if (i == FILES || f[i].name.n)
		return i == FILES ? NULL : &f[i];
	f[i].name = name;
	in = fopen(name.p, "r");
	if (!in)
		return NULL;
	f[i].text = malloc(64 << 20);
	n = fread(f[i].text, 1, 64 << 20, in);
	fclose(in);
	rest = str_make(f[i].text, n);
	while (rest.p) {
		if (f[i].n == f[i].cap) {
			f[i].cap = f[i].cap ? 2 * f[i].cap : 1024;
			f[i].line =
			    realloc(f[i].line, f[i].cap * sizeof(*f[i].line));
		}
		f[i].line[f[i].n++] = str_split(&rest, '\n');
	}
	return &f[i];
}

static void
lab(void **state)
{
	static const char from[] = "../shared/corpora/lab/logs";
	const char *const paths[] = { from };
	char *folder = temp_folder(), *path = NULL;
	struct ingest_opts o = { .timezone = "Europe/Vienna", .year = 2026 };
	struct file *file = calloc(FILES, sizeof(*file));
	struct ingest_result r;
	struct arena a = { 0 };
	struct store_cur *cur;
	struct store *st;
	struct record rec;
	struct err err = { "" };
	size_t same = 0, other = 0, gone = 0;
	int rc;

	(void)state;
	if (access(from, R_OK) != 0) {
		print_message("SKIPPED: the lab's logs are not here\n");
		remove_tree(folder);
		free(folder);
		free(file);
		skip();
	}
	assert_true(asprintf(&path, "%s/store", folder) > 0);
	o.store = path;
	if (ingest_run(&o, paths, 1, &r, &err) < 0)
		fail_msg("%s", err.msg);
	st = store_open(path, &err);
	assert_non_null(st);
	cur = store_find(st, NULL, 0, 0, 0, STORE_ANY_TIME_TO, &err);
	while ((rc = store_next(cur, &a, &rec, &err)) == 1) {
		for (size_t i = 0; i < rec.n; i++) {
			struct str name =
			    store_source_name(st, rec.ev[i].at.src);
			const char *why = NULL;
			struct file *f;
			struct str line;

			if (!str_ends(name, STR("log")))
				continue; /* packed */
			f = file_of(file, name);
			assert_non_null(f);
			line = store_line(st, &a, &rec, i, &why);
			if (!line.p)
				gone++;
			else if (rec.ev[i].at.number <= f->n &&
				 str_eq(line, f->line[rec.ev[i].at.number - 1]))
				same++;
			else if (++other < 5)
				print_message("'" STR_FMT
					      "' is not line %u of " STR_FMT
					      "\n",
				    STR_ARG(line), rec.ev[i].at.number,
				    STR_ARG(name));
		}
		arena_clear(&a);
	}
	assert_int_equal(rc, 0);
	print_message("%zu lines the same, %zu not, %zu gone\n", same, other,
	    gone);
	assert_true(same > 1000);
	assert_int_equal(other, 0);
	assert_int_equal(gone, 0);
	store_cur_close(cur);
	store_close(st);
	arena_release(&a);
	for (size_t i = 0; i < FILES; i++) {
		free(file[i].text);
		free(file[i].line);
	}
	free(file);
	free(path);
	remove_tree(folder);
	free(folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(links),
		cmocka_unit_test(lab),
	};

	return cmocka_run_group_tests_name("store_line", tests, NULL, NULL);
}
