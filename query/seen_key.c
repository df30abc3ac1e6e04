/*
 * seen_key.c: DKIM selectors out of what signers and verifiers log.
 *
 *	opendkim:	DKIM-Signature field added (s=lab, d=isp.test)
 *	Exim:		DKIM: d=isp.test s=lab ... [verification succeeded]
 *	rspamd:		DKIM_SIGNED(0.00){isp.test:s=lab;}
 *			R_DKIM_ALLOW(-0.20)[isp.test:s=lab]
 *	amavis:		dkim_new=lab:isp.test, dkim_sd=lab:isp.test
 *
 * What a verifier could not verify names nothing: anybody may write a
 * signature with our name into a mail of his.
 */
#include "query/seen.h"
#include "base/banned.h"

#define ROTATED_US (2 * 86400 * INT64_C(1000000))

/* A label, or several: what may stand before ._domainkey. */
static bool
is_selector(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' &&
		    !(s.p[i] == '.' && i && i + 1 < s.n))
			return false;
	return s.n > 0 && s.n <= 63;
}

static bool
is_name_char(char c)
{
	return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* The value of "KEY=" as a word of its own; empty: there is none. */
static struct str
tag(struct str text, char key)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		struct str v;
		size_t n = 0;

		if (text.p[i] != key || text.p[i + 1] != '=' ||
		    (i && text.p[i - 1] != ' ' && text.p[i - 1] != '('))
			continue;
		v = str_from(text, i + 2);
		while (n < v.n && is_name_char(v.p[n]))
			n++;
		return str_head(v, n);
	}
	return STR("");
}

/* opendkim and Exim: one pair a line, in words. */
static bool
in_words(struct str text, bool signs, struct str domain, struct str *name,
    bool *by_us)
{
	static const struct str added = STR_INIT("DKIM-Signature ");

	if (signs ?
		!str_starts(text, added) || str_find(text, STR(" added")) < 0 :
		!str_starts(text, STR("DKIM: ")) ||
		    str_find(text, STR("[verification succeeded]")) < 0)
		return false;
	*name = tag(text, 's');
	*by_us = signs;
	return str_eqi(tag(text, 'd'), domain);
}

/* rspamd: DOMAIN:s=SELECTOR within the brackets of two symbols. */
static bool
in_symbols(struct str *rest, struct str domain, struct str *name, bool *by_us)
{
	ptrdiff_t at;

	while ((at = str_find(*rest, STR(":s="))) > 0) {
		struct str before = str_head(*rest, (size_t)at);
		struct str v = str_from(*rest, (size_t)at + 3);
		size_t n = before.n, m = 0;
		ptrdiff_t open;

		while (n && is_name_char(before.p[n - 1]))
			n--;
		while (m < v.n && is_name_char(v.p[m]))
			m++;
		*name = str_head(v, m);
		*rest = str_from(v, m);
		if (!str_eqi(str_from(before, n), domain))
			continue;
		/* the symbol's own name stands before its "(score)" */
		open = str_rchr(before, '(');
		before = str_head(before, open < 0 ? 0 : (size_t)open);
		*by_us = str_ends(before, STR("DKIM_SIGNED"));
		if (*by_us || str_ends(before, STR("R_DKIM_ALLOW")))
			return true;
	}
	return false;
}

/* amavis: "dkim_sd=a:one.example,b:two.example, dkim_new=c:isp.test". */
static bool
in_pairs(struct str *rest, struct str domain, struct str *name, bool *by_us)
{
	while (rest->n) {
		struct str one = *rest, v;
		ptrdiff_t end = str_chr(one, ','), eq, colon;

		one = end < 0 ? one : str_head(one, (size_t)end);
		*rest = str_from(*rest, end < 0 ? rest->n : (size_t)end + 1);
		one = str_trim(one);
		if (str_starts(one, STR("dkim_")) &&
		    (eq = str_chr(one, '=')) > 0) {
			*by_us = str_starts(one, STR("dkim_new"));
			one = str_from(one, (size_t)eq + 1);
		}
		colon = str_chr(one, ':');
		if (colon < 0)
			continue;
		v = str_from(one, (size_t)colon + 1);
		*name = str_head(one, (size_t)colon);
		if (str_eqi(v, domain))
			return true;
	}
	return false;
}

bool
seen_key_in(enum mta mta, struct str *rest, struct str domain, struct str *name,
    bool *by_us)
{
	struct str all = *rest;
	bool got = false;

	switch (mta) {
	case MTA_OPENDKIM:
	case MTA_EXIM:
		*rest = STR("");
		got = in_words(all, mta == MTA_OPENDKIM, domain, name, by_us);
		break;
	case MTA_RSPAMD:
		got = in_symbols(rest, domain, name, by_us);
		break;
	case MTA_AMAVIS:
		if (str_starts(all, STR("dkim_"))) {
			*by_us = false;
			got = in_pairs(rest, domain, name, by_us);
		}
		break;
	default:
		break;
	}
	return got && is_selector(*name);
}

static void
add(struct seen_ctx *x, const struct rec_event *e, struct str name, bool by_us)
{
	struct seen_domain *out = x->out;
	struct seen_key *k = NULL;

	for (size_t i = 0; i < out->nkey && !k; i++)
		if (str_eqi(out->key[i].name, name))
			k = &out->key[i];
	if (!k && out->nkey == SEEN_KEYS)
		return;
	if (!k) {
		k = &out->key[out->nkey++];
		*k = (struct seen_key){ .name = arena_lower(x->a, name) };
	}
	k->by_us |= by_us;
	if (e->t_us <= k->last_us)
		return;
	k->last_us = e->t_us;
	k->source = arena_dup(x->a, store_source_name(x->st, e->at.src));
	k->line = e->at.number;
}

static void
look(struct seen_ctx *x, const struct record *rec, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < rec->n; i++) {
		const struct rec_event *e = &rec->ev[i];
		struct str rest = rev_get(e, F_TEXT), name = STR("");
		bool by_us = false;
		size_t before;

		/* a verifier that the text led nowhere has nothing more */
		do {
			before = rest.n;
			if (seen_key_in((enum mta)e->mta, &rest, x->domain,
				&name, &by_us))
				add(x, e, name, by_us);
		} while (rest.n && rest.n < before);
	}
}

/* What was in use beside the newest one; earlier ones were rotated out. */
int
seen_keys(struct seen_ctx *x, struct err *err)
{
	struct seen_domain *out = x->out;
	int64_t newest = 0;
	size_t n = 0;

	if (seen_walk(x, TOK_DOM_FROM, x->domain, look, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < out->nkey; i++)
		if (out->key[i].last_us > newest)
			newest = out->key[i].last_us;
	for (size_t i = 0; i < out->nkey; i++)
		if (out->key[i].last_us >= newest - ROTATED_US)
			out->key[n++] = out->key[i];
	out->nkey = n;
	return 0;
}
