/*
 * keep.c: see keep.h.  Fields are escaped: tab, newline and backslash never
 * stand in them as they are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "live/keep.h"
#include "live/probe.h"
#include "base/banned.h"

enum { LINE_MAX_KEPT = 4096, STATE_FIELD = 7 };

static const char head[] = "mailtrace.kept/1\n";

static void
put(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\\' || c < ' ')
			buf_printf(b, "\\%03o", c);
		else
			buf_putc(b, (char)c);
	}
}

static struct str
get(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 3 < s.n) {
			p[n++] =
			    (char)((s.p[i + 1] - '0') * 64 +
				   (s.p[i + 2] - '0') * 8 + (s.p[i + 3] - '0'));
			i += 3;
		} else {
			p[n++] = s.p[i];
		}
	}
	return str_make(p, n);
}

static void
add(struct keep *k, struct kept one)
{
	if (k->n >= KEEP_MAX_LINES)
		return;
	arena_grow(&k->arena, k->v, k->n, k->cap);
	k->v[k->n++] = one;
}

int
keep_read(struct keep *k, const char *path, struct err *err)
{
	char line[LINE_MAX_KEPT];
	FILE *f = fopen(path, "re");

	*k = (struct keep){ .n = 0 };
	if (!f)
		return errno == ENOENT ? 0 :
					 err_set(err, "cannot open '%s': %s",
					     path, strerror(errno));
	if (!fgets(line, sizeof(line), f) || strcmp(line, head) != 0) {
		fclose(f);
		return 0;
	}
	while (fgets(line, sizeof(line), f)) {
		struct str rest = str_c(line), field[STATE_FIELD];
		struct kept one;
		size_t n = 0;

		if (!rest.n || rest.p[rest.n - 1] != '\n')
			continue;
		rest.n--;
		while (rest.p && n < STATE_FIELD)
			field[n++] = str_split(&rest, '\t');
		if (n != STATE_FIELD || !str_i64(field[0], &one.at_s))
			continue;
		one.target = get(&k->arena, field[1]);
		one.check = get(&k->arena, field[2]);
		one.object = get(&k->arena, field[3]);
		one.result = get(&k->arena, field[4]);
		one.severity = get(&k->arena, field[5]);
		one.say = get(&k->arena, field[6]);
		add(k, one);
	}
	fclose(f);
	return 0;
}

void
keep_job(struct keep *k, const struct job *j)
{
	struct str target = arena_lower(&k->arena, j->input);
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		int id = check_by_name(k->v[i].check);

		/* what servers said stays when they were not spoken to */
		if (!str_eq(k->v[i].target, target) ||
		    (!j->nprobe && id >= 0 && checks[id].scope == SCOPE_SERVER))
			k->v[n++] = k->v[i];
	}
	k->n = n;
	for (size_t i = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];
		struct kept one = { .target = target,
			.at_s = f->at_s - f->age_s };

		if (f->result == CHECK_SKIP || (f->probe && f->probe->untested))
			continue;
		one.check = str_c(f->check->id);
		one.object = arena_dup(&k->arena, f->object);
		one.result = str_c(check_result_name(f->result));
		one.severity =
		    str_c(f->probe ? server_state_name(f->probe->state) :
				     severity_name(f->severity));
		one.say = arena_dup(&k->arena, str_head(f->say, 1000));
		add(k, one);
	}
}

int
keep_write(const struct keep *k, const char *path, int64_t now_s,
    struct err *err)
{
	struct arena a = { 0 };
	struct str tmp = arena_printf(&a, "%s.new", path);
	struct buf b = BUF_INIT(LINE_MAX_KEPT - 2);
	FILE *f = fopen(tmp.p, "we");
	int rc = 0;

	if (!f) {
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
		goto out;
	}
	fputs(head, f);
	for (size_t i = 0; i < k->n; i++) {
		const struct kept *v = &k->v[i];
		struct str field[6] = { v->target, v->check, v->object,
			v->result, v->severity, v->say };

		if (now_s - v->at_s > (int64_t)KEEP_DAYS * 86400)
			continue;
		buf_clear(&b);
		buf_printf(&b, "%lld", (long long)v->at_s);
		for (int n = 0; n < 6; n++) {
			buf_putc(&b, '\t');
			put(&b, field[n]);
		}
		if (!b.toobig)
			fprintf(f, "%s\n", buf_c(&b));
	}
	if (fflush(f) != 0 || fsync(fileno(f)) < 0 || ferror(f))
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
	if (fclose(f) != 0 && !rc)
		rc = err_set(err, "cannot write '%s': %s", tmp.p,
		    strerror(errno));
	if (!rc && rename(tmp.p, path) < 0)
		rc = err_set(err, "cannot replace '%s': %s", path,
		    strerror(errno));
	if (rc)
		unlink(tmp.p);
out:
	buf_release(&b);
	arena_release(&a);
	return rc;
}

