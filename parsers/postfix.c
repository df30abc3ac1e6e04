/*
 * postfix.c: Postfix 2.3 to 3.12: whose line it is, and its first words.
 *
 * The tag is SYSLOG_NAME/DAEMON, with a service name between them at some
 * sites; the daemon alone decides how a line reads, the first component is
 * the instance.  A line then begins with a severity (none for info), then a
 * queue id or NOQUEUE, or neither; what follows goes to the daemon's file
 * (postfix_part.h lists them).
 *
 * To understand a new kind of line: find its daemon in the table, add a case
 * to its file, and a sample with its meaning to postfix_samples.c.
 *
 * This is the hot path of ingest: no allocation, no backtracking, each byte
 * is looked at once or twice.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

enum {
	QID_MIN = 5,  /* short ids have 6 to 21 characters, long ones 14 on */
	QID_MAX = 40, /* publishers of logs append to them */
};

struct daemon {
	struct str name;
	postfix_handler handle;
};

/* The first four are those that find_daemon() names. */
static const struct daemon daemons[] = {
	{ STR_INIT("smtp"), postfix_smtp },
	{ STR_INIT("qmgr"), postfix_qmgr },
	{ STR_INIT("smtpd"), postfix_smtpd },
	{ STR_INIT("cleanup"), postfix_cleanup },
	{ STR_INIT("lmtp"), postfix_smtp },
	{ STR_INIT("postscreen"), postfix_postscreen },
	{ STR_INIT("anvil"), postfix_quiet },
	{ STR_INIT("scache"), postfix_quiet },
	{ STR_INIT("local"), postfix_agent },
	{ STR_INIT("virtual"), postfix_agent },
	{ STR_INIT("pipe"), postfix_agent },
	{ STR_INIT("error"), postfix_agent },
	{ STR_INIT("retry"), postfix_agent },
	{ STR_INIT("discard"), postfix_agent },
	{ STR_INIT("bounce"), postfix_bounce },
	{ STR_INIT("defer"), postfix_bounce },
	{ STR_INIT("trace"), postfix_bounce },
	{ STR_INIT("pickup"), postfix_pickup },
	{ STR_INIT("dnsblog"), postfix_dnsblog },
	{ STR_INIT("tlsproxy"), postfix_tlsproxy },
	{ STR_INIT("postsuper"), postfix_postsuper },
	{ STR_INIT("oqmgr"), postfix_qmgr },
	{ STR_INIT("nqmgr"), postfix_qmgr },
	{ STR_INIT("qmqpd"), postfix_smtpd },
	{ STR_INIT("master"), postfix_master },
	{ STR_INIT("postfix-script"), postfix_tool },
	{ STR_INIT("postfix"), postfix_tool },
	{ STR_INIT("postfix-files"), postfix_tool },
	{ STR_INIT("post-install"), postfix_tool },
	{ STR_INIT("postfix-tls-script"), postfix_tool },
	{ STR_INIT("postmulti-script"), postfix_tool },
	{ STR_INIT("sendmail"), postfix_tool },
	{ STR_INIT("postdrop"), postfix_tool },
	{ STR_INIT("postqueue"), postfix_tool },
	{ STR_INIT("postalias"), postfix_tool },
	{ STR_INIT("postmap"), postfix_tool },
	{ STR_INIT("postconf"), postfix_tool },
	{ STR_INIT("postcat"), postfix_tool },
	{ STR_INIT("postkick"), postfix_tool },
	{ STR_INIT("postlock"), postfix_tool },
	{ STR_INIT("postlog"), postfix_tool },
	{ STR_INIT("postlogd"), postfix_tool },
	{ STR_INIT("postmulti"), postfix_tool },
	{ STR_INIT("posttls-finger"), postfix_tool },
	{ STR_INIT("trivial-rewrite"), postfix_quiet },
	{ STR_INIT("verify"), postfix_quiet },
	{ STR_INIT("tlsmgr"), postfix_quiet },
	{ STR_INIT("proxymap"), postfix_quiet },
	{ STR_INIT("proxywrite"), postfix_quiet },
	{ STR_INIT("flush"), postfix_quiet },
	{ STR_INIT("showq"), postfix_quiet },
	{ STR_INIT("spawn"), postfix_quiet },
};

static const struct daemon *
find_daemon(struct str prog)
{
	size_t n = sizeof(daemons) / sizeof(daemons[0]);

	/* most lines are from these; a literal compares without a call */
	if (str_eq(prog, STR("smtp")))
		return &daemons[0];
	if (str_eq(prog, STR("qmgr")))
		return &daemons[1];
	if (str_eq(prog, STR("smtpd")))
		return &daemons[2];
	if (str_eq(prog, STR("cleanup")))
		return &daemons[3];
	for (size_t i = 4; i < n; i++)
		if (str_eq(prog, daemons[i].name))
			return &daemons[i];
	return NULL;
}

/*
 * Other suites name programs alike ("cyrus/lmtp").  Under a name of the
 * operator's choice ("mx-in/smtpd") any other daemon with a path is ours.
 */
