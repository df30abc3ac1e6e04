/*
 * fact_terms.c: a fact is dressed as a message, which the terms know.
 */
#include "query/fact_terms.h"
#include "query/match.h"
#include "base/banned.h"

bool
fact_fits(const struct fact *f, const struct fact_entry *in,
    const struct query *q)
{
	const struct fact_entry own = { f->user, f->client_name, f->client_ip,
		f->helo };
	struct ans_rcpt r = { .to = f->to,
		.original_to = f->orig_to.n ? f->orig_to : f->to,
		.state = f->state,
		.time_us = f->t_us,
		.reply_dsn = f->dsn,
		.reply_text = f->reply };
	struct life *life = (struct life *)f->life;
	struct traced t = { .msg = { .message_id = f->msgid,
				.subject = f->subject,
				.from = f->from,
				.size_bytes = f->size_bytes,
				.first_us = f->start_us,
				.rcpt = &r,
				.nrcpt = 1 },
		.life = &life,
		.nlife = life ? 1 : 0 };
	uint64_t code;

	if (!in)
		in = &own;
	r.reply_code = str_u64(f->code, &code) ? (int)code : -1;
	if (f->failed && f->why)
		r.c = *f->why;
	t.msg.entry.host = f->host;
	t.msg.entry.client_name = in->client_name;
	t.msg.entry.client_ip = in->client_ip;
	t.msg.entry.helo = in->helo;
	t.msg.entry.user = in->user;
	return match_message(q, &t);
}
