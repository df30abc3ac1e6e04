/*
 * exim.c: Exim 3 to 4.99: main, reject and panic log, own files or syslog.
 *
 *	2026-01-02 03:04:05[.678][ +0100] [[pid] ][id ]text
 *
 * Through syslog the time may be missing, and a long entry comes in pieces,
 * "[1/3] ...", of which only the first has time and id.  A line with an id is
 * about that message, whatever it says; the flag behind it, or the first
 * words, tell which file reads the rest (exim_part.h lists them).
 *
 * A file's line names no program: it is ours by its form, a time as Exim
 * writes it and no word of those who write the same (Axigen's level, fail2ban's
 * comma, rspamd's '#').
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "parsers/exim_part.h"
#include "base/banned.h"

enum {
	ID_OLD = 16, /* 6-6-2, up to 4.96 */
	ID_NEW = 23, /* 6-11-4, since 4.97 */
	STAMP = 19,
};

/* The length of "2026-01-02 03:04:05[.678][ +0100]" at p, or 0. */
static size_t
stamp(const char *p, const char *end)
{
	const char *q;

	if (end - p < STAMP || p[4] != '-' || p[7] != '-' || p[10] != ' ' ||
	    p[13] != ':' || p[16] != ':' || !is_digit(p[0]) ||
	    !is_digit(p[3]) || !is_digit(p[12]) || !is_digit(p[18]))
		return 0;
	q = p + STAMP;
	if (q < end && *q == '.')
		for (q++; q < end && is_digit(*q);)
			q++;
	if (end - q >= 6 && q[0] == ' ' && (q[1] == '+' || q[1] == '-') &&
	    is_digit(q[2]) && is_digit(q[3]) && is_digit(q[4]) &&
	    is_digit(q[5]))
		q += 6;
	if (q < end && *q != ' ')
		return 0;
	return (size_t)(q - p);
}

/* "[1487] ", and with old set-ups "info exim[8003]: " before it. */
static void
skip_pid(struct scan *sc)
{
	const char *p = sc->p, *q;
	char c = p < sc->end ? *p : 0;

	if ((c == 'i' && scan_opt(sc, STR("info exim["))) ||
	    (c == 'n' && scan_opt(sc, STR("notice exim["))) ||
	    (c == 'a' && scan_opt(sc, STR("alert exim[")))) {
		q = memchr(sc->p, ']', (size_t)(sc->end - sc->p));
		sc->p = q && sc->end - q > 2 && q[1] == ':' ? q + 3 : p;
		p = sc->p;
	}
	if (p == sc->end || *p != '[')
		return;
	for (q = p + 1; q < sc->end && is_digit(*q); q++)
		;
	if (q > p + 1 && sc->end - q > 1 && q[0] == ']' && q[1] == ' ')
		sc->p = q + 2;
}

/* A bit for each of the 16 bytes at p that is a letter or digit. */
static inline unsigned
alnums(const char *p)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	__m128i l = _mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(32)),
	    _mm_set1_epi8('a'));

	d = _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d);
	l = _mm_cmpeq_epi8(_mm_min_epu8(l, _mm_set1_epi8(25)), l);
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(d, l));
#else
	unsigned bits = 0;

	for (int i = 0; i < 16; i++)
		bits |= (unsigned)is_alnum(p[i]) << i;
	return bits;
#endif
}

/* The length of the message id at the cursor, or 0. */
static inline size_t
id_len(const struct scan *sc)
{
	const unsigned hyphen = 1 << 6, hyphen_old = 1 << 13;
	const char *p = sc->p;
	size_t n = (size_t)(sc->end - p), len;
	unsigned no;

	if (n < ID_OLD || p[6] != '-')
		return 0;
	no = alnums(p) ^ 0xffff; /* neither letter nor digit */
	if (no == (hyphen | hyphen_old) && p[13] == '-')
		len = ID_OLD;
	else if (no == hyphen && n >= ID_NEW && p[18] == '-' &&
		 (alnums(p + 7) | 1 << (18 - 7)) == 0xffff)
		len = ID_NEW;
	else
		return 0;
	return n == len || p[len] == ' ' ? len : 0;
}

/* "[2/5] ..." : not the first piece of an entry cut for syslog. */
static bool
later_piece(struct str s, bool *first)
{
	size_t i = 1;

	*first = false;
	if (s.n < 6 || s.p[0] != '[' || !is_digit(s.p[1]))
		return false;
	while (i < s.n && is_digit(s.p[i]))
		i++;
	if (i + 1 >= s.n || (s.p[i] != '/' && s.p[i] != '\\') ||
	    !is_digit(s.p[i + 1]))
		return false;
	*first = i == 2 && s.p[1] == '1';
	return !*first;
}

static bool
is_exim(struct str prog)
{
	return str_eq(prog, STR("exim")) || str_eq(prog, STR("exim4")) ||
	       str_eq(prog, STR("Exim")) || str_starts(prog, STR("exim-"));
}

