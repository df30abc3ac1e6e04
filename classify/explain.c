/*
 * explain.c: the steps of classify() in words (explain.h).
 */
#include "classify/explain.h"
#include "classify/part.h"
#include "base/banned.h"

static const char *const phase_names[PHASE_COUNT] = {
	[PHASE_UNKNOWN] = "not said",
	[PHASE_CONNECT] = "connect",
	[PHASE_HELO] = "HELO",
	[PHASE_AUTH] = "AUTH",
	[PHASE_MAIL] = "MAIL",
	[PHASE_RCPT] = "RCPT",
	[PHASE_DATA] = "DATA",
	[PHASE_EOM] = "end of message",
};

static void
line(struct buf *say, const char *what, struct str s)
{
	buf_printf(say, "%-12s ", what);
	buf_add(say, s.n ? s : STR("(none)"));
	buf_putc(say, '\n');
}

void
explain_input(struct classifier *cl, const struct classify_in *in,
    const struct unwrapped *u, const struct features *f, struct buf *say)
{
	struct str urls = str_make(cl->nm.urls, cl->nm.nurls);

	line(say, "text", in->text);
	line(say, "reply", u->core);
	line(say, "said by", u->host.n ? u->host : in->rhost);
	line(say, "side", str_c(side_name(u->side)));
	line(say, "phase", str_c(phase_names[u->phase]));
	line(say, "code", u->code);
	line(say, "enhanced", u->dsn.n ? u->dsn : in->dsn);
	if (f->has_defer)
		buf_printf(say, "%-12s %d\n", "defer", f->defer);
	line(say, "normal form", str_trim(str_make(cl->nm.text, cl->nm.n)));
	while (urls.p && urls.n) {
		struct str url = str_split(&urls, '\n');

		if (url.n)
			line(say, "link, host", url);
	}
	buf_puts(say, "rules that may hold, in the order in which they "
		      "decide:\n");
}

void
classify_explain(struct classifier *cl, const struct classify_in *in,
    struct classify_out *out, struct buf *say)
{
	classify_steps(cl, in, out, say);
	if (out->cls == CLS_NONE) {
		buf_puts(say, "nothing to classify\n");
		return;
	}
	buf_printf(say, "%-12s %s (%s)\n", "class", cls_name(out->cls),
	    grp_name(out->grp));
	buf_printf(say, "%-12s %s, %s\n", "rule", out->rule, out->rule_from);
	line(say, "matched", out->span);
	buf_printf(say, "%-12s %d\n", "confidence", out->confidence);
	line(say, "permanence", str_c(perm_name(out->perm)));
	if (out->grp == GRP_BLOCKED) {
		line(say, "blocked", out->block.ip);
		line(say, "list", out->block.list);
		line(say, "zone", out->block.zone);
		line(say, "lookup", out->block.lookup_url);
		if (out->block.note.n)
			line(say, "note", out->block.note);
	}
	if (out->retry_after.n)
		line(say, "come back", out->retry_after);
	line(say, "next", str_c(out->advice));
}

void
classify_normal(struct classifier *cl, const struct classify_in *in,
    struct buf *normal)
{
	struct unwrapped u;
	struct features f;

	ready(cl);
	unwrap(in->text, &u);
	prepare(cl, in, &u, &f);
	buf_add(normal, u.code);
	if (u.code.n && u.dsn.n)
		buf_putc(normal, ' ');
	buf_add(normal, u.dsn);
	if (normal->n)
		buf_putc(normal, ' ');
	buf_add(normal, str_trim(str_make(cl->nm.text, cl->nm.n)));
}
