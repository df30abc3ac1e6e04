/*
 * dmarc.c: reading a record, walking the tree, choosing the policy
 * (RFC 9989 sections 4.7 and 4.10).
 *
 * The walk asks _dmarc.NAME for the name and its parents, eight questions at
 * most; a name of more than eight labels goes on with its last seven.  It
 * ends early at psd=n, and at psd=y above the start.  Then: the policy is
 * that of the author's own record, else of the organisational domain, else
 * of the public suffix above it.
 */
#include "live/dmarc.h"
#include "live/suffix.h"
#include "base/banned.h"

static bool
read_policy(struct str s, enum dmarc_policy *out)
{
	for (enum dmarc_policy p = DMARC_NONE; p <= DMARC_REJECT; p++)
		if (str_eqi(s, str_c(dmarc_policy_name(p)))) {
			*out = p;
			return true;
		}
	return false;
}

static void
read_uris(struct arena *a, struct str s, struct dmarc_record *r)
{
	while (s.p && r->nrua < DMARC_MAX_URI) {
		struct str one = str_trim(str_split(&s, ','));
		ptrdiff_t size = str_rchr(one, '!');

		if (size > 0)
			one = str_head(one, (size_t)size);
		if (str_startsi(one, STR("mailto:")) &&
		    str_domain(str_from(one, 7)).n)
			r->rua[r->nrua++] = arena_dup(a, str_from(one, 7));
	}
}

static void
read_tag(struct arena *a, struct dmarc_record *r, struct str name, struct str v,
    bool *bad_p)
{
	if (str_eqi(name, STR("p")))
		*bad_p = !read_policy(v, &r->p);
	else if (str_eqi(name, STR("sp")))
		read_policy(v, &r->sp);
	else if (str_eqi(name, STR("np")))
		read_policy(v, &r->np);
	else if (str_eqi(name, STR("rua")))
		read_uris(a, v, r);
	else if (str_eqi(name, STR("t")))
		r->test = str_eqi(v, STR("y"));
	else if (str_eqi(name, STR("psd")))
		r->psd = str_eqi(v, STR("y")) ? 'y' :
			 str_eqi(v, STR("n")) ? 'n' :
						'u';
	else if (str_eqi(name, STR("adkim")))
		r->strict_dkim = str_eqi(v, STR("s"));
	else if (str_eqi(name, STR("aspf")))
		r->strict_spf = str_eqi(v, STR("s"));
	else if (str_eqi(name, STR("pct")) || str_eqi(name, STR("rf")) ||
		 str_eqi(name, STR("ri")))
		r->warn |= DMARC_W_REMOVED_TAG;
}

bool
dmarc_parse(struct arena *a, struct str text, struct dmarc_record *out)
{
	struct dmarc_record r = { .text = text, .psd = 'u' };
	struct str rest = text;
	bool first = true, bad_p = false, said_p = false;

	while (rest.p) {
		struct str tag = str_trim(str_split(&rest, ';'));
		ptrdiff_t eq = str_chr(tag, '=');
		struct str name, value;

		if (eq < 0) {
			if (first)
				return false;
			continue;
		}
		name = str_trim(str_head(tag, (size_t)eq));
		value = str_trim(str_from(tag, (size_t)eq + 1));
		if (first &&
		    (!str_eqi(name, STR("v")) || !str_eq(value, STR("DMARC1"))))
			return false;
		said_p = said_p || str_eqi(name, STR("p"));
		if (!first)
			read_tag(a, &r, name, value, &bad_p);
		first = false;
	}
	r.found = true;
	if (r.p == DMARC_NO_POLICY) {
		r.warn |= said_p ? DMARC_W_P_INVALID : DMARC_W_P_MISSING;
		r.found = r.nrua > 0;
		r.p = DMARC_NONE;
	}
	*out = r;
	return true;
}

/* The record at one name.  false: still pending, or failed (out says). */
static bool
look(const struct asker *asker, struct arena *a, struct str name,
    struct dmarc_record *rec, struct dmarc_out *out)
{
	struct str q = arena_printf(a, "_dmarc." STR_FMT, STR_ARG(name));
	const struct dns_answer *ans = ask_dns(asker, q, DNS_TXT);
	size_t found = 0;

