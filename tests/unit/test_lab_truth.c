/*
 * test_lab_truth.c: the lab's logs held against what really happened.
 *
 * fixtures/lab/truth.jsonl.xz says of every message what became of each
 * recipient; it was found in mailboxes, bounces and queues, never in logs.  As
 * an operator would, each message is asked for by sender, recipient and time.
 * A recipient that no line names together with its sender (refused without a
 * word, never sent to us) cannot be found by anybody and is left out.
 *
 * LAB names another lab of the same form instead, STORE a store that holds its
 * logs, and FLOOR what is to be reached there: four figures in percent; with
 * SAMPLE=N each Nth message is asked for.
 */
#include "base/stamp.h"
#include "lab_help.h"
#include "query/query.h"
#include "base/banned.h"

enum { HOSTS = 16, RCPTS_MAX = 64 };

static char dir[] = "/tmp/mailtrace-truth.XXXXXX";

struct score {
	unsigned n, found, outcome, stopped, paths, path;
	unsigned shown;
};

/* Whether one line of ours names both; `refused`: and speaks of a refusal. */
static bool
one_line(struct str a, struct str b, bool refused)
{
	struct str rest = buf_str(&lab_logs);
	ptrdiff_t at;

	while (b.n && (at = str_findi(rest, b)) >= 0) {
		struct str before = str_head(rest, (size_t)at);
		struct str after = str_from(rest, (size_t)at);
		ptrdiff_t from = str_rchr(before, '\n') + 1;
		ptrdiff_t to = str_chr(after, '\n');
		struct str line = str_make(rest.p + from,
		    (size_t)(at - from) + (to < 0 ? after.n : (size_t)to));

		if ((!a.n || str_findi(line, a) >= 0) &&
		    (!refused || str_find(line, STR("reject")) >= 0 ||
			str_find(line, STR("refus")) >= 0 ||
			str_find(line, STR("denied")) >= 0 ||
			str_find(line, STR("blocked")) >= 0))
			return true;
		rest = str_from(after, to < 0 ? after.n : (size_t)to);
	}
	return false;
}

static bool
in_logs(const cJSON *m, const cJSON *r)
{
	const char *want = lab_text(r, "outcome");
	struct str id = lab_bare(str_c(lab_text(m, "message_id")));
	struct str from = str_c(lab_text(m, "mail_from"));

	bool refused =
	    strcmp(want, "rejected") == 0 || strcmp(want, "blocked") == 0;

	if (id.n && !refused && str_find(buf_str(&lab_logs), id) >= 0)
		return true;
	return one_line(from, str_c(lab_text(r, "envelope")), refused) ||
	       one_line(from, str_c(lab_text(r, "final")), refused);
}

static bool
refusal(enum grp g)
{
	return g == GRP_BLOCKED || g == GRP_CONTENT || g == GRP_AUTH ||
	       g == GRP_POLICY || g == GRP_RATE || g == GRP_SENDER ||
	       g == GRP_PROTOCOL;
}

/* The truth's words in ours. */
static bool
agrees(const char *want, const struct ans_rcpt *r)
{
	enum out_state s = r->state;
	bool over = s == OUT_BOUNCED || s == OUT_REJECTED || s == OUT_EXPIRED ||
		    s == OUT_DEFERRED;

	if (strcmp(want, "delivered-local") == 0)
		return s == OUT_DELIVERED;
	if (strcmp(want, "left-our-smtp") == 0)
		return s == OUT_LEFT;
	if (strcmp(want, "bounced") == 0)
		return s == OUT_BOUNCED || s == OUT_REJECTED;
	if (strcmp(want, "quota") == 0)
		return over && r->c.grp == GRP_QUOTA;
	if (strcmp(want, "blocked") == 0)
		return over && refusal(r->c.grp);
	if (strcmp(want, "not-accepted") == 0)
		return s == OUT_ABORTED;
	if (strcmp(want, "discarded") == 0)
		return s == OUT_DISCARDED || s == OUT_QUARANTINED;
	if (strcmp(want, "lost-in-filter") == 0)
		return s == OUT_LOST;
	return strcmp(want, out_state_name[s]) == 0; /* deferred, held ... */
}

/* "out1.isp.test|out2.isp.test" has the host. */
static bool
one_of(struct str hosts, struct str host)
{
	while (hosts.p)
		if (site_same_host(str_split(&hosts, '|'), host))
			return true;
	return false;
}

static bool
ours(const struct site *site, const char *host)
{
	for (size_t i = 0; i < site->nhost; i++)
		if (str_eqi(site->host[i], str_c(host)))
			return true;
	return false;
}

