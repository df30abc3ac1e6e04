/*
 * companions.h: for the tests and the fuzz target of the companions' parsers:
 * which they are, and a line framed by the reader.
 */
#ifndef TESTS_UNIT_COMPANIONS_H
#define TESTS_UNIT_COMPANIONS_H

#include "parsers/parser.h"
#include "parsers/syslog.h"

extern const struct parser parser_amavis, parser_dovecot, parser_postgrey,
    parser_opendkim, parser_opendmarc, parser_spf, parser_rspamd, parser_spamd,
    parser_clamav, parser_mailscanner, parser_pmg, parser_ban, parser_system;

static const struct parser *const companions[] = {
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

/* The line as the reader frames it; views stay in `raw`. */
static inline void
companion_frame(struct str raw, struct line *ln)
{
	static struct syslog sl;
	static bool started;

	if (!started) {
		syslog_init(&sl, NULL, 2026);
		started = true;
	}
	*ln = (struct line){ .raw = raw };
	syslog_parse(&sl, ln);
}

#endif
