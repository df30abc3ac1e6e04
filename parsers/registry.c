/*
 * registry.c: all log formats.  A new one is its file and a line here (and
 * its declaration); the order is that in which unknown programs are asked.
 */
#include "parsers/parser.h"
#include "base/banned.h"

extern const struct parser parser_postfix, parser_amavis, parser_dovecot,
    parser_exim, parser_axigen, parser_postgrey, parser_opendkim,
    parser_opendmarc, parser_spf, parser_rspamd, parser_spamd, parser_clamav,
    parser_mailscanner, parser_pmg, parser_ban, parser_system;

const struct parser *const parsers[] = {
	&parser_postfix,
	&parser_exim,
	&parser_axigen,
	&parser_amavis,
	&parser_dovecot,
	&parser_postgrey,
	&parser_opendkim,
	&parser_opendmarc,
	&parser_spf,
	&parser_rspamd,
	&parser_spamd,
	&parser_clamav,
	&parser_mailscanner,
	&parser_pmg,
	&parser_ban,
	&parser_system,
	NULL,
};

const struct parser *
parser_by_name(struct str name)
{
	for (size_t i = 0; parsers[i]; i++)
		if (str_eqi(str_c(parsers[i]->name), name))
			return parsers[i];
	return NULL;
}

/* All but `hint`, which was asked. */
static enum parse_result
ask_others(const struct line *ln, struct event *ev, const struct parser *hint,
    const struct parser **who)
{
	enum parse_result r;

	for (size_t i = 0; parsers[i]; i++) {
		if (parsers[i] == hint)
			continue;
		ev_clear(ev);
		r = parsers[i]->parse(ln, ev);
		if (r != PARSE_FOREIGN) {
			*who = parsers[i];
			return r;
		}
	}
	*who = NULL;
	return PARSE_FOREIGN;
}

enum parse_result
parse_line(const struct line *ln, struct event *ev, const struct parser *only,
    const struct parser **who)
{
	const struct parser *first = only ? only : *who;
	enum parse_result r;

	if (first) {
		ev_clear(ev);
		r = first->parse(ln, ev);
		if (r != PARSE_FOREIGN || only) {
			*who = r == PARSE_FOREIGN ? NULL : first;
			return r;
		}
	}
	return ask_others(ln, ev, first, who);
}