/* Our hosts of the way, in order, each once in a row. */
static bool
same_path(const struct site *site, const cJSON *path, const struct ans_rcpt *r)
{
	struct str want[HOSTS], got[HOSTS];
	size_t nw = 0, ng = 0;
	const cJSON *h;

	cJSON_ArrayForEach(h,
	    path) if (ours(site, h->valuestring) && nw < HOSTS &&
		      !(nw &&
			  site_same_host(want[nw - 1], str_c(h->valuestring))))
	    want[nw++] = str_c(h->valuestring);
	for (size_t i = 0; i < r->npath && ng < HOSTS; i++)
		if (!ng || !site_same_host(got[ng - 1], r->path[i].host))
			got[ng++] = r->path[i].host;
	if (nw != ng)
		return false;
	for (size_t i = 0; i < nw; i++)
		if (!site_same_host(want[i], got[i]))
			return false;
	return true;
}

static void
ask(struct store *st, const struct config *c, struct classifier *cl,
    const cJSON *m, const char *to, struct answer *ans)
{
	const char *from = lab_text(m, "mail_from");
	struct query q;
	struct err err;
	int64_t t, end;

	query_init(&q);
	q.tz = "UTC";
	q.limit = 200;
	q.now_us = INT64_C(1790000000000000);
	if (stamp_user(str_c(lab_text(m, "sent")), q.now_us, "UTC", &t, &end,
		&err) < 0 ||
	    query_term_kv(&q, T_FROM, OP_EQ, str_c(*from ? from : "<>"), &err) <
		0 ||
	    query_term_kv(&q, T_TO, OP_EQ, str_c(to), &err) < 0)
		fail_msg("%s", err.msg);
	q.t0_us = t - 600 * INT64_C(1000000);
	q.t1_us = t + 6 * 3600 * INT64_C(1000000);
	if (query_run(&q, st, &c->site, cl, ans, &err) < 0)
		fail_msg("%s", err.msg);
	query_release(&q);
}

/* The recipient in the answer that fits best. */
static const struct ans_rcpt *
pick(const struct answer *ans, const cJSON *m, const cJSON *r)
{
	struct str id = lab_bare(str_c(lab_text(m, "message_id")));
	struct str final = str_c(lab_text(r, "final"));
	const struct ans_rcpt *best = NULL;
	bool known = false;

	for (size_t i = 0; i < ans->nmessage; i++)
		known |=
		    id.n && str_eqi(lab_bare(ans->message[i].message_id), id);
	for (size_t i = 0; i < ans->nmessage; i++) {
		struct str got = lab_bare(ans->message[i].message_id);

		if (known ? !str_eqi(got, id) : id.n && got.n)
			continue;
		for (size_t k = 0; k < ans->message[i].nrcpt; k++) {
			const struct ans_rcpt *x = &ans->message[i].rcpt[k];

			if (!str_eqi(x->to, final))
				continue;
			if (!best || agrees(lab_text(r, "outcome"), x))
				best = x;
		}
	}
	return best;
}

/* Where it was lost on the way, for who looks into another lab. */
static void
say_way(const struct score *before, const struct score *s, const cJSON *m,
    const cJSON *r, const struct ans_rcpt *got)
{
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(r, "path");
	const cJSON *h;

	if (s->stopped > before->stopped &&
	    s->path - before->path == s->paths - before->paths)
		return;
	print_message("%s %s %s: %s at " STR_FMT ", not at %s; way",
	    lab_text(m, "id"), lab_text(m, "scenario"), lab_text(r, "final"),
	    out_state_name[got->state], STR_ARG(got->stop_host),
	    lab_text(r, "stopped_at"));
	for (size_t i = 0; i < got->npath; i++)
		print_message(" " STR_FMT, STR_ARG(got->path[i].host));
	print_message(", not");
	cJSON_ArrayForEach(h, path) print_message(" %s", h->valuestring);
	print_message("\n");
}

static void
judge(const struct config *c, const cJSON *m, const cJSON *r,
    const struct ans_rcpt *got, struct score *s)
{
	const char *want = lab_text(r, "outcome");
	struct str stop = str_c(lab_text(r, "stopped_at"));
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(r, "path");
	bool good = got && agrees(want, got);
	bool stop_ours = false;
	struct str rest = stop;
	struct score before = *s;

	while (rest.p) {
		char name[256];
		struct str h = str_split(&rest, '|');

		snprintf(name, sizeof(name), STR_FMT, STR_ARG(h));
		stop_ours |= ours(&c->site, name);
	}
	s->n++;
	s->found += got != NULL;
	s->outcome += good;
	s->stopped +=
	    got && (one_of(stop, got->stop_host) || (!stop_ours && good));
	if ((strcmp(want, "delivered-local") == 0 ||
		strcmp(want, "left-our-smtp") == 0) &&
	    cJSON_GetArraySize(path) > 0) {
		s->paths++;
		s->path += got && same_path(&c->site, path, got);
	}
	if (!good && s->shown++ < 40)
		print_message("%s %s %s: %s, not %s\n", lab_text(m, "id"),
		    lab_text(m, "scenario"), lab_text(r, "final"),
		    got ? out_state_name[got->state] : "not found", want);
	if (getenv("LAB") && got)
		say_way(&before, s, m, r, got);
}

