/*
 * companions.h: for the tests and the fuzz target of the companions' parsers:
 * which they are, and a plain splitter of syslog headers, so that these tests
 * stand without the reader.
 */
#ifndef TESTS_UNIT_COMPANIONS_H
#define TESTS_UNIT_COMPANIONS_H

#include "parsers/parser.h"

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

/* Bytes of the stamp in front of a host: BSD, ISO or TAI64N; 0 when none. */
static inline size_t
companion_stamp(struct str r)
{
	if (r.n > 16 && is_alpha(r.p[0]) && r.p[3] == ' ' && r.p[9] == ':' &&
	    r.p[15] == ' ')
		return 16;
	if (r.n > 15 && is_alpha(r.p[0]) && r.p[3] == ' ' && r.p[8] == ':' &&
	    r.p[14] == ' ') /* "Sep 8 07:46:30" */
		return 15;
	if (r.n > 20 && is_digit(r.p[0]) && r.p[10] == 'T' &&
	    str_chr(r, ' ') > 18)
		return (size_t)str_chr(r, ' ') + 1;
	return 0;
}

/*
 * "Jan  1 00:04:19 host tag[pid]: text" as the reader gives it.  A program's
 * own file has no host and no tag, and its text is the whole line; a BSD
 * stamp before a text without a host makes its first words host and tag.
 */
static inline void
companion_frame(struct str raw, struct line *ln)
{
	struct str r = raw, tag;
	size_t n = companion_stamp(raw);
	ptrdiff_t i;

	*ln = (struct line){ .raw = raw,
		.text = raw,
		.host = STR(""),
		.tag = STR(""),
		.prog = STR(""),
		.pid = STR("") };
	if (str_starts(raw, STR("@4")) && str_chr(raw, ' ') == 25) {
		r = str_from(raw, 26); /* no host */
	} else if (n) {
		r = str_from(raw, n);
		ln->host = companion_word(&r);
	} else {
		return;
	}
	ln->frame = FRAME_BSD;
	tag = companion_word(&r);
	ln->text = r;
	if (tag.n && tag.p[tag.n - 1] == ':')
		tag.n--;
	if (tag.n && tag.p[tag.n - 1] == ']' && (i = str_rchr(tag, '[')) >= 0) {
		ln->pid = str_make(tag.p + i + 1, tag.n - (size_t)i - 2);
		tag.n = (size_t)i;
	}
	ln->tag = ln->prog = tag;
	if ((i = str_rchr(tag, '/')) >= 0)
		ln->prog = str_from(tag, (size_t)i + 1);
}

#endif
