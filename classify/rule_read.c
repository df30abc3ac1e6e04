/*
 * rule_read.c: rule files to struct rule (rule.h, docs/rules.md).
 *
 * A file is read whole or not at all: any mistake is an error that names file
 * and line, because a rule that is silently dropped is found out in a year.
 * Everything is copied into the rulebook's arena.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "classify/rule_part.h"
#include "base/banned.h"

int
rule_bad(struct reader *r, const char *what, struct str value)
{
	return err_set(r->err, "%s:%u: %s '" STR_FMT "'", r->name, r->line,
	    what, STR_ARG(str_head(value, 120)));
}

/* The rule that was being read is complete. */
static int
finish(struct reader *r)
{
	struct rule *rule = r->rule;
	unsigned line = r->line;

	if (r->list && !r->list->ndomains && !r->list->nwords) {
		r->line = r->list->line;
		return rule_bad(r, "neither domain nor word for list",
		    str_c(r->list->name));
	}
	r->list = NULL;
	r->rule = NULL;
	if (!rule)
		return 0;
	r->line = rule->line;
	if (!rule->cls)
		return rule_bad(r, "no class for rule", str_c(rule->id));
	if (!rule->ntests)
		return rule_bad(r, "no test for rule", str_c(rule->id));
	if (!rule->nalts && !rule->ndsn && !rule->ncodes && !rule->ndefer &&
	    rule->listed <= 0 && !rule->marks)
		return rule_bad(r, "nothing to match in rule", str_c(rule->id));
	rule->alt = arena_array(&r->rb->arena, struct alt, rule->nalts);
	if (rule->nalts)
		memcpy(rule->alt, r->alts, rule->nalts * sizeof(*rule->alt));
	r->line = line; /* of the block that begins now */
	return 0;
}

static int
begin_rule(struct reader *r, struct str id)
{
	struct rulebook *rb = r->rb;
	struct rule *rule;

	if (finish(r) < 0)
		return -1;
	if (!id.n || str_chr(id, ' ') >= 0)
		return rule_bad(r, "bad id of a rule:", id);
	for (size_t i = 0; i < rb->n; i++)
		if (strncmp(rb->rule[i].id, id.p, id.n) == 0 &&
		    !rb->rule[i].id[id.n] &&
		    rb->rule[i].operator_file == !r->builtin)
			return rule_bad(r, "there is a rule already named", id);
	if (rb->n == RULES_MAX)
		return rule_bad(r, "too many rules at", id);
	if (rb->n == rb->cap) {
		rb->cap = rb->cap ? 2 * rb->cap : 256;
		rb->rule = xreallocarray(rb->rule, rb->cap, sizeof(*rb->rule));
	}
	rule = r->rule = &rb->rule[rb->n++];
	*rule = (struct rule){ .line = r->line,
		.confidence = -1,
		.operator_file = !r->builtin,
		.tier = r->builtin ? TIER_CAUSE : TIER_OPERATOR };
	rule->id = arena_cstr(&rb->arena, id);
	rule->file = arena_cstr(&rb->arena, str_c(r->name));
	rule->from = r->builtin ?
			 "builtin" :
			 arena_printf(&rb->arena, "%s:%u", r->name, r->line).p;
	return 0;
}

static int
begin_list(struct reader *r, struct str name)
{
	struct rulebook *rb = r->rb;

	if (finish(r) < 0)
		return -1;
	if (rb->nlists == RULES_MAX)
		return rule_bad(r, "too many lists at", name);
	if (rb->nlists == rb->lists_cap) {
		rb->lists_cap = rb->lists_cap ? 2 * rb->lists_cap : 64;
		rb->list =
		    xreallocarray(rb->list, rb->lists_cap, sizeof(*rb->list));
	}
	r->list = &rb->list[rb->nlists++];
	*r->list = (struct list){ .line = r->line,
		.kind = "dnsbl",
		.name = arena_cstr(&rb->arena, name) };
	return 0;
}

static int
let(struct reader *r, struct str v)
{
	ptrdiff_t sp = str_chr(v, ' ');
	struct str value;

	if (sp <= 0)
		return rule_bad(r, "no value for", v);
	if (rule_expand(r, str_trim(str_from(v, (size_t)sp)), &value) < 0)
		return -1;
	arena_grow(&r->rb->arena, r->rb->let, r->rb->nlets, r->rb->lets_cap);
	r->rb->let[r->rb->nlets++] =
	    (struct let){ arena_dup(&r->rb->arena, str_head(v, (size_t)sp)),
		    value };
	return 0;
}

