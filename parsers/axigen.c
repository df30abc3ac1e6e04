/*
 * axigen.c: Axigen 8 to 10.x, its own files, its log service, or syslog.
 *
 *	2026-07-06 13:10:08 +0545 08 host SERVICE:ID: text
 *
 * The level is a mask and says nothing of the meaning.  ID is a session of
 * SERVICE; under PROCESSING it is the message's queue id, padded with zeros
 * here and nowhere else.  Excerpts, and syslog, may lack what stands before
 * SERVICE.  Sessions and queue ids are numbers of the same kind and not of
 * one space: a session is always called by its service too.
 *
 * No state is kept: `New mail ... enqueued with id` comes after the lines of
 * the message it announces, and joining them is for others.
 */
#include "parsers/axigen.h"
#include "parsers/axigen_part.h"
#include "base/banned.h"

enum { NAME_MAX_BYTES = 24, ID_MAX_BYTES = 40 };

static const struct {
	struct str name;
	enum service service;
	const char *login;
} services[] = {
	{ STR_INIT("PROCESSING"), SV_PROCESSING, "smtp" },
	{ STR_INIT("SMTP-IN"), SV_SMTP_IN, "smtp" },
	{ STR_INIT("SMTP-OUT"), SV_SMTP_OUT, "smtp" },
	{ STR_INIT("WEBMAIL"), SV_WEBMAIL, "webmail" },
	{ STR_INIT("MAILBOXAPI"), SV_MAILBOXAPI, "webmail" },
	{ STR_INIT("IMAP"), SV_IMAP, "imap" },
	{ STR_INIT("POP3"), SV_POP3, "pop3" },
	{ STR_INIT("WEBADMIN"), SV_WEBADMIN, "webadmin" },
	{ STR_INIT("DNR"), SV_DNR, "dnr" },
	{ STR_INIT("RPOP"), SV_RPOP, "rpop" },
	{ STR_INIT("CLI"), SV_CLI, "cli" },
	{ STR_INIT("LOG"), SV_LOG, "log" },
	{ STR_INIT("REPORTING"), SV_REPORTING, "reporting" },
	{ STR_INIT("FTP-BACKUP"), SV_FTP_BACKUP, "ftp" },
	{ STR_INIT("PROXY_POP3"), SV_PROXY_POP3, "pop3" },
	{ STR_INIT("PROXY_IMAP"), SV_PROXY_IMAP, "imap" },
	{ STR_INIT("PROXY_WEBMAIL"), SV_PROXY_WEBMAIL, "webmail" },
	{ STR_INIT("USERDB"), SV_USERDB, "userdb" },
	{ STR_INIT("FILTERS"), SV_FILTERS, "filters" },
	{ STR_INIT("CALLOG"), SV_CALLOG, "calendar" },
	{ STR_INIT("SECURITY"), SV_SECURITY, "security" },
	{ STR_INIT("JOBLOG"), SV_JOBLOG, "jobs" },
	{ STR_INIT("SRVLOG"), SV_SRVLOG, "server" },
	{ STR_INIT("SERVER"), SV_SERVER, "server" },
};

enum { SERVICES = sizeof(services) / sizeof(*services) };

enum service
axigen_service(struct str name)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (str_eq(services[i].name, name))
			return services[i].service;
	return SV_COUNT;
}

const char *
axigen_service_name(enum service s)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].service == s)
			return services[i].name.p;
	return "";
}

struct str
axigen_login_service(enum service s)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (services[i].service == s)
			return str_c(services[i].login);
	return STR("other");
}

struct str
axigen_id(struct str id)
{
	while (id.n > 1 && id.p[0] == '0')
		id = str_from(id, 1);
	return id;
}

void
axigen_set_id(const struct prefix *px, bool queue, struct event *ev)
{
	if (queue && !ev->qid.n)
		ev->qid = axigen_id(px->id);
	else if (!queue)
		ev_set(ev, F_SESSION, px->session);
}

void
axigen_set_codes(struct event *ev)
{
	struct str code, dsn;

	if (ev_has(ev, F_CODE) || !ev_has(ev, F_REPLY))
		return;
	reply_codes(ev_get(ev, F_REPLY), &code, &dsn);
	if (code.n)
		ev_set(ev, F_CODE, code);
	if (dsn.n)
		ev_set(ev, F_DSN, dsn);
}

