/*
 * match.c: the store gives candidates by its tokens; here every term is held
 * against the message as a whole.
 */
#include "query/match.h"
#include "base/banned.h"

static bool
positive(const struct term *t)
{
	return t->op != OP_NE && t->op != OP_NRE;
}

static bool
one_address(struct str want, bool glob, struct str addr)
{
	struct str dom = str_domain(addr);

	if (str_eq(want, STR("<>")))
		return addr.p && addr.n == 0;
	if (want.n && want.p[0] == '@')
		return glob ? str_glob(str_from(want, 1), dom) :
			      str_eqi(str_from(want, 1), dom);
	if (str_chr(want, '@') >= 0)
		return glob ? str_glob(want, addr) : str_eqi(want, addr);
	if (str_chr(want, '.') >= 0) {
		if (glob ? str_glob(want, dom) : str_eqi(want, dom))
			return true;
		if (!glob)
			return false;
	}
	/* a local part */
	addr = str_head(addr, dom.p ? addr.n - dom.n - 1 : addr.n);
	return glob ? str_glob(want, addr) : str_eqi(want, addr);
}

static bool
any_re(const struct term *t, struct str value)
{
	for (size_t i = 0; i < t->n; i++)
		if (re_match(t->re[i], value, NULL, 0) == 1)
			return true;
	return false;
}

bool
match_address(const struct term *t, struct str addr)
{
	if (!addr.p)
		return false;
	if (t->re)
		return any_re(t, addr);
	for (size_t i = 0; i < t->n; i++)
		if (one_address(t->value[i], t->glob[i], addr))
			return true;
	return false;
}

bool
match_text(const struct term *t, struct str value)
{
	if (!value.p)
		return false;
	if (t->re)
		return any_re(t, value);
	for (size_t i = 0; i < t->n; i++)
		if (t->glob[i] ? str_glob(t->value[i], value) :
				 str_eqi(t->value[i], value))
			return true;
	return false;
}

/* White space folded, ASCII case apart; a cut one matches as a prefix. */
static bool
same_subject(struct str want, struct str have, bool cut)
{
	size_t i = 0, k = 0;

	want = str_trim(want);
	have = str_trim(have);
	while (i < want.n && k < have.n) {
		bool ws = is_space(want.p[i]), hs = is_space(have.p[k]);

		if (ws && hs) {
			while (i < want.n && is_space(want.p[i]))
				i++;
			while (k < have.n && is_space(have.p[k]))
				k++;
			continue;
		}
		if (to_lower(want.p[i]) != to_lower(have.p[k])) {
			/* the cut may have gone through a character */
			return cut && k + 8 >= have.n && k > 40;
		}
		i++;
		k++;
	}
	return k == have.n && (i == want.n || cut);
}

enum { SUBJECT_CUT = 120 }; /* decoded bytes from which a cut is possible */

static bool
match_subject(const struct term *t, struct str subject)
{
	bool cut = subject.n >= SUBJECT_CUT;

	if (!subject.p)
		return false;
	if (t->re)
		return any_re(t, subject);
	for (size_t i = 0; i < t->n; i++)
		if (t->glob[i] ? str_glob(t->value[i], subject) :
				 same_subject(t->value[i], subject, cut))
			return true;
	return false;
}

static bool
match_ip_name(const struct term *t, struct str name, struct str ip)
{
	if (match_text(t, name) || match_text(t, ip))
		return true;
	for (size_t i = 0; !t->re && i < t->n; i++)
		if (ip.n && ip_valid_cidr(t->value[i]) &&
		    ip_in_cidr(ip, t->value[i]))
			return true;
	return false;
}

static bool
match_num(const struct term *t, int64_t v)
{
	if (v < 0)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->op == OP_GT ? v > t->num[i] :
		    t->op == OP_LT ? v < t->num[i] :
				     v / 1000000 == t->num[i] / 1000000 ||
					 v == t->num[i])
			return true;
	return false;
}

static bool
match_code(const struct term *t, int code)
{
	char text[12];
	uint64_t n;
	size_t k = 0;

	if (code < 0)
		return false;
	if (t->op == OP_GT || t->op == OP_LT) {
		for (size_t i = 0; i < t->n; i++)
			if (str_u64(t->value[i], &n) &&
			    (t->op == OP_GT ? (uint64_t)code > n :
					      (uint64_t)code < n))
				return true;
		return false;
	}
	for (int c = code; c && k < sizeof(text); c /= 10)
		k++;
	for (size_t i = k; i-- > 0; code /= 10)
		text[i] = (char)('0' + code % 10);
	return match_text(t, str_make(text, k));
}