static void
message(struct store *st, const struct config *c, struct classifier *cl,
    const cJSON *m, struct score *s)
{
	const cJSON *rcpts = cJSON_GetObjectItemCaseSensitive(m, "recipients");
	const cJSON *r;

	cJSON_ArrayForEach(r, rcpts)
	{
		struct answer ans;
		const struct ans_rcpt *got;

		ask(st, c, cl, m, lab_text(r, "envelope"), &ans);
		got = pick(&ans, m, r);
		if (got || in_logs(m, r))
			judge(c, m, r, got, s);
		answer_release(&ans);
	}
}

static void
at_least(const char *what, unsigned n, unsigned of, double percent)
{
	double is = of ? 100.0 * n / of : 0;

	print_message("%-8s %u of %u, %.2f %%\n", what, n, of, is);
	if (is < percent)
		fail_msg("%s: %.2f %%, less than %.1f %%", what, is, percent);
}

static void
fill_store(const struct config *c, struct classifier *cl)
{
	static const char *const paths[] = { LAB_LOGS };
	struct ingest_opts o = { .store = dir, .classifier = cl };
	struct ingest_result res;
	struct err err;

	o.timezone = c->timezone;
	o.hosts = c->site.host;
	o.nhosts = c->site.nhost;
	if (ingest_run(&o, paths, 1, &res, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(res.failed, 0);
	/* nothing is dropped silently, and all of it is understood */
	assert_int_equal(res.lines,
	    res.events + res.ignored + res.unknown + res.foreign);
	assert_int_equal(res.unknown, 0);
}

/* "%s/%s", in one of a few buffers. */
static const char *
in_lab(const char *lab, const char *name)
{
	static char path[4][4096];
	static unsigned i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", lab, name);
	return path[i];
}

static void
test_truth(void **state)
{
	struct buf truth = BUF_INIT(LAB_TRUTH_MAX);
	const char *lab = getenv("LAB"), *floors = getenv("FLOOR");
	const char *store = lab ? getenv("STORE") : dir;
	const char *sample = getenv("SAMPLE");
	unsigned every = sample ? (unsigned)strtoul(sample, NULL, 10) : 1,
		 line_no = 0;
	double floor[4] = { 99.5, 99.0, 98.0, 98.0 };
	struct score s = { 0 };
	struct classifier *cl;
	struct store *st;
	struct config c;
	struct err err;
	struct str rest;

	(void)state;
	for (int i = 0; floors && i < 4; i++)
		floor[i] = strtod(floors, (char **)(uintptr_t)&floors);
	if (!lab)
		lab = "fixtures/lab";
	assert_non_null(store);
	if (config_load(&c, in_lab(lab, "mailtrace.conf"), &err) < 0)
		fail_msg("%s", err.msg);
	cl = classifier_new(NULL, 0, &err);
	if (!cl)
		fail_msg("%s", err.msg);
	if (store == dir)
		fill_store(&c, cl);
	nftw(in_lab(lab, "logs"), lab_add_log, 16, FTW_PHYS);
	lab_read(in_lab(lab, store == dir ? "truth.jsonl.xz" : "truth.jsonl"),
	    &truth);
	st = store_open(store, &err);
	if (!st)
		fail_msg("%s", err.msg);
	rest = buf_str(&truth);
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		cJSON *m = cJSON_ParseWithLength(line.p, line.n);

		if (!line.n || line_no++ % (every ? every : 1)) {
			cJSON_Delete(m);
			continue;
		}
		assert_non_null(m);
		message(st, &c, cl, m, &s);
		cJSON_Delete(m);
	}
	store_close(st);
	assert_true(s.n > 1800 / (every ? every : 1) * 9 / 10);
	at_least("found", s.found, s.n, floor[0]);
	at_least("outcome", s.outcome, s.n, floor[1]);
	at_least("stopped", s.stopped, s.n, floor[2]);
	at_least("path", s.path, s.paths, floor[3]);
	classifier_free(cl);
	config_release(&c);
	buf_release(&truth);
	buf_release(&lab_logs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truth),
	};
	int rc;

	if (!mkdtemp(dir))
		return 1;
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	nftw(dir, lab_drop, 16, FTW_PHYS | FTW_DEPTH);
	return rc;
}
