/*
 * companions.h: for the tests and the fuzz target of the companions' parsers:
 * which they are, and a plain splitter of syslog headers, so that these tests
 * stand without the reader.
 */
#ifndef TESTS_UNIT_COMPANIONS_H
#define TESTS_UNIT_COMPANIONS_H

#include "parsers/parser.h"

extern const struct parser parser_amavis, parser_dovecot, parser_postgrey,
    parser_opendkim, parser_opendmarc, parser_spf, parser_rspamd,
    parser_spamd, parser_clamav, parser_mailscanner, parser_pmg, parser_ban,
    parser_system;

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

static inline struct str
companion_word(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ' ')
		n++;
	struct str w = str_head(*rest, n);
	while (n < rest->n && rest->p[n] == ' ')
		n++;
	*rest = str_from(*rest, n);
	return w;
}

/* "Jan  1 00:04:19 host tag[pid]: text"; anything else is all text. */
static inline void
companion_frame(struct str raw, struct line *ln)
{
	struct str r = raw, tag;
	ptrdiff_t i;

	*ln = (struct line){ .raw = raw, .text = raw, .host = STR(""),
		.tag = STR(""), .prog = STR(""), .pid = STR("") };
	if (r.n > 16 && is_alpha(r.p[0]) && r.p[3] == ' ' && r.p[9] == ':') {
		r = str_from(r, 16);
	} else if (r.n > 20 && is_digit(r.p[0]) && r.p[10] == 'T') {
		companion_word(&r);
	} else {
		if (r.n > 20 && is_digit(r.p[0]) && r.p[4] == '-' &&
		    r.p[13] == ':') {
			companion_word(&r);
			companion_word(&r);
			ln->text = r;
			ln->frame = FRAME_NATIVE;
		}
		return;
	}
	ln->frame = FRAME_BSD;
	ln->host = companion_word(&r);
	tag = companion_word(&r);
	ln->text = r;
	if (tag.n && tag.p[tag.n - 1] == ':')
		tag.n--;
	if (tag.n && tag.p[tag.n - 1] == ']' &&
	    (i = str_rchr(tag, '[')) >= 0) {
		ln->pid = str_make(tag.p + i + 1, tag.n - (size_t)i - 2);
		tag.n = (size_t)i;
	}
	ln->tag = ln->prog = tag;
	if ((i = str_rchr(tag, '/')) >= 0)
		ln->prog = str_from(tag, (size_t)i + 1);
}

#endif