static int
key_line(struct reader *r, struct str line)
{
	ptrdiff_t sp = str_chr(line, ' ');
	struct str key = sp > 0 ? str_head(line, (size_t)sp) : line;
	struct str v = sp > 0 ? str_trim(str_from(line, (size_t)sp)) : STR_NONE;
	unsigned of = r->list ? OF_LIST : r->rule ? OF_RULE : 0;

	if (str_eq(key, STR("let")))
		return let(r, v);
	if (str_eq(key, STR("rule")))
		return begin_rule(r, v);
	if (str_eq(key, STR("end")))
		return finish(r);
	/* a `list` line inside a rule names the list it reports */
	if (str_eq(key, STR("blocklist")))
		return begin_list(r, v);
	for (size_t i = 0; i < rule_keys_n; i++)
		if (str_eq(key, rule_keys[i].name)) {
			if (!(rule_keys[i].of & of))
				return rule_bad(r, "misplaced key", key);
			if (!v.n)
				return rule_bad(r, "no value for", key);
			return rule_keys[i].read(r, v);
		}
	return rule_bad(r, "unknown key", key);
}

/* Pieces of a pattern are joined as they are, pieces of a text by a blank. */
static bool
joins_tight(struct str line)
{
	return str_starts(line, STR("pattern ")) ||
	       str_starts(line, STR("unless ")) ||
	       str_starts(line, STR("needs ")) || str_starts(line, STR("let "));
}

int
rulebook_read(struct rulebook *rb, struct str text, const char *name,
    bool builtin, struct err *err)
{
	struct reader r = { .rb = rb,
		.name = name,
		.builtin = builtin,
		.err = err };
	struct buf value = BUF_INIT(RULE_VALUE_MAX);
	unsigned line = 0;
	struct str rest = text;
	int rc = 0;

	rb->hash = rb->hash * 31 + 1;
	for (size_t i = 0; i < text.n; i++) /* FNV-1a: same on all machines */
		rb->hash =
		    (rb->hash ^ (unsigned char)text.p[i]) * 0x100000001b3u;
	while (rc == 0 && rest.p) {
		struct str l = str_split(&rest, '\n');

		line++;
		if (str_ends(l, STR("\r")))
			l.n--;
		if (l.n && l.p[0] == '\t') { /* goes on */
			l = str_trim(l);
			if (!value.n) {
				r.line = line;
				rc = rule_bad(&r, "nothing goes on with", l);
				break;
			}
			if (!joins_tight(buf_str(&value)))
				buf_putc(&value, ' ');
			buf_add(&value, l);
		} else {
			if (value.n)
				rc = key_line(&r, buf_str(&value));
			buf_clear(&value);
			r.line = line;
			l = str_trim(l);
			if (l.n && l.p[0] != '#')
				buf_add(&value, l);
		}
		if (value.toobig)
			rc = rule_bad(&r, "line is too long", l);
	}
	if (rc == 0 && value.n)
		rc = key_line(&r, buf_str(&value));
	if (rc == 0)
		rc = finish(&r);
	buf_release(&value);
	return rc;
}

int
rulebook_read_file(struct rulebook *rb, const char *path, struct err *err)
{
	struct buf b = BUF_INIT(RULE_FILE_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	int rc;

	if (fd < 0)
		return err_set(err, "cannot open '%s': %s", path,
		    strerror(errno));
	while (n > 0 && !b.toobig) {
		char chunk[8192];

		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_addn(&b, chunk, (size_t)n);
	}
	if (n < 0)
		rc =
		    err_set(err, "cannot read '%s': %s", path, strerror(errno));
	else if (b.toobig)
		rc = err_set(err, "'%s' is longer than %d bytes", path,
		    RULE_FILE_MAX);
	else
		rc = rulebook_read(rb, buf_str(&b), path, false, err);
	close(fd);
	buf_release(&b);
	return rc;
}

void
rulebook_release(struct rulebook *rb)
{
	for (size_t i = 0; i < rb->n; i++) {
		for (size_t k = 0; k < rb->rule[i].nalts; k++)
			if (rb->rule[i].alt)
				re_free(rb->rule[i].alt[k].re);
		re_free(rb->rule[i].unless.re);
	}
	free(rb->rule);
	free(rb->list);
	arena_release(&rb->arena);
	*rb = (struct rulebook){ 0 };
}