	*rec = (struct dmarc_record){ .domain = name };
	if (out->nwalked < DMARC_MAX_WALK)
		out->walked[out->nwalked++] = q;
	if (ans->status == DNS_PENDING) {
		out->pending = true;
		return false;
	}
	if (ans->status > DNS_NXDOMAIN && ans->status != DNS_BADNAME) {
		out->warn |= DMARC_W_TEMPERROR;
		out->problem = arena_printf(a, STR_FMT ": %s", STR_ARG(q),
		    dns_status_text(ans->status));
		return false;
	}
	for (size_t i = 0; i < ans->nrr; i++) {
		struct dmarc_record one;

		if (!dmarc_parse(a, ans->rr[i].data, &one)) {
			rec->warn |= DMARC_W_UNRELATED;
			continue;
		}
		one.warn |= rec->warn;
		one.domain = name;
		*rec = one;
		found++;
	}
	if (found > 1)
		*rec = (struct dmarc_record){ .domain = name,
			.warn = DMARC_W_MULTIPLE };
	return true;
}

/* The next name of the walk; empty at its end. */
static struct str
next_name(struct str name)
{
	unsigned n = dns_labels(name);

	if (n <= DMARC_MAX_WALK)
		return dns_parent(name);
	while (n-- > DMARC_MAX_WALK - 1)
		name = dns_parent(name);
	return name;
}

struct walk {
	struct dmarc_record rec[DMARC_MAX_WALK];
	size_t n;
	const struct dmarc_record *suffix; /* psd=y */
	struct str org;
};

static bool
walk_tree(const struct asker *asker, struct arena *a, struct str author,
    struct walk *w, struct dmarc_out *out)
{
	struct str below = author;

	w->org = author;
	for (struct str name = author; name.n && w->n < DMARC_MAX_WALK;
	     below = name, name = next_name(name)) {
		struct dmarc_record *r = &w->rec[w->n];

		if (!look(asker, a, name, r, out))
			return false;
		w->n++;
		if (!r->found)
			continue;
		if (r->psd == 'y' && w->n > 1) {
			w->suffix = r;
			w->org = below;
			return true;
		}
		w->org = name;
		if (r->psd == 'n')
			return true;
	}
	return true;
}

static void
remark(struct dmarc_out *out)
{
	const struct dmarc_record *r = &out->record;

	out->warn |= r->warn;
	if (out->warn & DMARC_W_MISSING_OWN)
		return;
	if (r->p == DMARC_NONE &&
	    !(r->warn & (DMARC_W_P_MISSING | DMARC_W_P_INVALID)))
		out->warn |= DMARC_W_P_NONE;
	if (r->sp != DMARC_NO_POLICY && r->sp < r->p)
		out->warn |= DMARC_W_SP_WEAKER;
	if (!r->nrua)
		out->warn |= DMARC_W_NO_RUA;
	if (r->test)
		out->warn |= DMARC_W_TEST;
}

/* A record where nobody looks for it: at the name itself, or doubled. */
static void
misplaced(const struct asker *asker, struct arena *a, struct str author,
    struct dmarc_out *out)
{
	struct str at[2] = { author,
		arena_printf(a, "_dmarc." STR_FMT "." STR_FMT, STR_ARG(author),
		    STR_ARG(author)) };
	struct dmarc_record r;

	for (int k = 0; k < 2; k++) {
		const struct dns_answer *ans = ask_dns(asker, at[k], DNS_TXT);

		if (ans->status == DNS_PENDING)
			out->pending = true;
		for (size_t i = 0; i < ans->nrr; i++)
			if (dmarc_parse(a, ans->rr[i].data, &r)) {
				out->warn |= DMARC_W_LOCATION;
				out->wrong_at = at[k];
			}
	}
}

