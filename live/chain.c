/*
 * chain.c: findings onto links.  A link is broken by a failure that counts,
 * weak by a warning that counts, proved when what must hold was looked at
 * and holds; behind a broken link nothing was reached unless it was proved.
 */
#include "live/chain.h"
#include "base/banned.h"

static const struct {
	const char *id, *question;
	enum check_id proof[3]; /* all must pass; CHECK_COUNT: none */
} table[CHAIN_LINKS] = {
	{ "L1", "is the address itself right?",
	    { A04, CHECK_COUNT, CHECK_COUNT } },
	{ "L2", "is the domain registered, not expired, not on hold?",
	    { R01, CHECK_COUNT, CHECK_COUNT } },
	{ "L3", "do its name servers work and agree?",
	    { R01, R03, CHECK_COUNT } },
	{ "L4", "where should its mail go?", { R06, R09, R11 } },
	{ "L5", "does that server answer and take mail for the domain?",
	    { M02, M11, CHECK_COUNT } },
	{ "L6", "does the mailbox exist there?",
	    { M12, CHECK_COUNT, CHECK_COUNT } },
	{ "L7", "may we send there?", { S14, CHECK_COUNT, CHECK_COUNT } },
	{ "L8", "mailbox full, account locked?",
	    { M12, CHECK_COUNT, CHECK_COUNT } },
	{ "L9", "client settings", { S16, CHECK_COUNT, CHECK_COUNT } },
};

const char *
link_state_name(enum link_state s)
{
	static const char *const name[] = { "unknown", "proved", "broken",
		"weak", "not reached" };

	return name[s];
}

int
chain_of_dsn(struct str dsn)
{
	static const struct {
		const char *tail;
		int link;
	} map[] = {
		{ ".1.2", 3 },
		{ ".1.10", 3 },
		{ ".1.", 5 },
		{ ".2.1", 7 },
		{ ".2.2", 7 },
		{ ".3.", 4 },
		{ ".4.", 4 },
		{ ".7.8", 8 },
		{ ".7.", 6 },
	};
	struct str rest = str_from(dsn, 1);

	for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++) {
		struct str t = str_c(map[i].tail);

		if (t.p[t.n - 1] == '.' ? str_starts(rest, t) : str_eq(rest, t))
			return map[i].link;
	}
	return -1;
}

/* M12 speaks for two links: who is full or locked does exist. */
static int
link_of(const struct finding *f)
{
	bool full = str_find(f->say, STR(" is full")) >= 0 ||
		    str_find(f->say, STR(" is locked")) >= 0;

	if (check_index(f->check) == M12)
		return full ? 7 : 5;
	return f->check->link[1] - '1';
}

static bool
counts(const struct finding *f)
{
	return f->severity >= SEV_MAJOR || check_index(f->check) == A07;
}

static bool
proved(const struct job *j, const enum check_id *need)
{
	for (int i = 0; i < 3 && need[i] != CHECK_COUNT; i++) {
		const struct finding *f = job_finding(j, need[i]);

		if (!f || (f->result != CHECK_PASS && f->result != CHECK_INFO))
			return false;
	}
	return true;
}

void
chain_of(const struct job *j, struct chain_link links[CHAIN_LINKS])
{
	bool broken = false;

	for (int i = 0; i < CHAIN_LINKS; i++) {
		struct chain_link *l = &links[i];

		*l = (struct chain_link){ .id = table[i].id,
			.question = table[i].question };
		if (proved(j, table[i].proof))
			l->state = LINK_PROVED;
	}
	for (size_t i = 0; i < j->nfinding; i++) {
		const struct finding *f = &j->finding[i];
		struct chain_link *l = &links[link_of(f)];

		/* servers count together: the rating knows which matter */
		if (f->probe && check_index(f->check) != M12 &&
		    check_index(f->check) != M13 && j->rating.first_broken != f)
			continue;
		if (f->result == CHECK_FAIL && counts(f)) {
			if (l->state != LINK_BROKEN ||
			    f->severity > l->why->severity)
				l->why = f;
			l->state = LINK_BROKEN;
		} else if (f->result == CHECK_WARN && counts(f) &&
			   l->state != LINK_BROKEN) {
			if (l->state != LINK_WEAK)
				l->why = f;
			l->state = LINK_WEAK;
		}
	}
	for (int i = 0; i < CHAIN_LINKS; i++) {
		if (links[i].state == LINK_BROKEN)
			broken = true;
		else if (broken && links[i].state == LINK_UNKNOWN)
			links[i].state = LINK_NOT_REACHED;
	}
}

const struct chain_link *
chain_first(const struct chain_link *links)
{
	for (int i = 0; i < CHAIN_LINKS; i++)
		if (links[i].state == LINK_BROKEN)
			return &links[i];
	for (int i = 0; i < CHAIN_LINKS; i++)
		if (links[i].state == LINK_WEAK)
			return &links[i];
	return NULL;
}