void
keep_release(struct keep *k)
{
	arena_release(&k->arena);
	*k = (struct keep){ .n = 0 };
}

const struct kept *
keep_find(const struct keep *k, struct str target, const struct finding *f)
{
	for (size_t i = 0; i < k->n; i++)
		if (str_eqi(k->v[i].target, target) &&
		    str_eq(k->v[i].check, str_c(f->check->id)) &&
		    str_eq(k->v[i].object, f->object))
			return &k->v[i];
	return NULL;
}

bool
keep_changed(const struct keep *k, struct str target, const struct finding *f,
    const struct kept **old)
{
	*old = keep_find(k, target, f);
	if (f->result == CHECK_SKIP)
		return false;
	if (!*old)
		return f->result == CHECK_WARN || f->result == CHECK_FAIL;
	return !str_eq((*old)->result, str_c(check_result_name(f->result)));
}

static enum check_result
result_by_name(struct str s)
{
	for (int r = CHECK_PASS; r <= CHECK_SKIP; r++)
		if (str_eq(s, str_c(check_result_name((enum check_result)r))))
			return (enum check_result)r;
	return CHECK_NONE;
}

static enum server_state
state_by_name(struct str s)
{
	for (int v = SERVER_OK; v <= SERVER_REFUSES_US; v++)
		if (str_eq(s, str_c(server_state_name((enum server_state)v))))
			return (enum server_state)v;
	return SERVER_UNTESTED;
}

bool
keep_server(const struct keep *k, struct job *j, struct probe *p)
{
	struct str object = arena_printf(&j->arena, STR_FMT " (" STR_FMT ")",
	    STR_ARG(p->name), STR_ARG(ip_text(&j->scratch, &p->ip)));
	int64_t now = job_now_s(j);
	bool any = false;

	for (size_t i = 0; i < k->n; i++) {
		const struct kept *v = &k->v[i];
		int id = check_by_name(v->check);
		struct finding f;

		if (id < 0 || checks[id].scope != SCOPE_SERVER ||
		    now - v->at_s >= KEEP_SERVER_S || v->at_s > now ||
		    !str_eqi(v->target, j->input) || !str_eq(v->object, object))
			continue;
		f = (struct finding){ .check = &checks[id],
			.object = object,
			.result = result_by_name(v->result),
			.severity = checks[id].severity,
			.who = checks[id].who,
			.probe = p,
			.evidence = STR(""),
			.remedy = STR(""),
			.at_s = now,
			.age_s = now > v->at_s ? now - v->at_s : 1 };
		f.say = arena_dup(&j->arena, v->say);
		if (f.result == CHECK_FAIL || f.result == CHECK_WARN)
			f.remedy = str_c(checks[id].remedy);
		p->state = state_by_name(v->severity);
		p->age_s = f.age_s;
		job_add_finding(j, f);
		any = true;
	}
	return any;
}

bool
keep_third(const struct keep *k, struct job *j, struct finding *f)
{
	int64_t now = job_now_s(j), most;
	enum check_id id = check_index(f->check);

	if (f->check->scope == SCOPE_REGISTRY)
		most = 86400;
	else if (id == S04 || id == S05)
		most = 3600;
	else
		return false;
	for (size_t i = 0; i < k->n; i++) {
		const struct kept *v = &k->v[i];
		enum check_result r = result_by_name(v->result);

		if (!str_eq(v->check, str_c(f->check->id)) ||
		    !str_eqi(v->target, j->input) || v->at_s > now ||
		    now - v->at_s >= most || r == CHECK_UNKNOWN ||
		    (f->ip.n && !str_eq(v->object, f->object)))
			continue;
		f->result = r;
		f->say = arena_dup(&j->arena, v->say);
		f->object = arena_dup(&j->arena, v->object);
		f->age_s = now > v->at_s ? now - v->at_s : 1;
		for (int s = SEV_NOTE; s <= SEV_FATAL; s++)
			if (str_eq(v->severity, str_c(severity_name(s))))
				f->severity = s;
		if (r == CHECK_FAIL || r == CHECK_WARN)
			f->remedy = str_c(f->check->remedy);
		return true;
	}
	return false;
}
