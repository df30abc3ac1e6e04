/*
 * store_help.h: records made up from a seed, for the tests of the store.
 *
 * make_record() gives the same record for the same number always: like a hop
 * of Postfix, with odd ones among them (empty and binary values, very long
 * ones, no events, many recipients, kept lines).
 */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/die.h"
#include "index/record.h"
#include "index/writer.h"

#define T0	 INT64_C(1767225600000000) /* 2026-01-01 */
#define HELP_DAY (86400 * INT64_C(1000000))

struct maker {
	struct arena a;
	uint64_t x;
};

static inline uint64_t
next_rnd(struct maker *m)
{
	m->x ^= m->x << 13;
	m->x ^= m->x >> 7;
	return m->x ^= m->x << 17;
}

static inline unsigned
upto(struct maker *m, unsigned n)
{
	return (unsigned)((next_rnd(m) >> 20) % n);
}

static inline struct str
binary(struct maker *m, size_t n)
{
	char *p = arena_alloc(&m->a, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)next_rnd(m);
	return str_make(p, n);
}

static inline void
make_event(struct maker *m, struct rec_event *ev, int kind, uint64_t no,
    int64_t t, struct str *f, size_t *nf, unsigned i)
{
	struct str v[F_COUNT];

	*ev = (struct rec_event){ .kind = (uint8_t)kind,
		.mta = MTA_POSTFIX,
		.frame = FRAME_ISO,
		.t_us = t,
		.tag = STR("postfix/smtp"),
		.flags = EVF_CANON,
		.pid = arena_printf(&m->a, "%u", 100 + upto(m, 50)),
		.at = { 1 + upto(m, 2), (uint32_t)(no * 9 + i),
		    no * 1200 + i * 130 },
		.raw = STR("") };
	memset(v, 0, sizeof(v));
	switch (kind) {
	case EV_ARRIVE:
		v[F_CLIENT_NAME] =
		    arena_printf(&m->a, "c%u.example", upto(m, 40));
		v[F_CLIENT_IP] =
		    arena_printf(&m->a, "192.0.2.%u", upto(m, 250));
		ev->flags |= EVF_START;
		break;
	case EV_MSGID:
		v[F_MSGID] = arena_printf(&m->a, "<%llx.%u@Example.test>",
		    (unsigned long long)no * 7919, (unsigned)(no % 97));
		break;
	case EV_HEADER:
		v[F_SUBJECT] = arena_printf(&m->a, "subject %u of %llu",
		    upto(m, 1000), (unsigned long long)no);
		break;
	case EV_ACTIVE:
		v[F_FROM] = no % 11 ?
				arena_printf(&m->a, "User%u@from%u.test",
				    (unsigned)(no % 301), (unsigned)(no % 7)) :
				STR("");
		v[F_SIZE] = arena_printf(&m->a, "%u", upto(m, 100000));
		v[F_NRCPT] = STR("1");
		break;
	case EV_DELIVERY:
		v[F_TO] = arena_printf(&m->a, "rcpt%u@to%u.test",
		    (unsigned)(no % 503), (unsigned)(no % 5));
		v[F_RELAY_NAME] = arena_printf(&m->a, "mx%u.test", upto(m, 9));
		v[F_RELAY_IP] =
		    upto(m, 2) ? STR("2001:db8::25") : STR("198.51.100.25");
		v[F_QID2] = arena_printf(&m->a, "R%llX",
		    (unsigned long long)no * 104729);
		v[F_REPLY] = arena_printf(&m->a,
		    "250 2.0.0 Ok: queued as "
		    "R%llX",
		    (unsigned long long)no * 104729);
		v[F_DSN] = STR("2.0.0");
		v[F_DELAY] =
		    arena_printf(&m->a, "%u.%02u", upto(m, 3), upto(m, 100));
		v[F_DELAYS] = upto(m, 9) ?
				  arena_printf(&m->a, "0.%02u/0.01/%u/1",
				      upto(m, 100), upto(m, 9)) :
				  STR("1/2/3");
		ev->state = ST_SENT;
		break;
	default: /* odd things */
		v[F_TEXT] = binary(m, upto(m, 60));
		v[F_SIZE] = upto(m, 2) ? STR("007") : STR("");
		v[F_REPLY] = binary(m, upto(m, 700));
		v[F_QID2] = upto(m, 2) ? STR("") : binary(m, 6);
		v[F_SUBJECT] = upto(m, 2) ? STR("") : binary(m, 20);
		v[F_RCPTS] = STR("<A@b.test>,<c@D.test> <e@f.test>");
		if (upto(m, 40) == 0)
			v[F_EXTRA] = binary(m, 30000);
		ev->raw = binary(m, upto(m, 200));
		ev->t_us -= (int64_t)upto(m, 5000000);
		ev->tz_min = (int16_t)(upto(m, 1500) - 700);
		break;
	}
	ev->f = f + *nf;
	for (int k = 0; k < F_COUNT; k++)
		if (v[k].p) {
			ev->mask |= (uint64_t)1 << k;
			f[(*nf)++] = v[k];
		}
}

