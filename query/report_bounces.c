/*
 * report_bounces.c: mails given up on (refused for good, or expired), by why
 * and where; and, by recipient, the addresses a sender should remove.
 *
 * An address is to be removed only when its server said that it does not and
 * will not exist.  One that in the same period was blocked, full, or took a
 * mail does exist, whatever another reply said.
 */
#include "query/report.h"
#include "base/banned.h"

enum {
	C_WHAT,
	C_CLASS,
	C_GROUP,
	C_RECEIVER,
	C_BOUNCED,
	C_EXPIRED,
	C_RCPTS,
	C_SENDERS,
	C_DOMAINS,
	C_PERMANENT,
	C_FIRST,
	C_LAST,
	C_SERIES,
	C_SENDER,
	C_SAMPLE,
	COLS
};

static const struct col cols[COLS] = {
	[C_WHAT] = { "what", "where", COL_TEXT, 0 },
	[C_CLASS] = { "class", "why", COL_TEXT, 0 },
	[C_GROUP] = { "group", "group", COL_TEXT, COL_HIDE_TEXT },
	[C_RECEIVER] = { "receiver", "receiver", COL_TEXT, COL_HIDE_TEXT },
	[C_BOUNCED] = { "bounced", "bounced", COL_COUNT, COL_BAR },
	[C_EXPIRED] = { "expired", "expired", COL_COUNT, 0 },
	[C_RCPTS] = { "recipients", "recipients", COL_COUNT, COL_HIDE_TEXT },
	[C_SENDERS] = { "senders", "senders", COL_COUNT, 0 },
	[C_DOMAINS] = { "domains", "domains", COL_COUNT, COL_HIDE_TEXT },
	[C_PERMANENT] = { "permanent", "permanent", COL_FLAG, COL_HIDE_TEXT },
	[C_FIRST] = { "first", "first", COL_TIME, COL_HIDE_TEXT },
	[C_LAST] = { "last", "last", COL_TIME, 0 },
	[C_SERIES] = { "series", "when", COL_SERIES, 0 },
	[C_SENDER] = { "sender", "sender", COL_TEXT, COL_HIDE_TEXT },
	[C_SAMPLE] = { "sample", "newest reply", COL_TEXT, COL_WIDE },
};

static const struct table_def tables[] = {
	{ "bounces", "Given up on", "nothing bounced", cols, COLS },
};

static const char *const by[] = { "receiver", "domain", "class", "recipient",
	"sender", "user", "host", NULL };

struct sum {
	struct str what, receiver, sender;
	struct newest sample;
	enum cls cls;
	uint64_t bounced, expired, rcpts, senders, domains;
	int64_t first_us, last_us;
	bool permanent, lives; /* lives: to be kept on the list */
	uint32_t *v;
};

struct bounces {
	struct report *r;
	struct tally t;
	struct distinct d, alive;
	struct buf key;
	struct bins bins;
	uint64_t *all, bounced, expired;
	bool removal; /* by recipient, permanent only */
};

static bool
never_will(enum cls cls, enum permanence perm)
{
	return perm != PERM_TEMP &&
	       (cls == CLS_USER_UNKNOWN || cls == CLS_MAILBOX_DISABLED ||
		   cls == CLS_MAILBOX_MOVED || cls == CLS_DOMAIN_NOT_FOUND ||
		   cls == CLS_NO_MAIL_SERVICE);
}

static struct str
what_of(struct bounces *b, const struct fact *f, struct str receiver)
{
	struct str what;

	if (report_what(b->r, f, &what))
		return what;
	return report_by(b->r, "class") ? STR("") : receiver;
}

static void
add(struct bounces *b, const struct fact *f)
{
	struct arena *a = &b->r->arena;
	enum cls cls = f->failed ? f->why->cls : CLS_NONE;
	struct str receiver, part[2];
	struct sum *s;
	bool never;

	if (cls == CLS_NONE)
		cls = f->state == OUT_EXPIRED ? CLS_EXPIRED :
						CLS_RECIPIENT_REFUSED;
	never = never_will(cls, f->failed ? f->why->perm : PERM_PERM) &&
		f->state == OUT_BOUNCED;
	if (b->removal && !never)
		return;
	receiver = report_receiver(b->r, f->fail_relay_name, f->domain);
	part[0] = what_of(b, f, receiver);
	if (!part[0].n && report_by(b->r, "user"))
		return;
	part[1] = b->removal ? STR("") : str_c(cls_name(cls));
	s = tally_row(&b->t, tally_key(&b->key, part, 2));
	if (!s->v) {
		s->what = arena_dup(a, part[0]);
		s->cls = cls;
		s->permanent = f->state == OUT_BOUNCED;
		s->v = bins_row(b->r, &b->bins);
	}
	if (report_newest(b->r, &s->sample, f->t_us, f->reply, f->qid)) {
		s->receiver = receiver;
		s->sender = arena_dup(a, fact_sender(f));
	}
	if (f->state == OUT_EXPIRED) {
		s->expired++;
		b->expired++;
	} else {
		s->bounced++;
		b->bounced++;
	}
	s->permanent &= f->state == OUT_BOUNCED;
	s->rcpts += distinct_add(&b->d, s, 0, f->to);
	s->senders += distinct_add(&b->d, s, 1, f->from);
	s->domains += distinct_add(&b->d, s, 2, f->domain);
	report_span(&s->first_us, &s->last_us, f->t_us);
	bins_count(&b->bins, s->v, b->all, f->t_us);
}

