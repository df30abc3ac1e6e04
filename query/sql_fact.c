/*
 * sql_fact.c: the columns that deliveries, refusals and logins share: what a
 * fact says whatever it is.
 */
#include "query/sql_part.h"
#include "base/banned.h"

void
sql_put_time(const struct fact *f, struct sql_out *o)
{
	sql_stamp(o, f->t_us);
}

void
sql_put_epoch(const struct fact *f, struct sql_out *o)
{
	sql_epoch(o, f->t_us);
}

void
sql_put_host(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->host);
}

void
sql_put_mta(const struct fact *f, struct sql_out *o)
{
	sql_text(o, str_c(mta_name[f->mta]));
}

void
sql_put_sender(const struct fact *f, struct sql_out *o)
{
	sql_str(o, f->from);
}

void
sql_put_sender_domain(const struct fact *f, struct sql_out *o)
{
	sql_text(o, str_domain(f->from));
}

void
sql_put_recipient(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->to);
}

void
sql_put_recipient_domain(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->domain);
}

void
sql_put_flow(const struct fact *f, struct sql_out *o)
{
	sql_text(o, str_c(flow_name[f->flow]));
}

void
sql_put_client_name(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->client_name);
}

void
sql_put_client_ip(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->client_ip);
}

void
sql_put_helo(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->helo);
}

void
sql_put_user(const struct fact *f, struct sql_out *o)
{
	sql_text(o, f->user);
}