/* Behind "id ": a flag, or words. */
static enum parse_result
with_id(struct scan *sc, struct event *ev)
{
	struct str rest = scan_rest(sc);
	struct str flag = str_head(rest, 2);

	if (rest.n >= 2 && (rest.n == 2 || rest.p[2] == ' ')) {
		sc->p += rest.n == 2 ? 2 : 3;
		switch ((unsigned char)rest.p[0] << 8 | rest.p[1]) {
		case '<' << 8 | '=':
			return exim_arrival(sc, ev);
		case '(' << 8 | '=':
			ev_set(ev, F_STATUS, flag);
			return exim_arrival(sc, ev);
		case '=' << 8 | '>':
		case '-' << 8 | '>':
		case '>' << 8 | '>':
		case '*' << 8 | '>':
			return exim_delivery(sc, flag, ev);
		case '*' << 8 | '*':
			return exim_failure(sc, ev);
		case '=' << 8 | '=':
			return exim_deferral(sc, ev);
		default:
			sc->p = rest.p;
		}
	}
	if (rest.n > 1 && rest.p[1] == '=' &&
	    (rest.p[0] == 'H' || rest.p[0] == 'U' || rest.p[0] == 'F')) {
		enum parse_result r = exim_host_line(sc, ev);

		if (r != PARSE_UNKNOWN)
			return r;
	}
	if (scan_opt(sc, STR("Completed")))
		return exim_completed(sc, ev);
	if (!str_trim(rest).n)
		return PARSE_UNKNOWN;
	return exim_text_id(rest, ev);
}

static enum parse_result
without_id(struct scan *sc, struct event *ev)
{
	struct str rest = scan_rest(sc);

	if (rest.n > 1 && rest.p[1] == '=' &&
	    (rest.p[0] == 'H' || rest.p[0] == 'U' || rest.p[0] == 'F'))
		return exim_host_line(sc, ev);
	return exim_text_bare(rest, ev);
}

/* Dovecot's own file: "lmtp(a@b)<1><x>: Info: ", "imap-login: Error: " */
static bool
is_dovecot(struct str s)
{
	static const struct str levels[] = { STR_INIT("Info: "),
		STR_INIT("Warning: "), STR_INIT("Error: "), STR_INIT("Fatal: "),
		STR_INIT("Panic: "), STR_INIT("Debug: ") };
	ptrdiff_t i;

	if (s.n < 2 || !is_alpha(s.p[0]) || s.p[1] == '=') /* Exim's H= */
		return false;
	i = str_find(str_head(s, 512), STR(": "));
	if (i <= 0)
		return false;
	s = str_from(s, (size_t)i + 2);
	for (size_t k = 0; k < sizeof(levels) / sizeof(*levels); k++)
		if (str_starts(s, levels[k]))
			return true;
	return false;
}

/* Whether what follows a native time is another program's. */
static bool
is_alien(struct str rest, bool zone)
{
	if (rest.n && rest.p[0] == '#') /* rspamd: "#1234(normal) <tag>; " */
		return true;
	return zone && rest.n > 3 && is_alnum(rest.p[0]) &&
	       is_alnum(rest.p[1]) && rest.p[2] == ' ' &&
	       is_digit(rest.p[0]); /* Axigen: "08 host SMTP-IN:id: " */
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	bool tagged = ln->tag.n != 0, first = false;
	struct scan sc;
	size_t n;

	if (tagged ? !is_exim(ln->prog) : ln->frame != FRAME_NATIVE)
		return PARSE_FOREIGN;
	if (!ln->text.n)
		return tagged ? PARSE_UNKNOWN : PARSE_FOREIGN;
	scan_init(&sc, ln->text);
	ev->mta = MTA_EXIM;
	ev->inst = STR("exim");
	if (tagged && later_piece(ln->text, &first))
		return PARSE_IGNORED;
	if (first) {
		scan_until(&sc, ']');
		scan_opt(&sc, STR("] "));
		ev->flags |= EVF_CUT;
	}
	n = stamp(sc.p, sc.end);
	if (!n && !tagged)
		return PARSE_FOREIGN;
	if (n) {
		bool zone = sc.p[n - 5] == '+' || sc.p[n - 5] == '-';

		sc.p += n;
		scan_opt(&sc, STR(" "));
		if (!tagged && is_alien(scan_rest(&sc), zone))
			return PARSE_FOREIGN;
	}
	if (ln->flags & LINE_CUT)
		ev->flags |= EVF_CUT;
	n = id_len(&sc);
	if (!n) {
		skip_pid(&sc);
		n = id_len(&sc);
	}
	if (!n && !tagged && is_dovecot(scan_rest(&sc)))
		return PARSE_FOREIGN;
	if (!n)
		return without_id(&sc, ev);
	ev->qid = str_make(sc.p, n);
	sc.p += n;
	scan_opt(&sc, STR(" "));
	return with_id(&sc, ev);
}

const struct parser parser_exim = {
	.name = "exim",
	.about = "Exim 3 to 4.99: main, reject and panic log, files or syslog",
	.parse = parse,
	.samples = exim_samples,
};
