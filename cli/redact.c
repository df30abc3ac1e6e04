/*
 * redact.c: --redact: an answer fit to be shown to others.  Each local part
 * becomes user1, user2 ..., each IP address ip1, ip2 ..., the same one always
 * the same, in every text of the answer, log lines too.  Domains and queue
 * ids stay, so that what happened can still be followed.
 *
 * An address is found by its '@' (or a login by its field), an IP address by
 * its form; a name of four numbers that is none (a version) is masked as well:
 * rather too much than too little.
 */
#include "base/map.h"
#include "cli/out.h"
#include "base/banned.h"

enum { REDACT_TEXT_MAX = 1 << 20 };

struct redact {
	struct arena *a;
	struct map user, ip;
	struct map login; /* logins without a domain, as words */
	struct buf out;
};

static bool
local_byte(char c)
{
	return (unsigned char)c >= 0x80 || is_alnum(c) ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool
ip_byte(char c)
{
	return is_digit(c) || c == '.' || c == ':' ||
	       (unsigned char)((c | 32) - 'a') < 6;
}

static uintptr_t
number(struct redact *r, struct map *m, struct str key)
{
	void **slot = map_slot(m, arena_lower(r->a, key));

	if (!*slot)
		*slot = (void *)(uintptr_t)m->n;
	return (uintptr_t)*slot;
}

/*
 * Where the local part before the '@' at `at` begins; from on.  A log writes
 * key=local@domain, so a '=' ends it.
 */
static size_t
local_start(struct str s, size_t from, size_t at)
{
	size_t i = at;

	if (i > from && s.p[i - 1] == '"') { /* a quoted local part */
		i--;
		while (i > from && s.p[i - 1] != '"')
			i--;
		return i > from ? i - 1 : i;
	}
	while (i > from && local_byte(s.p[i - 1]) && s.p[i - 1] != '=')
		i--;
	return i;
}

/* Bytes of an IP address at the beginning of s; 0 when there is none. */
static size_t
ip_length(struct str s)
{
	size_t n = 0, colons = 0;

	while (n < s.n && n < 48 && ip_byte(s.p[n]))
		n++;
	while (n && (s.p[n - 1] == '.' || s.p[n - 1] == ':'))
		n--;
	if (n < 3 || (n < s.n && (is_alnum(s.p[n]) || s.p[n] == '_')))
		return 0;
	for (size_t i = 0; i < n; i++)
		colons += s.p[i] == ':';
	if (colons == 1) /* 192.0.2.4:25 */
		n = (size_t)str_chr(str_head(s, n), ':');
	return ip_valid_cidr(str_head(s, n)) ? n : 0;
}

/* Bytes of a word at i that is a known login and no part of an address. */
static size_t
login_length(struct redact *r, struct str t, size_t i)
{
	size_t n = 0;

	while (i + n < t.n && (is_alnum(t.p[i + n]) || t.p[i + n] == '_' ||
				  t.p[i + n] == '-' || t.p[i + n] == '.'))
		n++;
	if (!n || !r->login.n || (i + n < t.n && t.p[i + n] == '@'))
		return 0;
	return map_get(&r->login, arena_lower(r->a, str_make(t.p + i, n))) ? n :
									     0;
}

static void
mask(struct redact *r, struct str *s)
{
	struct str t = *s;
	size_t from = 0, i = 0;

	if (!t.n)
		return;
	t = str_head(t, REDACT_TEXT_MAX);
	buf_clear(&r->out);
	while (i < t.n) {
		bool begins =
		    i == from || !(is_alnum(t.p[i - 1]) || t.p[i - 1] == '.' ||
				     t.p[i - 1] == '_');
		size_t n;

		if (t.p[i] == '@' && i > 0) {
			size_t start = local_start(t, from, i);

			if (start < i) {
				buf_addn(&r->out, t.p + from, start - from);
				buf_printf(&r->out, "user%zu",
				    (size_t)number(r, &r->user,
					str_make(t.p + start, i - start)));
				from = i;
			}
		} else if (begins && ip_byte(t.p[i]) &&
			   (n = ip_length(str_from(t, i))) > 0) {
			buf_addn(&r->out, t.p + from, i - from);
			buf_printf(&r->out, "ip%zu",
			    (size_t)number(r, &r->ip, str_make(t.p + i, n)));
			from = i += n;
			continue;
		} else if (begins && (n = login_length(r, t, i)) > 0) {
			buf_addn(&r->out, t.p + from, i - from);
			buf_printf(&r->out, "user%zu",
			    (size_t)number(r, &r->user, str_make(t.p + i, n)));
			from = i += n;
			continue;
		}
		i++;
	}
	buf_addn(&r->out, t.p + from, t.n - from);
	*s = arena_dup(r->a, buf_str(&r->out));
}

/* A login: with a domain like any address, else the whole of it. */
static void
mask_user(struct redact *r, struct str *s)
{
	if (!s->n || str_chr(*s, '@') >= 0)
		mask(r, s);
	else
		*s = arena_printf(r->a, "user%zu",
		    (size_t)number(r, &r->user, *s));
}

static void
know_login(struct redact *r, struct str s)
{
	struct str key = arena_lower(r->a, s);

	if (s.n > 1 && str_chr(s, '@') < 0)
		*map_slot(&r->login, key) = r->a;
}

static void
rcpt(struct redact *r, struct ans_rcpt *x)
{
	mask(r, &x->to);
	mask(r, &x->original_to);
	mask(r, &x->remote_name);
	mask(r, &x->remote_ip);
	mask(r, &x->reply_text);
	mask_user(r, &x->mailbox);
	mask(r, &x->quarantine);
	mask(r, &x->why);
	mask(r, &x->next);
	mask(r, &x->remark);
	mask(r, &x->notice_to);
	mask(r, &x->c.block.ip);
	mask(r, &x->c.block.lookup_url);
	mask(r, &x->c.block.note);
	for (size_t i = 0; i < x->nevidence; i++)
		mask(r, &x->evidence[i].text);
}

static void
hop(struct redact *r, struct ans_hop *h)
{
	mask(r, &h->client_name);
	mask(r, &h->client_ip);
	mask(r, &h->from);
	for (size_t i = 0; i < h->nline; i++)
		mask(r, &h->line[i].at.text);
	for (size_t i = 0; i < h->ndelivery; i++) {
		struct ans_delivery *d = &h->delivery[i];

		mask(r, &d->to);
		mask(r, &d->original_to);
		mask(r, &d->relay);
		mask(r, &d->relay_ip);
		for (size_t k = 0; k < d->nattempt; k++) {
			mask(r, &d->attempt[k].relay_name);
			mask(r, &d->attempt[k].relay_ip);
			mask(r, &d->attempt[k].text);
		}
	}
}

void
redact_answer(struct answer *ans, struct query *q)
{
	struct redact r = { .a = &ans->arena,
		.out = BUF_INIT(2 * REDACT_TEXT_MAX) };

	for (size_t i = 0; i < ans->nmessage; i++) {
		know_login(&r, ans->message[i].entry.user);
		for (size_t k = 0; k < ans->message[i].nrcpt; k++)
			know_login(&r, ans->message[i].rcpt[k].mailbox);
	}
	for (size_t i = 0; i < ans->nhint; i++)
		mask(&r, &ans->hint[i]);
	for (size_t i = 0; i < ans->nmessage; i++) {
		struct ans_message *m = &ans->message[i];

		mask(&r, &m->from);
		mask(&r, &m->message_id);
		mask(&r, &m->subject);
		mask(&r, &m->entry.client_name);
		mask(&r, &m->entry.client_ip);
		mask(&r, &m->entry.helo);
		mask_user(&r, &m->entry.user);
		for (size_t k = 0; k < m->nrcpt; k++)
			rcpt(&r, &m->rcpt[k]);
		for (size_t k = 0; k < m->nhop; k++)
			hop(&r, &m->hop[k]);
	}
	for (size_t i = 0; q && i < q->nterm; i++)
		for (size_t k = 0; k < q->term[i].n; k++)
			if (q->term[i].key == T_USER)
				mask_user(&r, &q->term[i].value[k]);
			else
				mask(&r, &q->term[i].value[k]);
	map_release(&r.user);
	map_release(&r.ip);
	map_release(&r.login);
	buf_release(&r.out);
}
