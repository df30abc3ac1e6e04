/*
 * check.c: the rules against their own tests (check.h).
 */
#include <time.h>

#include "classify/check.h"
#include "classify/part.h"
#include "base/banned.h"

enum {
	HOSTILE_BYTES = 16 * 1024,
	SLOW_US = 20000, /* for that many bytes */
	KINDS = 4,	 /* of such text */
	TRIES = 5,	 /* the best counts: others use the machine, too */
};

static void
where(struct buf *out, const struct rule *r, unsigned line)
{
	buf_printf(out, "%s:%u: %s: ", r->file, line, r->id);
}

static void
compile_all(struct classifier *cl, struct buf *out, struct rules_check *rc)
{
	struct err err;

	for (size_t i = 0; i < cl->nalts; i++)
		if (cl->alt[i].alt->kind == ALT_PATTERN &&
		    alt_compile(cl, &cl->alt[i], &err) < 0) {
			buf_printf(out, "%s\n", err.msg);
			rc->broken++;
		}
	for (size_t i = 0; i < cl->n; i++)
		if (cl->order[i]->has_unless &&
		    unless_compile(cl->order[i], &cl->order[i]->unless, &err) <
			0) {
			buf_printf(out, "%s\n", err.msg);
			rc->broken++;
		}
}

/* What else would have held for a test, were its own rule not there. */
static void
conflicts(struct classifier *cl, const struct rule *r, const struct sample *s,
    bool verbose, struct buf *out, struct rules_check *rc)
{
	struct unwrapped u;
	struct features f;
	struct match m;

	unwrap(s->in.text, &u);
	prepare(cl, &s->in, &u, &f);
	match_scan(cl, &f);
	match_scan_late(cl);
	for (size_t i = 0; i < cl->n; i++) {
		const struct rule *o = cl->order[i];

		if (o == r || o->tier != r->tier || o->cls == r->cls ||
		    !(cl->cand[i / 64] >> i % 64 & 1) ||
		    !match_rule(cl, &f, i, &m, NULL))
			continue;
		rc->conflicts++;
		if (!verbose)
			continue;
		where(out, r, s->line);
		buf_printf(out, "also held by %s (%s)\n", o->id,
		    cls_name(o->cls));
	}
}

static void
run_tests(struct classifier *cl, const struct rule *r, bool verbose,
    struct buf *out, struct rules_check *rc)
{
	struct classify_out o;

	for (size_t i = 0; i < r->ntests; i++) {
		rc->tests++;
		classify(cl, &r->test[i].in, &o);
		if (strcmp(o.rule, r->id) == 0) {
			conflicts(cl, r, &r->test[i], verbose, out, rc);
			continue;
		}
		rc->failed++;
		where(out, r, r->test[i].line);
		buf_printf(out, "test is decided by %s (%s): ", o.rule,
		    cls_name(o.cls));
		buf_add(out, r->test[i].in.text);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < r->ndeny; i++) {
		rc->tests++;
		classify(cl, &r->deny[i].in, &o);
		if (strcmp(o.rule, r->id) != 0)
			continue;
		rc->failed++;
		where(out, r, r->deny[i].line);
		buf_puts(out, "must not hold for: ");
		buf_add(out, r->deny[i].in.text);
		buf_putc(out, '\n');
	}
}

/* ---- texts that stand twice ---- */

/* Nothing but its words decides, so the same words cannot mean two things. */
static bool
only_words(const struct rule *r)
{
	return !r->ndsn && !r->ncodes && !r->receiver_set && !r->phases &&
	       !r->ndefer && !r->marks;
}

static void
shared(struct classifier *cl, struct buf *out, struct rules_check *rc)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < cl->nalts; i++) {
		const struct alt_state *as = &cl->alt[i];
		const struct rule *r = cl->order[as->rule], *first;
		void **slot;

		if (as->alt->kind == ALT_PATTERN)
			continue;
		slot = map_slot(&seen, as->alt->text);
		first =
		    *slot ? cl->order[((struct alt_state *)*slot)->rule] : NULL;
		if (!first) {
			*slot = &cl->alt[i];
		} else if (first->tier == r->tier && first->cls != r->cls &&
			   first->mtas == r->mtas &&
			   first->wheres == r->wheres && only_words(first) &&
			   only_words(r)) {
			rc->shared++;
			where(out, r, as->alt->line);
			buf_printf(out,
			    "text '" STR_FMT "' stands in %s, "
			    "too\n",
			    STR_ARG(as->alt->text), first->id);
		}
	}
	map_release(&seen);
}

/* ---- patterns that take long ---- */

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
hostile(struct buf *b, const struct alt *a, int kind)
{
	buf_clear(b);
	while (b->n < HOSTILE_BYTES) {
		if (kind == 0)
			buf_puts(b, " user mailbox ip address ");
		else if (kind == 1 || kind == 3)
			buf_puts(b, "a");
		if (kind == 3)
			continue;
		for (size_t i = 0; i < a->nneeds; i++) {
			buf_add(b, a->need[i].lit[b->n % a->need[i].n]);
			buf_putc(b, ' ');
		}
		if (!a->nneeds)
			buf_puts(b, "x <addr> ");
	}
}

static void
measure(struct re *re, const struct rule *r, const struct alt *a,
    struct buf *out, struct rules_check *rc)
{
	struct buf b = BUF_INIT(2 * HOSTILE_BYTES);

	for (int kind = 0; re && kind < KINDS; kind++) {
		int64_t t = 0;
		int hit = 0;

		hostile(&b, a, kind);
		re_match(re, STR(" "), NULL, 0);
		for (int try = 0; try < TRIES; try++) {
			t = now_us();
			hit = re_match(re, buf_str(&b), NULL, 0);
			t = now_us() - t;
			if (hit < 0 || t < SLOW_US)
				break;
		}
		if (hit >= 0 && t < SLOW_US)
			continue;
		rc->slow++;
		where(out, r, a->line);
		buf_printf(out, "slow pattern: %lld us%s\n", (long long)t,
		    hit < 0 ? ", ran into a limit" : "");
		break;
	}
	buf_release(&b);
}

void
rules_check(struct classifier *cl, bool verbose, struct buf *out,
    struct rules_check *rc)
{
	*rc = (struct rules_check){ .rules = cl->n, .lists = cl->rb.nlists };
	compile_all(cl, out, rc);
	for (size_t i = 0; i < cl->n; i++)
		run_tests(cl, cl->order[i], verbose, out, rc);
	shared(cl, out, rc);
	for (size_t i = 0; i < cl->nalts; i++)
		measure(cl->alt[i].alt->re, cl->order[cl->alt[i].rule],
		    cl->alt[i].alt, out, rc);
	for (size_t i = 0; i < cl->n; i++)
		if (cl->order[i]->has_unless)
			measure(cl->order[i]->unless.re, cl->order[i],
			    &cl->order[i]->unless, out, rc);
}

void
rules_list(const struct classifier *cl, struct buf *out)
{
	for (size_t i = 0; i < cl->n; i++) {
		const struct rule *r = cl->order[i];

		buf_printf(out, "%-34s %-20s %-14s %s:%u\n", r->id,
		    cls_name(r->cls), tier_name(r->tier), r->file, r->line);
	}
}