static void
choose(const struct asker *asker, struct arena *a, struct str author,
    const struct walk *w, struct dmarc_out *out)
{
	const struct dmarc_record *own = &w->rec[0], *use = NULL;
	const struct dns_answer *ans;

	if (own->found)
		use = own;
	for (size_t i = 0; i < w->n && !use; i++)
		if (w->rec[i].found && dns_name_eq(w->rec[i].domain, w->org))
			use = &w->rec[i];
	if (!use && w->suffix) {
		use = w->suffix;
		out->warn |= DMARC_W_MISSING_OWN;
	}
	for (size_t i = 0; i < w->n; i++)
		out->warn |=
		    w->rec[i].warn &
		    (DMARC_W_MULTIPLE |
			(i == 0 ? DMARC_W_UNRELATED | DMARC_W_P_INVALID |
				      DMARC_W_P_MISSING :
				  0));
	if (!use) {
		if (!(out->warn & (DMARC_W_MULTIPLE | DMARC_W_P_INVALID |
				      DMARC_W_P_MISSING)))
			out->warn |= DMARC_W_MISSING;
		misplaced(asker, a, author, out);
		return;
	}
	out->record = *use;
	out->policy = use->p;
	if (use != own) {
		ans = ask_dns(asker, author, DNS_A);
		if (ans->status == DNS_PENDING)
			out->pending = true;
		if (use->sp != DMARC_NO_POLICY)
			out->policy = use->sp;
		if (ans->status == DNS_NXDOMAIN && use->np != DMARC_NO_POLICY)
			out->policy = use->np;
	}
	if (use->test && out->policy > DMARC_NONE)
		out->policy--;
	remark(out);
}

/* Receivers that do not walk use the author's record or org_psl's. */
static void
older(const struct walk *w, struct dmarc_out *out)
{
	struct str at = STR_NONE;

	if (w->rec[0].found)
		return;
	for (size_t i = 1; i < w->n; i++)
		if (w->rec[i].found &&
		    dns_name_eq(w->rec[i].domain, out->org_psl))
			at = w->rec[i].domain;
	if (!dns_name_eq(at, out->record.domain))
		out->older_at = at.n ? at : STR("");
}

void
dmarc_find(const struct asker *asker, struct arena *a, struct str author,
    struct dmarc_out *out)
{
	struct walk w = { .n = 0 };

	*out = (struct dmarc_out){ .org = STR("") };
	if (!dns_name(a, author, &author) || !author.n) {
		out->warn = DMARC_W_MISSING;
		return;
	}
	out->org_psl = suffix_registrable(a, author);
	if (!out->org_psl.n)
		out->org_psl = author;
	if (!walk_tree(asker, a, author, &w, out))
		return;
	out->org = w.org;
	choose(asker, a, author, &w, out);
	older(&w, out);
}

bool
dmarc_aligned(const struct asker *asker, struct arena *a, struct str x,
    struct str y, bool strict, bool *pending)
{
	struct dmarc_out dx, dy;

	if (dns_name_eq(x, y))
		return true;
	if (strict)
		return false;
	dmarc_find(asker, a, x, &dx);
	dmarc_find(asker, a, y, &dy);
	*pending = *pending || dx.pending || dy.pending;
	return dx.org.n && dns_name_eq(dx.org, dy.org);
}

const char *
dmarc_policy_name(enum dmarc_policy p)
{
	static const char *const name[] = { "", "none", "quarantine",
		"reject" };

	return name[p];
}

const char *
dmarc_warn_name(enum dmarc_warn w)
{
	static const struct {
		enum dmarc_warn w;
		const char *name;
	} names[] = {
		{ DMARC_W_MISSING, "missing" },
		{ DMARC_W_MISSING_OWN, "missing-own" },
		{ DMARC_W_MULTIPLE, "multiple-records" },
		{ DMARC_W_UNRELATED, "unrelated-txt" },
		{ DMARC_W_P_MISSING, "p-missing" },
		{ DMARC_W_P_INVALID, "p-invalid" },
		{ DMARC_W_P_NONE, "p-none" },
		{ DMARC_W_SP_WEAKER, "sp-weaker-than-p" },
		{ DMARC_W_NO_RUA, "no-rua" },
		{ DMARC_W_REMOVED_TAG, "removed-tag" },
		{ DMARC_W_TEST, "test-mode" },
		{ DMARC_W_LOCATION, "wrong-location" },
		{ DMARC_W_TEMPERROR, "temperror" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].w == w)
			return names[i].name;
	return "";
}