/* What shows that an address exists. */
static void
note_alive(struct bounces *b, const struct fact *f)
{
	bool took = f->state == OUT_DELIVERED || f->state == OUT_LEFT;
	size_t i = 0;
	const struct rec_event *e;
	bool kept = false;

	if (!f->to.n || (f->leg && !f->failed))
		return;
	while (!took && !kept && (e = fact_failure(f, &i))) {
		enum grp g = cls_grp(cls_by_name(rev_get(e, F_CLASS)));

		kept = g == GRP_BLOCKED || g == GRP_QUOTA;
	}
	if (f->failed)
		kept |= f->why->grp == GRP_BLOCKED || f->why->grp == GRP_QUOTA;
	if (took || kept)
		distinct_add(&b->alive, NULL, 0, f->to);
}

static int
by_count(const void *x, const void *y)
{
	const struct sum *a = x, *b = y;
	uint64_t na = a->bounced + a->expired, nb = b->bounced + b->expired;

	if (na != nb)
		return na < nb ? 1 : -1;
	if (a->last_us != b->last_us)
		return a->last_us < b->last_us ? 1 : -1;
	return str_cmp(a->what, b->what);
}

static void
put_rows(struct bounces *b)
{
	struct report *r = b->r;

	tally_sort(&b->t, by_count);
	for (size_t i = 0; i < b->t.n; i++) {
		const struct sum *s = b->t.row[i];
		struct cell *c;

		if (s->bounced + s->expired < r->min ||
		    (b->removal && !distinct_add(&b->alive, NULL, 0, s->what)))
			continue;
		c = report_row(r, 0);
		cell_text(&c[C_WHAT], s->what);
		cell_text(&c[C_CLASS], str_c(cls_name(s->cls)));
		cell_text(&c[C_GROUP], str_c(grp_name(cls_grp(s->cls))));
		cell_text(&c[C_RECEIVER], s->receiver);
		cell_count(&c[C_BOUNCED], s->bounced);
		cell_count(&c[C_EXPIRED], s->expired);
		cell_count(&c[C_RCPTS], s->rcpts);
		cell_count(&c[C_SENDERS], s->senders);
		cell_count(&c[C_DOMAINS], s->domains);
		cell_flag(&c[C_PERMANENT], s->permanent);
		cell_time(&c[C_FIRST], s->first_us);
		cell_time(&c[C_LAST], s->last_us);
		cell_series(&c[C_SERIES], &b->bins, s->v);
		cell_text(&c[C_SENDER], s->sender);
		cell_text(&c[C_SAMPLE], s->sample.text);
	}
}

static int
run(struct report *r, struct err *err)
{
	struct bounces b = { .r = r,
		.removal = r->permanent && report_by(r, "recipient") };
	struct facts_ask ask = report_ask(r, 1u << FACT_COPY);
	struct facts *fs;
	struct fact f;
	int rc;

	if (r->permanent && !b.removal)
		return err_set(err, "--permanent goes with --by recipient");
	ask.groups = b.removal ? 0 : FACTS_FAILED;
	fs = facts_open(&ask, err);
	if (!fs)
		return -1;
	buf_init(&b.key, 64 * 1024);
	report_bins(r, &b.bins);
	b.all = arena_array(&r->arena, uint64_t, b.bins.n + 1);
	tally_init(&b.t, &r->arena, sizeof(struct sum));
	while ((rc = facts_next(fs, &f, err)) == 1) {
		if (b.removal)
			note_alive(&b, &f);
		if (!f.leg && !f.refused && report_asked(r, &f) &&
		    (f.state == OUT_BOUNCED || f.state == OUT_EXPIRED))
			add(&b, &f);
	}
	put_rows(&b);
	report_total(r, "bounced", "bounced", b.bounced);
	report_total(r, "expired", "expired", b.expired);
	report_chart(r, "bounces", "Given up on", &b.bins, b.all);
	if (b.alive.full)
		report_note(r, "Too many addresses to know all that still "
			       "take mail: look at a shorter period.");
	report_facts_end(r, fs);
	tally_release(&b.t);
	distinct_release(&b.d);
	distinct_release(&b.alive);
	buf_release(&b.key);
	return rc;
}

const struct report_def report_bounces = {
	.name = "bounces",
	.about = "mails given up on, by why and where; addresses to remove",
	.period = "yesterday",
	.by = by,
	.takes = REPORT_PERMANENT | REPORT_MIN | REPORT_TERMS,
	.table = tables,
	.ntable = 1,
	.run = run,
};
