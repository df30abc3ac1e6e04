/*
 * rule_words.c: the words that stand in the conditions of rules, as bits and
 * numbers.
 */
#include "classify/rule_part.h"
#include "classify/unwrap.h"
#include "base/banned.h"

unsigned
mta_bit(struct str mta)
{
	static const struct str names[] = {
		STR_INIT("postfix"), STR_INIT("exim"), STR_INIT("dovecot"),
		STR_INIT("axigen"), STR_INIT("amavis"), STR_INIT("sendmail"),
		STR_INIT("qmail"), STR_INIT("exchange"), STR_INIT("rspamd"),
		STR_INIT("any"), /* in a rule: also when it is not known */
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (mta.n == names[i].n && str_eqi(mta, names[i]))
			return 1u << i;
	return 0;
}

/* What a server's own word or mark for the outcome means for us. */
unsigned
mark_bit(struct str mark)
{
	static const struct {
		struct str name;
		unsigned bit;
	} marks[] = {
		{ STR_INIT("deferred"), 1 },
		{ STR_INIT("=="), 1 },
		{ STR_INIT("defer"), 1 },
		{ STR_INIT("delayed"), 1 },
		{ STR_INIT("tempfail"), 1 },
		{ STR_INIT("temporarily"), 1 },
		{ STR_INIT("bounced"), 2 },
		{ STR_INIT("**"), 2 },
		{ STR_INIT("failed"), 2 },
		{ STR_INIT("undeliverable"), 2 },
		{ STR_INIT("reject"), 4 },
		{ STR_INIT("rejected"), 4 },
		{ STR_INIT("expired"), 8 },
		{ STR_INIT("sent"), 16 },
		{ STR_INIT("=>"), 16 },
		{ STR_INIT("->"), 16 },
		{ STR_INIT("delivered"), 16 },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (mark.n == marks[i].name.n && str_eqi(mark, marks[i].name))
			return marks[i].bit;
	return 0;
}

unsigned
rule_side_bit(struct str s)
{
	return str_eqi(s, STR("local")) ? 1u << SIDE_LOCAL :
	       str_eqi(s, STR("remote")) ?
					  1u << SIDE_REMOTE | 1u << SIDE_RELAY :
					  0;
}

unsigned
rule_where_bit(struct str s)
{
	return str_eqi(s, STR("inbound"))  ? 1u << WHERE_INBOUND :
	       str_eqi(s, STR("delivery")) ? 1u << WHERE_DELIVERY :
	       str_eqi(s, STR("queue"))	   ? 1u << WHERE_QUEUE :
					     0;
}

unsigned
rule_phase_bit(struct str s)
{
	enum phase p = phase_named(s);

	if (!p && str_eqi(s, STR("eom")))
		p = PHASE_EOM;
	if (!p && str_eqi(s, STR("none"))) /* it must not be known */
		return 1u << PHASE_UNKNOWN;
	return p ? 1u << p : 0;
}

uint64_t
dsn_number(struct str dsn)
{
	uint64_t part[3] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < dsn.n; i++) {
		if (is_digit(dsn.p[i]) && part[n] < 100000)
			part[n] = part[n] * 10 + (uint64_t)(dsn.p[i] - '0');
		else if (dsn.p[i] == '.' && n < 2)
			n++;
		else
			return 0;
	}
	return n == 2 ? part[0] << 40 | part[1] << 20 | part[2] : 0;
}