static bool
other_suite(struct str inst)
{
	return !inst.n || str_eqi(inst, STR("cyrus")) ||
	       str_eqi(inst, STR("dovecot")) || str_eqi(inst, STR("courier")) ||
	       str_eqi(inst, STR("opensmtpd"));
}

static struct str
instance(struct str tag)
{
	const char *slash = tag.n ? memchr(tag.p, '/', tag.n) : NULL;

	return slash ? str_head(tag, (size_t)(slash - tag.p)) : tag;
}

/* What ids and words are made of. */
enum { ID_LOWER = 1, ID_OTHER = 2 };

static const unsigned char id_byte[256] = {
	['0' ... '9'] = ID_OTHER,
	['A' ... 'Z'] = ID_OTHER,
	['a' ... 'z'] = ID_LOWER,
};

#ifdef __SSE2__
/* A bit for each byte of v that is in a..b. */
static inline unsigned
in_range(__m128i v, char a, char b)
{
	__m128i up = _mm_subs_epu8(v, _mm_set1_epi8(b));
	__m128i down = _mm_subs_epu8(_mm_set1_epi8(a), v);

	return (unsigned)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(_mm_or_si128(up, down), _mm_setzero_si128()));
}
#endif

/*
 * The length of the run of id characters at p; *made_of: which.  By a table:
 * digits and letters come at random, and a branch on them took a third of the
 * whole parser's time.
 */
static size_t
id_run(const char *p, const char *end, unsigned *made_of)
{
	const char *q = p;
	unsigned bits = 0, c;

#ifdef __SSE2__
	if (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		unsigned lower = in_range(v, 'a', 'z');
		unsigned other = in_range(v, '0', '9') | in_range(v, 'A', 'Z');
		unsigned none = ~(lower | other) & 0xffff;

		if (none) { /* nearly always */
			unsigned before = (none & -none) - 1;

			*made_of = (lower & before ? ID_LOWER : 0u) |
				   (other & before ? ID_OTHER : 0u);
			return (size_t)__builtin_ctz(none);
		}
	}
#endif
	if (end - p > QID_MAX)
		end = p + QID_MAX;
	while (q < end && (c = id_byte[(unsigned char)*q]) != 0) {
		bits |= c;
		q++;
	}
	*made_of = bits;
	return (size_t)(q - p);
}

static bool
severity_word(struct str word, enum severity *sev)
{
	if (str_eq(word, STR("warning")))
		*sev = SEV_WARNING;
	else if (str_eq(word, STR("error")))
		*sev = SEV_ERROR;
	else if (str_eq(word, STR("fatal")))
		*sev = SEV_FATAL;
	else if (str_eq(word, STR("panic")))
		*sev = SEV_PANIC;
	else
		return false;
	return true;
}

/*
 * warning: 4F1D2B02A16: ...   and   4F1D2B02A16: warning: header ...
 * The first is msg_warn()'s (Postfix src/util/msg.c), the second cleanup's
 * word for an action, which is left to it.
 */
static void
read_lead(struct scan *sc, struct lead *lead, struct event *ev)
{
	for (int words = 0; words < 2; words++) {
		unsigned made_of;
		size_t n = id_run(sc->p, sc->end, &made_of);
		struct str word = str_make(sc->p, n);

		if (n < QID_MIN || sc->end - sc->p < (ptrdiff_t)n + 2 ||
		    sc->p[n] != ':' || sc->p[n + 1] != ' ')
			return;
		if (made_of == ID_LOWER) { /* a word */
			if (lead->sev || !severity_word(word, &lead->sev))
				return;
			sc->p += n + 2;
			continue;
		}
		if (n == 7 && memcmp(word.p, "NOQUEUE", 7) == 0) {
			lead->kind = LEAD_NOQUEUE;
		} else {
			lead->kind = LEAD_QID;
			ev->qid = word;
		}
		sc->p += n + 2;
		return;
	}
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	const struct daemon *d = find_daemon(ln->prog);
	struct lead lead = { LEAD_NONE, SEV_INFO };
	enum parse_result rc;
	struct scan sc;

	if (!d)
		return PARSE_FOREIGN;
	if (str_starts(ln->tag, STR("postfix/"))) {
		ev->inst = str_head(ln->tag, 7); /* nearly always */
	} else {
		ev->inst = instance(ln->tag);
		if (!str_starts(ln->tag, STR("postfix")) &&
		    (ev->inst.n == ln->tag.n || other_suite(ev->inst)))
			return PARSE_FOREIGN;
	}
	ev->mta = MTA_POSTFIX;
	if (!ln->text.n)
		return PARSE_UNKNOWN;
	scan_init(&sc, ln->text);
	read_lead(&sc, &lead, ev);
	if (lead.kind == LEAD_QID && scan_peek(&sc, STR("to=")))
		rc = postfix_deliver(ln, &lead, &sc, ev);
	else
		rc = d->handle(ln, &lead, &sc, ev);
	if (ln->flags & LINE_CUT)
		ev->flags |= EVF_CUT;
	return rc;
}

const struct parser parser_postfix = {
	.name = "postfix",
	.about = "Postfix 2.3 and later, any syslog flavour",
	.parse = parse,
	.print = postfix_print,
	.samples = postfix_samples,
};
