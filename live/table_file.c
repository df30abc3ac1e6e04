/*
 * table_file.c: see table_file.h.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "live/table_file.h"
#include "base/banned.h"

enum { TABLE_MAX = 4 * 1024 * 1024, TABLE_ROWS = 20000 };

struct list {
	const char **v;
	size_t n, cap;
};

static int
read_file(const char *path, struct buf *b, struct err *err)
{
	char part[16384];
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_addn(b, part, n);
	n = (size_t)ferror(f);
	fclose(f);
	if (n)
		return err_set(err, "cannot read '%s'", path);
	return b->toobig ? err_set(err, "'%s' is too large", path) : 0;
}

static void
push(struct arena *a, struct list *l, struct str s)
{
	if (l->n >= TABLE_ROWS)
		return;
	arena_grow(a, l->v, l->n, l->cap);
	l->v[l->n++] = arena_cstr(a, s);
}

static void
lines(struct arena *a, struct str rest, struct list *out)
{
	while (rest.p) {
		struct str line = str_split(&rest, '\n');
		ptrdiff_t hash = str_chr(line, '#');

		line = str_trim(hash < 0 ? line : str_head(line, (size_t)hash));
		if (line.n)
			push(a, out, line);
	}
}

/* The whole as JSON, when it begins like that; NULL: it does not. */
static cJSON *
as_json(const struct buf *b, const char *path, bool *is, struct err *err)
{
	struct str s = str_trim(buf_str(b));
	cJSON *json;

	*is = s.n && (s.p[0] == '{' || s.p[0] == '[');
	if (!*is)
		return NULL;
	json = cJSON_ParseWithLength(s.p, s.n);
	if (!json)
		err_set(err, "'%s' is not well-formed JSON", path);
	return json;
}

/* An array of the document: itself, or what stands under one of the names. */
static const cJSON *
array_of(const cJSON *json, const char *const *names, size_t n)
{
	if (cJSON_IsArray(json))
		return json;
	for (size_t i = 0; i < n; i++) {
		const cJSON *v =
		    cJSON_GetObjectItemCaseSensitive(json, names[i]);

		if (cJSON_IsArray(v))
			return v;
	}
	return NULL;
}

static const char *
text_of(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(v) ? v->valuestring : NULL;
}

struct rows {
	struct provider *v;
	size_t n, cap;
};

static void
add_provider(struct arena *a, struct rows *r, struct str suffix,
    struct str name, struct str kind)
{
	if (r->n >= TABLE_ROWS)
		return;
	arena_grow(a, r->v, r->n, r->cap);
	r->v[r->n++] = (struct provider){ arena_cstr(a, suffix),
		arena_cstr(a, name), kind.n ? arena_cstr(a, kind) : "hosting" };
}

static int
json_providers(struct arena *a, const cJSON *json, const char *path,
    struct rows *out, struct err *err)
{
	static const char *const top[] = { "providers" };
	static const char *const under[] = { "mx_suffixes",
		"unconfirmed_suffixes", "suffixes" };
	const cJSON *list = array_of(json, top, 1), *p, *s;

	cJSON_ArrayForEach(p, list)
	{
		struct str name = str_c(text_of(p, "name"));
		struct str kind = str_c(text_of(p, "kind"));

		if (!name.n)
			return err_set(err, "'%s': a provider has no \"name\"",
			    path);
		if (text_of(p, "suffix"))
			add_provider(a, out, str_c(text_of(p, "suffix")), name,
			    kind);
		for (size_t i = 0; i < sizeof(under) / sizeof(*under); i++)
			cJSON_ArrayForEach(s,
			    cJSON_GetObjectItemCaseSensitive(p,
				under[i])) if (cJSON_IsString(s))
			    add_provider(a, out, str_c(s->valuestring), name,
				kind);
	}
	return list ? 0 :
		      err_set(err, "'%s' holds no list of \"providers\"", path);
}

static int
line_providers(struct arena *a, struct str text, const char *path,
    struct rows *out, struct err *err)
{
	struct list l = { 0 };

	lines(a, text, &l);
	for (size_t i = 0; i < l.n; i++) {
		struct str rest = str_c(l.v[i]);
		char by = str_chr(rest, ',') >= 0 ? ',' : '\t';
		struct str suffix = str_trim(str_split(&rest, by));
		struct str name =
		    rest.p ? str_trim(str_split(&rest, by)) : STR("");

		if (!suffix.n || !name.n)
			return err_set(err,
			    "'%s': '%s' is not 'suffix, name, kind'", path,
			    l.v[i]);
		add_provider(a, out, suffix, name,
		    rest.p ? str_trim(rest) : STR(""));
	}
	return 0;
}

int
table_providers(struct arena *a, const char *path, const struct provider **out,
    size_t *n, struct err *err)
{
	struct buf b = BUF_INIT(TABLE_MAX);
	struct rows rows = { 0 };
	cJSON *json = NULL;
	bool is = false;
	int rc = read_file(path, &b, err);

	if (!rc) {
		json = as_json(&b, path, &is, err);
		rc = !is   ? line_providers(a, buf_str(&b), path, &rows, err) :
		     !json ? -1 :
			     json_providers(a, json, path, &rows, err);
	}
	cJSON_Delete(json);
	buf_release(&b);
	*out = rows.v;
	*n = rows.n;
	return rc;
}

int
table_names(struct arena *a, const char *path, struct strs *out,
    struct err *err)
{
	static const char *const top[] = { "targets", "typo_targets",
		"domains" };
	struct buf b = BUF_INIT(TABLE_MAX);
	struct list l = { 0 };
	const cJSON *s, *list;
	cJSON *json = NULL;
	bool is = false;
	int rc = read_file(path, &b, err);

	if (!rc) {
		json = as_json(&b, path, &is, err);
		list = json ? array_of(json, top, 3) : NULL;
		if (!is)
			lines(a, buf_str(&b), &l);
		else if (!json)
			rc = -1;
		else if (!list)
			rc = err_set(err, "'%s' holds no list of \"targets\"",
			    path);
		cJSON_ArrayForEach(s, list) if (cJSON_IsString(s))
		    push(a, &l, str_c(s->valuestring));
	}
	cJSON_Delete(json);
	buf_release(&b);
	*out = (struct strs){ l.v, l.n };
	return rc;
}

int
table_lines(struct arena *a, const char *path, struct strs *out,
    struct err *err)
{
	struct buf b = BUF_INIT(TABLE_MAX);
	struct list l = { 0 };
	int rc = read_file(path, &b, err);

	if (!rc)
		lines(a, buf_str(&b), &l);
	buf_release(&b);
	*out = (struct strs){ l.v, l.n };
	return rc;
}