static bool
match_state(const struct term *t, const struct ans_rcpt *r)
{
	return match_text(t, str_c(out_state_name[r->state])) ||
	       (r->c.cls != CLS_NONE && r->state != OUT_DELIVERED &&
		   r->state != OUT_LEFT &&
		   match_text(t, str_c(grp_name(r->c.grp))));
}

static bool
match_rcpt(const struct term *t, const struct traced *tr,
    const struct ans_rcpt *r)
{
	switch (t->key) {
	case T_TO:
		if (match_address(t, r->to) || match_address(t, r->original_to))
			return true;
		return tr->msg.nrcpt == 1 && r == tr->msg.rcpt &&
		       tr->msg.nhop == 0 && match_address(t, r->to);
	case T_STATE:
		return match_state(t, r);
	case T_GROUP:
		return r->c.cls != CLS_NONE &&
		       match_text(t, str_c(grp_name(r->c.grp)));
	case T_CLASS:
		return r->c.cls != CLS_NONE &&
		       match_text(t, str_c(cls_name(r->c.cls)));
	case T_CODE:
		return match_code(t, r->reply_code);
	case T_DSN:
		return match_text(t, r->reply_dsn);
	case T_REPLY:
		return match_text(t, r->reply_text);
	case T_DELAY:
		return match_num(t, r->time_us - tr->msg.first_us);
	default:
		return true;
	}
}

static bool
about_rcpt(const struct term *t)
{
	return t->key == T_TO || t->key == T_STATE || t->key == T_GROUP ||
	       t->key == T_CLASS || t->key == T_CODE || t->key == T_DSN ||
	       t->key == T_REPLY || t->key == T_DELAY;
}

static bool
lives_from(const struct term *t, const struct traced *tr)
{
	if (match_address(t, tr->msg.from))
		return true;
	for (size_t i = 0; i < tr->nlife; i++)
		if (match_address(t, tr->life[i]->from))
			return true;
	return false;
}

/* Addresses on the way that are neither first nor last. */
static bool
lives_to(const struct term *t, const struct traced *tr)
{
	for (size_t i = 0; i < tr->nlife; i++)
		for (size_t k = 0; k < tr->life[i]->ncopy; k++)
			if (match_address(t, tr->life[i]->copy[k].to) ||
			    match_address(t, tr->life[i]->copy[k].orig_to))
				return true;
	return false;
}

static bool
lives_id(const struct term *t, const struct traced *tr)
{
	for (size_t i = 0; i < tr->nlife; i++)
		for (size_t k = 0; k < tr->life[i]->nmsgid; k++) {
			struct str m = tr->life[i]->msgid[k];

			for (size_t v = 0; !t->re && v < t->n; v++) {
				struct str w = msgid_bare(t->value[v]);

				if (t->glob[v] ? str_glob(w, m) : str_eqi(w, m))
					return true;
			}
			if (t->re && any_re(t, m))
				return true;
		}
	return false;
}

static bool
lives_qid(const struct term *t, const struct traced *tr)
{
	for (size_t i = 0; i < tr->nlife; i++) {
		const struct life *l = tr->life[i];

		if (match_text(t, l->qid))
			return true;
		for (size_t k = 0; k < l->nev; k++)
			if (match_text(t, rev_get(l->ev[k].e, F_QID2)) ||
			    match_text(t, rev_get(l->ev[k].e, F_QID3)) ||
			    match_text(t, rev_get(l->ev[k].e, F_SESSION)))
				return true;
	}
	for (size_t i = 0; i < tr->msg.nrcpt; i++)
		if (match_text(t, tr->msg.rcpt[i].notice_qid))
			return true;
	return false;
}

static bool
lives_relay(const struct term *t, const struct traced *tr)
{
	for (size_t i = 0; i < tr->nlife; i++)
		for (size_t k = 0; k < tr->life[i]->nev; k++) {
			const struct rec_event *e = tr->life[i]->ev[k].e;

			if (match_ip_name(t, rev_get(e, F_RELAY_NAME),
				rev_get(e, F_RELAY_IP)))
				return true;
		}
	return false;
}

