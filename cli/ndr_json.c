/*
 * ndr_json.c: schema mailtrace.ndr/1 (docs/JSON.md).
 */
#include "cli/json.h"
#include "cli/ndr.h"
#include "base/banned.h"

static void
block(struct json *j, const struct classify_out *c)
{
	const struct block *b = &c->block;

	if (c->grp != GRP_BLOCKED) {
		json_null(j, "block");
		return;
	}
	json_open(j, "block", '{');
	json_text(j, "ip", b->ip);
	json_text(j, "list", b->list);
	json_text(j, "zone", b->zone);
	json_text(j, "kind", str_c(b->kind));
	json_text(j, "lookup_url", b->lookup_url);
	json_text(j, "domain", b->domain);
	json_text(j, "note", b->note);
	json_close(j);
}

static void
verdict(struct json *j, const struct classify_out *c)
{
	json_text(j, "group", str_c(grp_name(c->grp)));
	json_text(j, "class", str_c(cls_name(c->cls)));
	if (c->perm == PERM_NONE)
		json_null(j, "permanent");
	else
		json_bool(j, "permanent", c->perm == PERM_PERM);
	json_text(j, "side", str_c(side_name(c->side)));
	json_int(j, "confidence", c->confidence);
	json_text(j, "rule", str_c(c->rule));
	json_c(j, "who_acts", cls_owner(c->cls, c->side));
	json_text(j, "meaning", str_c(cls_meaning(c->cls)));
	json_text(j, "next", str_c(c->advice));
	json_text(j, "retry_after", c->retry_after);
	block(j, c);
}

static void
code(struct json *j, struct str s)
{
	uint64_t v;

	if (str_u64(s, &v))
		json_uint(j, "code", v);
	else
		json_null(j, "code");
}

static void
rcpt(struct json *j, struct ndr *n, const struct bounce *b,
    const struct bounce_rcpt *r)
{
	struct notice no;

	notice_classify(n->cl, b, r, &no);
	json_open(j, NULL, '{');
	json_text(j, "to", r->to);
	json_text(j, "original_to", r->original_to);
	json_c(j, "state", no.state);
	code(j, no.code);
	json_text(j, "dsn", no.dsn);
	json_text(j, "reply", no.reply);
	json_text(j, "remote", r->remote);
	verdict(j, &no.c);
	json_close(j);
}

void
ndr_json_mail(struct ndr *n, const char *name, const struct bounce *b,
    const struct ndr_trace *t)
{
	struct json *j = n->json;

	json_open(j, NULL, '{');
	json_c(j, "file", name);
	json_c(j, "kind", bounce_kind_name(b->kind));
	json_text(j, "format", str_c(b->format));
	json_text(j, "message_id", b->message_id);
	json_text(j, "reporter", b->reporter);
	json_open(j, "original", '{');
	json_text(j, "message_id", b->original.message_id);
	json_text(j, "from", b->original.from);
	json_text(j, "to", b->original.to);
	json_text(j, "subject", b->original.subject);
	json_text(j, "qid", b->original.qid);
	json_close(j);
	json_open(j, "recipients", '[');
	for (size_t i = 0; i < b->nrcpt; i++)
		rcpt(j, n, b, &b->rcpt[i]);
	json_close(j);
	if (t->found) {
		json_open(j, "trace", '{');
		json_text(j, "message_id", t->message_id);
		json_text(j, "host", t->host);
		json_text(j, "qid", t->qid);
		json_text(j, "from", t->from);
		json_text(j, "subject", t->subject);
		json_time(j, "first_seen", t->first_us);
		json_c(j, "state", t->state);
		json_c(j, "how", t->how);
		json_c(j, "term", t->term);
		json_close(j);
	} else {
		json_null(j, "trace");
	}
	json_close(j);
}

void
ndr_json_reply(struct ndr *n, const struct classify_in *in)
{
	struct json *j = n->json;
	struct classify_out c;

	classify(n->cl, in, &c);
	json_open(j, NULL, '{');
	json_str(j, "text", in->text);
	verdict(j, &c);
	json_close(j);
}
