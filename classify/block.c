/*
 * block.c: what a refusal says about a blocked address: which address, which
 * list, which zone, where to look it up (docs/rules.md).
 *
 * The address is looked for where replies put it, in this order: a parameter
 * of a lookup link; beside a word that names the sending side; the bracket
 * that opens a reply of Gmail's; any other address that is not the receiver's,
 * a version number or an answer of a list.
 */
#include <stdio.h>

#include "classify/part.h"
#include "base/banned.h"

enum { CONTEXT = 48 };

/* The text before a placeholder, at most CONTEXT bytes. */
static struct str
before(const struct normal *nm, const struct token *t)
{
	size_t n = t->at < CONTEXT ? t->at : CONTEXT;

	return str_make(nm->text + t->at - n, n);
}

static struct str
after(const struct normal *nm, const struct token *t)
{
	return str_head(str_from(str_make(nm->text, nm->n), (size_t)t->at + 4),
	    CONTEXT);
}

static bool
any_in(struct str s, const struct str *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(s, word[i]) >= 0)
			return true;
	return false;
}

/* Not ours: answers of lists, versions, the receiver's own addresses. */
static bool
excluded(const struct normal *nm, const struct token *t)
{
	static const struct str theirs[] = {
		STR_INIT("server: "),
		STR_INIT("server:"),
		STR_INIT("dns ip"),
		STR_INIT("resolver"),
		STR_INIT("returned "),
		STR_INIT("answer "),
		STR_INIT("lastattemptedip"),
		STR_INIT("version"),
		STR_INIT("remote host "),
		STR_INIT("result "),
	};
	struct str b = before(nm, t), a = after(nm, t);

	if (str_starts(t->raw, STR("127.")) || str_starts(t->raw, STR("0.")) ||
	    str_starts(t->raw, STR("255.")))
		return true;
	if (str_ends(b, STR("- ")) && str_starts(a, STR(";")))
		return true; /* Yahoo: "- 4.16.55.1;" */
	if (str_ends(b, STR("#")))
		return true;
	b = b.n > 18 ? str_from(b, b.n - 18) : b;
	return any_in(b, theirs, sizeof(theirs) / sizeof(*theirs));
}

static bool
sending_side(const struct normal *nm, const struct token *t)
{
	static const struct str ours[] = {
		STR_INIT("client"),
		STR_INIT("your ip"),
		STR_INIT("sending"),
		STR_INIT("sender"),
		STR_INIT("messages from"),
		STR_INIT("mail from"),
		STR_INIT("email from"),
		STR_INIT("connections from"),
		STR_INIT("connection from"),
		STR_INIT("your server"),
		STR_INIT("your host"),
		STR_INIT("your mail"),
		STR_INIT("mail server"),
		STR_INIT("ip="),
		STR_INIT("ip:"),
		STR_INIT("ip address"),
		STR_INIT("source"),
		STR_INIT("sent through"),
		STR_INIT(" ip "),
		STR_INIT("from ip"),
		STR_INIT("ip ["),
		STR_INIT("ip ("),
		STR_INIT("host ["),
		STR_INIT("host ("),
		STR_INIT("rejected -"),
		STR_INIT("reverse dns for"),
		STR_INIT("originating"),
		STR_INIT("adresse ip"),
		STR_INIT("ip-adresse"),
	};
	struct str b = before(nm, t), a = after(nm, t);

	return any_in(b, ours, sizeof(ours) / sizeof(*ours)) ||
	       str_starts(a, STR(" >_is blocked")) ||
	       str_starts(a, STR(" is blocked")) ||
	       str_starts(a, STR("] is blocked")) ||
	       str_starts(a, STR(" listed")) ||
	       str_starts(a, STR(" is listed")) || str_starts(a, STR(" found"));
}

/* Gmail: "[192.0.2.1      18] Our system has detected". */
static bool
gmail_bracket(const struct normal *nm, const struct token *t)
{
	struct str a = after(nm, t);
	size_t i = 1;

	if (t->at < 1 || t->at > 4 || nm->text[t->at - 1] != '[' ||
	    !str_starts(a, STR(" ")))
		return false;
	while (i < a.n && is_digit(a.p[i]))
		i++;
	return i > 1 && i < a.n && a.p[i] == ']';
}

