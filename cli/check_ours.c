/*
 * check_ours.c: `mailtrace check --ours`: everything the configuration names:
 * domains, mail servers (spoken to, without a recipient), name servers, other
 * hosts, addresses the world sees, client services.
 */
#include "cli/check.h"
#include "base/banned.h"

static bool
plain(struct str s)
{
	return str_chr(s, '*') < 0;
}

static bool
is_ip(struct str s)
{
	struct ip net;
	unsigned bits;

	return ip_parse_net(s, &net, &bits);
}

static void
hosts(struct check_run *run, const struct str *v, size_t n, enum job_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (plain(v[i]) && !is_ip(v[i]) && str_chr(v[i], '.') > 0)
			check_add(run, v[i], kind);
}

void
check_add_ours(struct check_run *run)
{
	const struct site *s = &run->env->config.site;
	struct strs send = run->conf.sending;

	for (size_t i = 0; i < s->ndomain; i++)
		if (plain(s->domain[i]))
			check_add(run, s->domain[i], JOB_DOMAIN);
	hosts(run, s->mx, s->nmx, JOB_MX);
	hosts(run, s->nameserver, s->nnameserver, JOB_NS);
	for (size_t i = 0; i < s->noutgoing; i++)
		hosts(run, &s->outgoing[i].a, 1, JOB_HOST);
	hosts(run, s->host, s->nhost, JOB_HOST);
	for (size_t i = 0; i < send.n; i++)
		check_add(run, str_c(send.v[i]), JOB_IP);
	run->conf.smtp_own = true;
	run->conf.registration = !run->env->offline;
}