/* The length of "2026-07-06 13:10:08 +0545 08 " at p, or 0. */
static size_t
stamp(const char *p, size_t n)
{
	if (n < 30 || p[4] != '-' || p[7] != '-' || p[10] != ' ' ||
	    p[13] != ':' || p[16] != ':' || p[19] != ' ' ||
	    (p[20] != '+' && p[20] != '-') || p[25] != ' ' || p[28] != ' ' ||
	    !is_digit(p[0]) || !is_digit(p[18]) || !is_digit(p[21]) ||
	    !is_digit(p[24]) || !is_digit(p[26]) || !is_alnum(p[27]))
		return 0;
	return 29;
}

/* SERVICE:ID: at the start of s; only known services unless `any`. */
static bool
service_id(struct str s, bool any, struct prefix *px)
{
	size_t n = 0, m;

	while (n < s.n && n < NAME_MAX_BYTES &&
	       ((s.p[n] >= 'A' && s.p[n] <= 'Z') || is_digit(s.p[n]) ||
		   s.p[n] == '-' || s.p[n] == '_'))
		n++;
	if (!n || n >= s.n || s.p[n] != ':')
		return false;
	px->name = str_head(s, n);
	px->service = axigen_service(px->name);
	if (px->service == SV_COUNT) {
		if (!any)
			return false;
		px->service = SV_OTHER;
	}
	for (m = n + 1; m < s.n && m - n <= ID_MAX_BYTES && s.p[m] != ':' &&
			s.p[m] != ' ';)
		m++;
	if (m == n + 1 || m >= s.n || s.p[m] != ':')
		return false;
	px->id = str_make(s.p + n + 1, m - n - 1);
	px->session = str_head(s, m);
	px->text = str_from(s, m + 1);
	if (px->text.n && px->text.p[0] == ' ')
		px->text = str_from(px->text, 1);
	return true;
}

static bool
read_prefix(struct str s, struct prefix *px)
{
	size_t n = s.n ? stamp(s.p, s.n) : 0;
	ptrdiff_t i;

	px->host = STR("");
	if (!n)
		return s.n && s.p[0] >= 'A' && s.p[0] <= 'Z' &&
		       service_id(s, false, px);
	s = str_from(s, n);
	i = str_chr(s, ' ');
	if (i <= 0)
		return false;
	px->host = str_head(s, (size_t)i);
	return service_id(str_from(s, (size_t)i + 1), true, px);
}

bool
axigen_prefixed(struct line *ln)
{
	struct prefix px;

	if (ln->tag.n || !read_prefix(ln->text, &px))
		return false;
	if (px.host.n)
		ln->host = px.host;
	ln->tag = ln->prog = px.name;
	ln->pid = px.id;
	return true;
}

/*
 * On the way of a message a text that nobody knows is still worth reading: it
 * is a note about its id, so that a trace shows it.
 */
static enum parse_result
unrecognised(const struct prefix *px, struct event *ev)
{
	bool queue = px->service == SV_PROCESSING;

	ev->kind = EV_NOTE;
	if (!queue)
		ev->flags |= EVF_SESSION;
	axigen_set_id(px, queue, ev);
	ev_set(ev, F_ACTION, STR("unrecognised"));
	ev_set(ev, F_TEXT, px->text);
	return PARSE_EVENT;
}

static enum parse_result
parse(const struct line *ln, struct event *ev)
{
	struct prefix px;
	enum parse_result r;

	if (!read_prefix(ln->text, &px))
		return PARSE_FOREIGN;
	ev->mta = MTA_AXIGEN;
	ev->inst = STR("axigen");
	if (ln->flags & LINE_CUT)
		ev->flags |= EVF_CUT;
	r = axigen_table_own(&px, ev);
	if (r == PARSE_FOREIGN)
		r = axigen_text(&px, ev);
	if (r == PARSE_FOREIGN)
		r = axigen_table(&px, ev);
	if (r != PARSE_FOREIGN)
		return r;
	return px.service == SV_PROCESSING || px.service == SV_SMTP_OUT ?
		   unrecognised(&px, ev) :
		   PARSE_UNKNOWN;
}

const struct parser parser_axigen = {
	.name = "axigen",
	.about = "Axigen 8 to 10.x: own files, log service or syslog",
	.parse = parse,
	.samples = axigen_samples,
};