static bool
v4_char(char c)
{
	return is_digit(c) || c == '.';
}

/* An address inside a link, not its host: after =, / or ?. */
static struct str
ip_in_url(struct str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	size_t i = at < 0 ? 0 : (size_t)at + 3;

	if (str_findi(url, STR("/returnc/pub/")) >= 0)
		return STR_NONE; /* the resolver's address */
	while (i < url.n && url.p[i] != '/' && url.p[i] != '?')
		i++;
	for (; i + 7 <= url.n; i++) {
		size_t n = 0, dots = 0;

		if (!strchr("=/?", url.p[i]))
			continue;
		while (i + 1 + n < url.n && v4_char(url.p[i + 1 + n])) {
			dots += url.p[i + 1 + n] == '.';
			n++;
		}
		if (dots == 3 && n >= 7 && n <= 15)
			return str_make(url.p + i + 1, n);
		n = dots = 0;
		while (i + 1 + n < url.n && (is_alnum(url.p[i + 1 + n]) ||
						url.p[i + 1 + n] == ':')) {
			dots += url.p[i + 1 + n] == ':';
			n++;
		}
		if (dots >= 2 && n >= 6 && n <= 45)
			return str_make(url.p + i + 1, n);
	}
	return STR_NONE;
}

static struct str
find_ip(struct classifier *cl, const struct match *m)
{
	const struct normal *nm = &cl->nm;
	const struct token *best = NULL;
	int best_score = 0;
	struct str ip;

	if (m->group[G_IP].from < m->group[G_IP].to) {
		const struct token *t = normal_token(nm, m->group[G_IP].from);

		if (t)
			return t->raw;
	}
	for (size_t i = 0; i < nm->ntok; i++)
		if (nm->tok[i].kind == TK_URL &&
		    (ip = ip_in_url(nm->tok[i].raw)).n)
			return ip;
	for (size_t i = 0; i < nm->ntok; i++) {
		const struct token *t = &nm->tok[i];
		int score;

		if (t->kind != TK_IP || excluded(nm, t))
			continue;
		score = sending_side(nm, t) ? 3 : gmail_bracket(nm, t) ? 2 : 1;
		if (score > best_score) {
			best = t;
			best_score = score;
		}
	}
	return best ? best->raw : STR_NONE;
}

/* Whether a host name or link is that of a list. */
static bool
of_list(const struct list *list, struct str raw)
{
	for (size_t i = 0; i < list->ndomains; i++)
		if (str_findi(raw, list->domain[i]) >= 0)
			return true;
	return false;
}

/* The host name that a list's zone is, if the reply names one. */
static struct str
find_zone(const struct classifier *cl, const struct list *list)
{
	static const struct str lead[] = {
		STR_INIT("using "),
		STR_INIT("listed in "),
		STR_INIT("listed at "),
		STR_INIT("listed by "),
		STR_INIT("listed on "),
		STR_INIT("rbl "),
		STR_INIT("dnsbl "),
		STR_INIT("rbl: "),
		STR_INIT("list "),
		STR_INIT("found in "),
		STR_INIT("blacklisted at "),
		STR_INIT("blocked by "),
		STR_INIT("rejected by "),
		STR_INIT("present in "),
		STR_INIT("blacklisted ("),
		STR_INIT("blacklisted in "),
		STR_INIT("blocklisted by "),
		STR_INIT("blocked at "),
	};
	const struct normal *nm = &cl->nm;

	for (size_t i = 0; i < nm->ntok; i++) {
		const struct token *t = &nm->tok[i];

		if (t->kind == TK_HOST && list && of_list(list, t->raw))
			return t->raw;
	}
	for (size_t i = 0; !list && i < nm->ntok; i++) {
		const struct token *t = &nm->tok[i];
		struct str b;

		if (t->kind != TK_HOST)
			continue;
		b = before(nm, t);
		for (size_t k = 0; k < sizeof(lead) / sizeof(*lead); k++)
			if (str_ends(b, lead[k]))
				return t->raw;
	}
	return STR_NONE;
}