static bool
match_lines(const struct term *t, const struct traced *tr)
{
	for (size_t i = 0; i < tr->msg.nhop; i++)
		for (size_t k = 0; k < tr->msg.hop[i].nline; k++)
			if (match_text(t, tr->msg.hop[i].line[k].at.text))
				return true;
	for (size_t i = 0; i < tr->msg.nrcpt; i++)
		for (size_t k = 0; k < tr->msg.rcpt[i].nevidence; k++)
			if (match_text(t, tr->msg.rcpt[i].evidence[k].text))
				return true;
	return false;
}

static bool
match_whole(const struct term *t, const struct traced *tr)
{
	const struct ans_message *m = &tr->msg;

	if (t->anywhere) {
		struct term any = *t;

		any.key = T_ID;
		if (lives_from(t, tr) || lives_to(t, tr) || lives_id(&any, tr))
			return true;
		for (size_t i = 0; i < m->nrcpt; i++)
			if (match_address(t, m->rcpt[i].to) ||
			    match_address(t, m->rcpt[i].original_to))
				return true;
		return false;
	}
	switch (t->key) {
	case T_FROM:
		return lives_from(t, tr);
	case T_SUBJECT:
		if (match_subject(t, m->subject))
			return true;
		for (size_t i = 0; i < tr->nlife; i++)
			if (match_subject(t, tr->life[i]->subject))
				return true;
		return false;
	case T_ID:
		return lives_id(t, tr);
	case T_QID:
		return lives_qid(t, tr);
	case T_CLIENT:
		if (match_ip_name(t, m->entry.client_name, m->entry.client_ip))
			return true;
		for (size_t i = 0; i < tr->nlife; i++)
			if (match_ip_name(t, tr->life[i]->client_name,
				tr->life[i]->client_ip))
				return true;
		return false;
	case T_RELAY:
		return lives_relay(t, tr);
	case T_USER:
		if (match_text(t, m->entry.user))
			return true;
		for (size_t i = 0; i < tr->nlife; i++)
			if (match_text(t, tr->life[i]->user))
				return true;
		return false;
	case T_HELO:
		if (match_text(t, m->entry.helo))
			return true;
		for (size_t i = 0; i < tr->nlife; i++)
			if (match_text(t, tr->life[i]->helo))
				return true;
		return false;
	case T_HOST:
		if (match_text(t, m->entry.host))
			return true;
		for (size_t i = 0; i < tr->nlife; i++) {
			if (match_text(t, tr->life[i]->host) ||
			    match_text(t, tr->life[i]->printed_host))
				return true;
			for (size_t k = 0; !t->re && k < t->n; k++)
				if (site_same_host(t->value[k],
					tr->life[i]->host))
					return true;
		}
		return false;
	case T_SIZE:
		return match_num(t, m->size_bytes);
	case T_TEXT:
		return match_lines(t, tr);
	default:
		return true;
	}
}

bool
match_message(const struct query *q, struct traced *tr)
{
	bool rcpt_terms = false, to_term = false, any = false;

	for (size_t i = 0; i < q->nterm; i++) {
		const struct term *t = &q->term[i];

		if (about_rcpt(t)) {
			rcpt_terms = true;
			to_term |= t->key == T_TO;
			continue;
		}
		if (match_whole(t, tr) != positive(t))
			return false;
	}
	for (size_t i = 0; i < tr->msg.nrcpt; i++) {
		struct ans_rcpt *r = &tr->msg.rcpt[i];

		r->matched = true;
		for (size_t k = 0; k < q->nterm; k++)
			if (about_rcpt(&q->term[k]) &&
			    match_rcpt(&q->term[k], tr, r) !=
				positive(&q->term[k]))
				r->matched = false;
		any |= r->matched;
	}
	if (!rcpt_terms || any)
		return true;
	if (!to_term)
		return false;
	/* the address asked for is one on the way: rewritten, redirected */
	for (size_t k = 0; k < q->nterm; k++)
		if (about_rcpt(&q->term[k]) &&
		    (q->term[k].key != T_TO || !positive(&q->term[k]) ||
			!lives_to(&q->term[k], tr)))
			return false;
	for (size_t i = 0; i < tr->msg.nrcpt; i++)
		tr->msg.rcpt[i].matched = true;
	return true;
}
