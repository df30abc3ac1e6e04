/*
 * scope_say.c: the answer in one sentence, with its numbers.
 */
#include "base/stamp.h"
#include "query/scope.h"
#include "base/banned.h"

const char *const scope_dim_title[SCOPE_DIMS] = { "login", "sender",
	"recipient", "destination", "receiver", "our address",
	"sender's domain", "client network", "entry host" };

static void
share(struct buf *b, uint64_t k, uint64_t n)
{
	double p = n ? 100.0 * (double)k / (double)n : 0;

	buf_printf(b, k && k < n && (p < 10 || p > 99) ? "%.1f %%" : "%.0f %%",
	    p);
}

static void
of(struct buf *b, uint64_t k, uint64_t n)
{
	buf_printf(b, "%llu of %llu", (unsigned long long)k,
	    (unsigned long long)n);
}

/* "refused", "deferred" ...: what most of the failures are. */
static const char *
verb(const struct scope *s)
{
	enum grp g = s->ncls ? cls_grp(s->cls[0].cls) : GRP_NONE;

	if (s->ncls && s->cls[0].n * 2 < s->failed)
		g = GRP_NONE;
	switch (g) {
	case GRP_BLOCKED:
	case GRP_POLICY:
	case GRP_CONTENT:
	case GRP_SENDER:
	case GRP_AUTH:
	case GRP_RECIPIENT:
		return "refused";
	default:
		return "failed";
	}
}

static void
whom(struct buf *b, const struct scope_slice *x)
{
	static const char *const before[SCOPE_DIMS] = { "One login, ",
		"One sender, ", "One recipient, ", "Everybody who writes to ",
		"Everybody who writes to ", "One of our addresses, ",
		"One sender's domain, ", "One client network, ",
		"What comes in at " };

	buf_puts(b, before[x->dim]);
	buf_add(b, x->value);
}

/* "from 192.0.2.25", "to far.example": inside the best slice. */
static void
inside(struct buf *b, const struct scope_slice *x)
{
	static const char *const before[SCOPE_DIMS] = { " with the login ",
		" as ", " to ", " to ", " to ", " from ", " as anybody of ",
		" from the network ", " coming in at " };

	buf_puts(b, before[x->dim]);
	buf_add(b, x->value);
}

static void
since(struct buf *b, const struct scope_slice *x, const char *tz)
{
	if (!x->first_us)
		return;
	buf_puts(b, " since ");
	stamp_print(b, x->first_us, tz, STAMP_MINUTES);
}

/* Who sends, who receives, ours. */
static int
side(enum scope_dim d)
{
	switch (d) {
	case SCOPE_RECIPIENT:
	case SCOPE_DESTINATION:
	case SCOPE_RECEIVER:
		return 1;
	case SCOPE_OUR_IP:
	case SCOPE_HOST:
		return 2;
	default:
		return 0;
	}
}

static void
say_one(const struct scope *s, struct buf *b, const char *tz)
{
	const struct scope_slice *x = s->has_within ? &s->within : &s->best;

	if (s->of_asked)
		buf_puts(b, "Of what was asked for: ");
	if (s->has_within && side(s->within.dim) == side(s->best.dim)) {
		whom(b, &s->within); /* it says the other, too */
	} else {
		whom(b, &s->best);
		if (s->has_within)
			inside(b, &s->within);
	}
	buf_puts(b, ": ");
	of(b, x->failed, x->n);
	buf_printf(b, " %s", verb(s));
	since(b, x, tz);
	if (s->has_within) {
		buf_puts(b, "; otherwise there ");
		of(b, x->rest_failed, x->rest_n);
	}
	buf_puts(b, s->of_asked ? "; the rest of it " : "; all others ");
	share(b, s->best.rest_failed, s->best.rest_n);
	buf_puts(b, " (");
	of(b, s->best.rest_failed, s->best.rest_n);
	buf_puts(b, ").");
	if (s->has_same) {
		buf_printf(b, " They are the very mails of one %s, ",
		    scope_dim_title[s->same.dim]);
		buf_add(b, s->same.value);
		buf_puts(b, ": which of the two it is these logs cannot tell.");
	}
}

static void
say_several(const struct scope *s, struct buf *b)
{
	int said = 0;

	buf_puts(b, "Several things: ");
	for (size_t i = 0; i < s->nslice && said < 3; i++) {
		const struct scope_slice *x = &s->slice[i];

		if (!x->stands_out)
			continue;
		buf_puts(b, said++ ? ", " : "");
		buf_printf(b, "%s ", scope_dim_title[x->dim]);
		buf_add(b, x->value);
		buf_putc(b, ' ');
		of(b, x->failed, x->n);
	}
	buf_puts(b, "; none of them is most of the ");
	of(b, s->failed, s->n);
	buf_puts(b, " that failed.");
}

void
scope_say(struct scope *s, const char *tz)
{
	struct buf b = BUF_INIT(64 * 1024);

	switch (s->answer) {
	case SCOPE_ONE:
		say_one(s, &b, tz);
		break;
	case SCOPE_ASKED:
		buf_puts(&b, "What was asked for, and no part of it: ");
		of(&b, s->failed, s->n);
		buf_printf(&b, " %s; all others ", verb(s));
		share(&b, s->all_failed - s->failed, s->all_n - s->n);
		buf_putc(&b, '.');
		break;
	case SCOPE_SEVERAL:
		say_several(s, &b);
		break;
	case SCOPE_EVERYBODY:
		buf_puts(&b, "Everybody: ");
		of(&b, s->failed, s->n);
		buf_printf(&b, " %s (", verb(s));
		share(&b, s->failed, s->n);
		buf_puts(&b, "), whoever sends and wherever to.");
		break;
	case SCOPE_NOBODY:
		buf_puts(&b, "Nobody in particular: ");
		of(&b, s->failed, s->n);
		buf_puts(&b, " failed (");
		share(&b, s->failed, s->n);
		buf_puts(&b, ")");
		buf_puts(&b, s->failed ? ", and no group stands out." : ".");
		break;
	case SCOPE_TOO_FEW:
		buf_puts(&b, "Too few to tell: ");
		of(&b, s->failed, s->n);
		buf_puts(&b, " failed.");
		break;
	default:
		buf_puts(&b, "No mail of that kind in this time.");
	}
	s->sentence = arena_dup(&s->arena, buf_str(&b));
	buf_release(&b);
}