static struct str
find_link(struct classifier *cl, const struct list *list, struct str ip)
{
	const struct normal *nm = &cl->nm;
	const struct token *first = NULL;
	int n;

	for (size_t i = 0; i < nm->ntok; i++) {
		const struct token *t = &nm->tok[i];

		if (t->kind != TK_URL)
			continue;
		if ((list && of_list(list, t->raw)) || ip_in_url(t->raw).n)
			return t->raw;
		if (!first)
			first = t;
	}
	if (first)
		return first->raw;
	if (!list || !list->lookup || !ip.n)
		return STR_NONE;
	for (n = 0; list->lookup[n] && strncmp(list->lookup + n, "%s", 2);)
		n++;
	n = snprintf(cl->scratch, sizeof(cl->scratch), "%.*s" STR_FMT "%s", n,
	    list->lookup, STR_ARG(str_head(ip, 64)), list->lookup + n + 2);
	return str_make(cl->scratch,
	    n > 0 && (size_t)n < sizeof(cl->scratch) ? (size_t)n : 0);
}

static struct str
find_domain(const struct classifier *cl, struct str core, const struct match *m,
    const struct list *list)
{
	const struct normal *nm = &cl->nm;

	if (m->group[G_DOMAIN].from < m->group[G_DOMAIN].to) {
		const struct token *t =
		    normal_token(nm, m->group[G_DOMAIN].from);

		if (!t)
			return normal_raw(nm, core, m->group[G_DOMAIN].from,
			    m->group[G_DOMAIN].to);
		return t->kind == TK_ADDR ? str_domain(t->raw) : t->raw;
	}
	for (size_t i = 0; i < nm->ntok; i++) {
		const struct token *t = &nm->tok[i];

		if (t->kind == TK_ADDR && str_domain(t->raw).n)
			return str_domain(t->raw);
		if (t->kind == TK_HOST && !(list && of_list(list, t->raw)))
			return t->raw;
	}
	return STR_NONE;
}

const char *
block_kind(enum cls c)
{
	switch (c) {
	case CLS_IP_BLOCKLISTED:
		return "dnsbl";
	case CLS_IP_BLOCKED:
		return "receiver";
	case CLS_BAD_REPUTATION:
		return "reputation";
	case CLS_RDNS_HELO:
		return "rdns";
	case CLS_DOMAIN_BLOCKLISTED:
		return "domain";
	default:
		return "";
	}
}

void
block_fill(struct classifier *cl, const struct classify_in *in, struct str core,
    const struct match *m, struct classify_out *out)
{
	const struct rule *r = m->rule >= 0 ? cl->order[m->rule] : NULL;
	struct block *b = &out->block;
	const struct list *list = NULL;

	(void)in;
	if (!r || (out->grp != GRP_BLOCKED && out->cls != CLS_SENDER_AUTH))
		return;
	if (out->cls == CLS_SENDER_AUTH) {
		if (m->group[G_DOMAIN].from < m->group[G_DOMAIN].to)
			b->domain = find_domain(cl, core, m, NULL);
		return;
	}
	if (m->list >= 0 && (size_t)m->list < cl->rb.nlists)
		list = &cl->rb.list[m->list];
	b->kind = r->kind ? r->kind : block_kind(out->cls);
	b->note = str_c(r->note);
	if (r->list) {
		b->list = str_c(r->list);
		if (list && strcmp(list->name, r->list) != 0)
			list = NULL;
	} else if (list) {
		b->list = str_c(list->name);
	} else if (m->group[G_LIST].from < m->group[G_LIST].to) {
		b->list = normal_raw(&cl->nm, core, m->group[G_LIST].from,
		    m->group[G_LIST].to);
	}
	if (list && list->note && !b->note.n)
		b->note = str_c(list->note);
	if (out->cls != CLS_DOMAIN_BLOCKLISTED)
		b->ip = find_ip(cl, m);
	else
		b->domain = find_domain(cl, core, m, list);
	if (list || out->cls == CLS_IP_BLOCKLISTED ||
	    out->cls == CLS_DOMAIN_BLOCKLISTED)
		b->zone = find_zone(cl, list);
	if (!b->zone.n && r->zone)
		b->zone = str_c(r->zone);
	else if (!b->zone.n && list && list->zone)
		b->zone = str_c(list->zone);
	if (!b->list.n && b->zone.n)
		b->list = b->zone;
	b->lookup_url = find_link(cl, list, b->ip);
}