/* Record `no`; times run with `step_us` from T0. */
static inline void
make_record(struct maker *m, uint64_t no, int64_t step_us, struct record *rec)
{
	static const int plan[] = { EV_ARRIVE, EV_MSGID, EV_HEADER, EV_ACTIVE,
		EV_DELIVERY, EV_END };
	size_t nf = 0, n;
	struct str *f;

	m->x = no * UINT64_C(0x9e3779b97f4a7c15) + 88172645463325252;
	for (int i = 0; i < 5; i++)
		next_rnd(m);
	n = no % 53 == 7 ? 0 : no % 29 == 3 ? 40 : 6;
	*rec = (struct record){ .kind = no % 10 == 4 ? REC_REFUSAL :
					no % 31 == 5 ? REC_AUTH :
						       REC_HOP,
		.flags = REC_START | (no % 3 ? REC_END : 0),
		.host = no % 2 ? STR("mx1") : STR("mx2.example.test"),
		.qid = arena_printf(&m->a, "4h%llXq", (unsigned long long)no),
		.inst = STR("postfix"),
		.t0_us = T0 + (int64_t)no * step_us,
		.n = n };
	rec->t1_us = rec->t0_us;
	rec->ev = arena_array(&m->a, struct rec_event, n + 1);
	f = arena_array(&m->a, struct str, n * 16 + 16);
	for (size_t i = 0; i < n; i++) {
		int kind = no % 17 == 2 ? EV_NOTE : plan[i % 6];

		make_event(m, &rec->ev[i], kind, no,
		    rec->t0_us + (int64_t)i * 1000 * (1 + upto(m, 300)), f, &nf,
		    (unsigned)i);
		if (rec->ev[i].t_us > rec->t1_us)
			rec->t1_us = rec->ev[i].t_us;
	}
}

static inline void
make_row(const struct record *rec, struct buf *row)
{
	buf_clear(row);
	rec_put_header(row, rec);
	for (size_t i = 0; i < rec->n; i++)
		rec_put_rev(row, &rec->ev[i]);
}

static inline void
assert_str(struct str a, struct str b)
{
	assert_int_equal(a.n, b.n);
	if (a.n)
		assert_memory_equal(a.p, b.p, a.n);
}

static inline void
assert_record(const struct record *a, const struct record *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_str(a->host, b->host);
	assert_str(a->qid, b->qid);
	assert_str(a->inst, b->inst);
	assert_true(a->t0_us == b->t0_us);
	assert_true(a->t1_us == b->t1_us);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct rec_event *x = &a->ev[i], *y = &b->ev[i];
		int nf = __builtin_popcountll(x->mask);

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->state, y->state);
		assert_int_equal(x->mta, y->mta);
		assert_int_equal(x->frame, y->frame);
		assert_int_equal(x->flags, y->flags);
		assert_int_equal(x->tz_min, y->tz_min);
		assert_true(x->t_us == y->t_us);
		assert_str(x->tag, y->tag);
		assert_str(x->pid, y->pid);
		assert_int_equal(x->at.src, y->at.src);
		assert_int_equal(x->at.number, y->at.number);
		assert_true(x->at.offset == y->at.offset);
		assert_str(x->raw, y->raw);
		assert_true(x->mask == y->mask);
		for (int k = 0; k < nf; k++)
			assert_str(x->f[k], y->f[k]);
	}
}

/* ---- a folder that goes away ---- */

static inline void
remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char *name = NULL;

	while (d && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (asprintf(&name, "%s/%s", path, e->d_name) < 0)
			break;
		if (unlink(name) < 0)
			remove_tree(name);
		free(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static inline char *
temp_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char name[4096];

	snprintf(name, sizeof(name), "%s/mailtrace-test.XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(name));
	return strdup(name);
}

/* ---- a writer ---- */

static inline struct writer *
open_writer(const char *path)
{
	struct writer_opts o = { .no_sync = true };
	struct err err = { "" };
	struct writer *w = writer_open(path, &o, &err);

	if (!w)
		fail_msg("%s", err.msg);
	return w;
}

static inline void
ok(int rc, const struct err *err)
{
	if (rc != 0)
		fail_msg("%s", err->msg);
}

static inline char *
store_path(void)
{
	char *folder = temp_folder();
	size_t n = strlen(folder) + sizeof("/store");
	char *path = xmalloc(n);

	snprintf(path, n, "%s/store", folder);
	free(folder);
	return path;
}

static inline void
store_remove(char *path)
{
	*strrchr(path, '/') = '\0';
	remove_tree(path);
	free(path);
}

#endif
