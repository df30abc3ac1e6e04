/*
 * dns.c: the resolver library behind a cache, and the self-test.
 *
 * A question is created once per name and type, and is settled once: by the
 * library's callback, by its own deadline (then it is cancelled), or at once
 * when there is nobody to ask.  The library runs in a thread of its own and
 * tells us by its descriptor; its callbacks run inside ub_process(), so all
 * of ours is single-threaded.
 *
 * Validation is ours: the library fetches keys and checks signatures.  Some
 * paths (home routers, small local stubs) drop what that needs, and then
 * every signed name would look forged.  So at the start the key of the trust
 * anchor's own zone is asked for.  Until that answer is there a bogus answer
 * is held back; when the key did not come signed, the library is started
 * again without the anchor and what was held back is asked once more.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unbound.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/map.h"
#include "live/dns_part.h"
#include "base/banned.h"

/* The root's key signing keys of 2017 and 2024, as published by IANA. */
static const char *const root_anchor[] = {
	". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D084"
	"58E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219"
	"298D0A450D612C483AF444A4C0FB2B16",
};

struct dns {
	struct dns_conf conf;
	struct loop *loop;
	struct arena arena;
	struct map map;
	struct dns_question *all;
	struct ub_ctx *ub;
	struct watch ub_watch;
	struct dns_question *probe; /* the self-test */
	int validates;
	const char *why_not;
	struct str servers[16];
	size_t nservers;
	unsigned open;
	uint64_t answers, sent, heard, silent;
	struct watch probe_watch;
};

static const struct {
	const char *opt, *val;
} tuning[] = {
	{ "do-not-query-localhost:", "no" },
	{ "outgoing-range:", "256" },
	{ "num-queries-per-thread:", "1024" },
	{ "outbound-msg-retry:", "2" },
	{ "msg-cache-size:", "2m" },
	{ "rrset-cache-size:", "4m" },
	{ "key-cache-size:", "1m" },
	{ "neg-cache-size:", "512k" },
	{ "infra-cache-numhosts:", "1000" },
	{ "edns-buffer-size:", "1232" },
	{ "val-log-level:", "2" },
	{ "qname-minimisation:", "no" },
};

struct arena *
dns_arena(struct dns *d)
{
	return &d->arena;
}

struct loop *
dns_loop(struct dns *d)
{
	return d->loop;
}

const struct dns_conf *
dns_config(const struct dns *d)
{
	return &d->conf;
}

unsigned
dns_open_questions(const struct dns *d)
{
	return d->open;
}

bool
dns_deaf(const struct dns *d)
{
	return d->heard == 0 && d->silent >= DNS_DEAF;
}

uint64_t
dns_answers(const struct dns *d)
{
	return d->answers;
}

size_t
dns_servers(const struct dns *d, const struct str **out)
{
	*out = d->servers;
	return d->nservers;
}

uint64_t
dns_sent(const struct dns *d)
{
	return d->sent;
}

static void
library_ready(struct watch *w, short got)
{
	struct dns *d =
	    (struct dns *)((char *)w - offsetof(struct dns, ub_watch));

	if (got)
		ub_process(d->ub);
}

static struct str
anchor_zone(struct dns *d)
{
	char line[1024];
	struct str zone = STR("");
	FILE *f;

	if (!d->conf.trust_anchor)
		return zone;
	f = fopen(d->conf.trust_anchor, "re");
	while (f && !zone.n && fgets(line, sizeof(line), f)) {
		struct str s = str_trim(str_c(line));
		size_t n = 0;

		while (n < s.n && !is_space(s.p[n]))
			n++;
		if (n && s.p[0] != ';' && s.p[0] != '#' &&
		    !dns_name(&d->arena, str_head(s, n), &zone))
			zone = STR("");
	}
	if (f)
		fclose(f);
	return zone;
}

static int
library_start(struct dns *d, bool anchor, struct err *err)
{
	struct ub_ctx *ub = ub_ctx_create();
	int rc = ub ? 0 : UB_NOMEM;

	if (!ub)
		return err_set(err, "cannot start the resolver library");
	for (size_t i = 0; i < sizeof(tuning) / sizeof(*tuning); i++)
		ub_ctx_set_option(ub, tuning[i].opt, tuning[i].val);
	for (size_t i = 0; i < d->nservers && !rc; i++) {
		rc = ub_ctx_set_fwd(ub, d->servers[i].p);
		if (rc)
			err_set(err, "'%s' is no resolver address",
			    d->servers[i].p);
	}
	if (!rc && anchor && d->conf.trust_anchor) {
		rc = ub_ctx_add_ta_file(ub, d->conf.trust_anchor);
		if (rc)
			err_set(err, "cannot read the trust anchor '%s'",
			    d->conf.trust_anchor);
	} else if (!rc && anchor) {
		for (int i = 0; i < 2 && !rc; i++)
			rc = ub_ctx_add_ta(ub, root_anchor[i]);
	}
	if (!rc)
		rc = ub_ctx_async(ub, 1);
	for (size_t i = 0; i < d->conf.nlocal_zones && !rc; i++) {
		struct str z =
		    arena_printf(&d->arena, "%s.", d->conf.local_zones[i]);

		ub_ctx_zone_remove(ub, z.p);
	}
	if (rc) {
		ub_ctx_delete(ub);
		return err && err->msg[0] ?
			   -1 :
			   err_set(err, "cannot start the resolver library: %s",
			       ub_strerror(rc));
	}
	d->ub = ub;
	d->ub_watch = (struct watch){ .fd = ub_fd(ub),
		.want = POLLIN,
		.fn = library_ready };
	return loop_add(d->loop, &d->ub_watch);
}

static void
library_stop(struct dns *d)
{
	if (!d->ub)
		return;
	loop_del(d->loop, &d->ub_watch);
	ub_ctx_delete(d->ub);
	d->ub = NULL;
}

void
dns_settle(struct dns_question *q, enum dns_status status, const char *why)
{
	struct dns *d = q->dns;
	int64_t now = loop_now_us();
	uint32_t keep = DNS_NEGATIVE_S;

	if (q->ans.status != DNS_PENDING)
		return;
	loop_del(d->loop, &q->watch);
	dns_direct_stop(q);
	q->ans.status = status;
	if (why && why[0] && !q->ans.why.p)
		q->ans.why = arena_dup(&d->arena, str_c(why));
	if (status == DNS_OK)
		keep =
		    q->ans.ttl < DNS_POSITIVE_S ? q->ans.ttl : DNS_POSITIVE_S;
	q->ans.took_us = now - q->sent_us;
	q->ans.until_us = now + (int64_t)keep * 1000000;
	d->open--;
	d->answers++;
	if (!q->server.n) {
		d->heard += status == DNS_OK || status == DNS_NODATA ||
			    status == DNS_NXDOMAIN || status == DNS_REFUSED;
		d->silent += status == DNS_TIMEOUT;
	}
}

static void ask_library(struct dns_question *q);

/* Everything still open is asked anew, of a library without the anchor. */
static void
drop_anchor(struct dns *d)
{
	struct err err = { "" };

	library_stop(d);
	for (struct dns_question *q = d->all; q; q = q->next)
		q->asked = false;
	if (library_start(d, false, &err) < 0)
		d->why_not = "the resolver library does not start";
	for (struct dns_question *q = d->all; q; q = q->next)
		if (q->ans.status == DNS_PENDING && !q->server.n &&
		    q != d->probe)
			ask_library(q);
}

/* After the self-test: outside the library's callback. */
static void
tested(struct watch *w, short got)
{
	struct dns *d =
	    (struct dns *)((char *)w - offsetof(struct dns, probe_watch));

	(void)got;
	loop_del(d->loop, w);
	if (d->validates < 0) {
		drop_anchor(d);
		return;
	}
	for (struct dns_question *q = d->all; q; q = q->next)
		if (q->ans.status == DNS_PENDING && !q->server.n && !q->asked)
			ask_library(q);
}

static void
probe_done(struct dns *d, bool secure, bool answered)
{
	d->answers++;
	d->validates = secure ? 1 : -1;
	if (!secure)
		d->why_not =
		    answered ?
			"the resolver does not pass on DNSSEC signatures" :
			"the resolver did not answer the DNSSEC self-test";
	d->probe_watch =
	    (struct watch){ .fd = -1, .deadline_us = 1, .fn = tested };
	loop_add(d->loop, &d->probe_watch);
}

static void
library_answer(void *arg, int rc, struct ub_result *r)
{
	struct dns_question *q = arg;
	struct dns *d = q->dns;
	struct dns_answer ans = { .status = DNS_PENDING };
	bool ok;

	q->asked = false;
	if (q->ans.status != DNS_PENDING) {
		ub_resolve_free(r);
		return;
	}
	if (rc || !r) {
		dns_settle(q, DNS_SERVFAIL, ub_strerror(rc));
		if (q == d->probe)
			probe_done(d, false, false);
		return;
	}
	if (q == d->probe) {
		bool answered =
		    r->rcode == 0 || r->rcode == 3 || r->rcode == 5 || r->bogus;

		dns_settle(q, r->secure ? DNS_OK : DNS_SERVFAIL, r->why_bogus);
		probe_done(d, r->secure && r->havedata, answered);
		ub_resolve_free(r);
		return;
	}
	if (r->bogus && d->validates != 1) { /* held back: see tested() */
		ub_resolve_free(r);
		return;
	}
	ok = r->answer_packet &&
	     dns_packet_read(&d->arena, r->answer_packet, (size_t)r->answer_len,
		 q->name, q->type, &ans);
	if (ok)
		q->ans = ans;
	q->ans.status = DNS_PENDING;
	q->ans.secure = r->secure;
	q->ans.bogus = r->bogus;
	dns_settle(q,
	    ok		? ans.status :
	    r->nxdomain ? DNS_NXDOMAIN :
			  DNS_SERVFAIL,
	    r->bogus ? r->why_bogus : NULL);
	ub_resolve_free(r);
}

static void
too_late(struct watch *w, short got)
{
	struct dns_question *q =
	    (struct dns_question *)((char *)w -
				    offsetof(struct dns_question, watch));
	struct dns *d = q->dns;

	(void)got;
	if (q->asked && d->ub)
		ub_cancel(d->ub, q->async_id);
	q->asked = false;
	dns_settle(q, DNS_TIMEOUT, "no answer in time");
	if (q == d->probe)
		probe_done(d, false, false);
}

static void
ask_library(struct dns_question *q)
{
	struct dns *d = q->dns;
	int rc;

	if (!d->ub) {
		dns_settle(q, DNS_UNREACHABLE, "no resolver");
		return;
	}
	q->watch = q->watch.slot ?
		       q->watch :
		       (struct watch){ .fd = -1,
			       .deadline_us = q->sent_us + d->conf.query_us,
			       .fn = too_late };
	if (loop_add(d->loop, &q->watch) < 0) {
		dns_settle(q, DNS_TIMEOUT, "too many questions at once");
		return;
	}
	d->sent++;
	rc = ub_resolve_async(d->ub, q->name.n ? q->name.p : ".", (int)q->type,
	    1, q, library_answer, &q->async_id);
	if (rc)
		dns_settle(q, DNS_SERVFAIL, ub_strerror(rc));
	else
		q->asked = true;
}

struct dns *
dns_new(const struct dns_conf *conf, struct loop *loop, struct err *err)
{
	struct dns *d = xcalloc(1, sizeof(*d));

	d->conf = *conf;
	d->loop = loop;
	if (!d->conf.query_us)
		d->conf.query_us = 3000000;
	if (!d->conf.direct_us)
		d->conf.direct_us = 2000000;
	if (conf->offline || conf->canned) {
		d->validates = conf->canned ? 1 : -1;
		d->why_not = "offline";
		return d;
	}
	for (size_t i = 0; i < conf->nresolvers && i < 16; i++)
		d->servers[d->nservers++] =
		    arena_dup(&d->arena, str_c(conf->resolvers[i]));
	if (!d->nservers)
		d->nservers = dns_resolv_conf(&d->arena, conf->resolv_conf,
		    d->servers, 8);
	if (library_start(d, true, err) < 0) {
		dns_free(d);
		return NULL;
	}
	dns_ask(d, anchor_zone(d), DNS_DNSKEY);
	d->probe = d->all;
	return d;
}

void
dns_free(struct dns *d)
{
	if (!d)
		return;
	for (struct dns_question *q = d->all; q; q = q->next) {
		loop_del(d->loop, &q->watch);
		dns_direct_stop(q);
	}
	loop_del(d->loop, &d->probe_watch);
	library_stop(d);
	map_release(&d->map);
	arena_release(&d->arena);
	free(d);
}

int
dns_validates(struct dns *d, const char **why)
{
	*why = d->why_not;
	return d->validates;
}

static const struct dns_answer unaskable = { .status = DNS_BADNAME };
static const struct dns_answer too_many = { .status = DNS_TIMEOUT };

/* The question, new or known; *fresh says which. */
static struct dns_question *
question(struct dns *d, const struct ip *server, struct str name,
    enum dns_type type, bool *fresh)
{
	struct buf b = BUF_INIT(2048);
	struct dns_question *q;
	void **slot;

	buf_add(&b, name);
	buf_printf(&b, "/%d", (int)type);
	if (server)
		buf_addn(&b, server->b, server->n);
	q = map_get(&d->map, buf_str(&b));
	*fresh = !q;
	if (!q && d->arena.total < DNS_MAX_MEMORY &&
	    d->map.n < DNS_MAX_QUESTIONS) {
		q = arena_new(&d->arena, struct dns_question);
		q->key = arena_dup(&d->arena, buf_str(&b));
		q->name = arena_dup(&d->arena, name);
		q->type = type;
		q->dns = d;
		q->sent_us = loop_now_us();
		if (server)
			q->server = *server;
		slot = map_slot(&d->map, q->key);
		*slot = q;
		q->next = d->all;
		d->all = q;
		d->open++;
	}
	buf_release(&b);
	return q;
}

static const struct dns_answer *
ask(struct dns *d, const struct ip *server, struct str in, enum dns_type type)
{
	struct arena scratch = { 0 };
	struct dns_question *q = NULL;
	struct str name;
	bool fresh = false, bad;

	bad = !dns_name(&scratch, in, &name);
	if (!bad)
		q = question(d, server, name, type, &fresh);
	arena_release(&scratch);
	if (bad)
		return &unaskable;
	if (!q)
		return &too_many;
	if (!fresh)
		return &q->ans;
	if (d->conf.canned)
		dns_settle(q, server ? DNS_UNREACHABLE : DNS_NXDOMAIN, NULL);
	else if (d->conf.offline)
		dns_settle(q, DNS_OFFLINE, NULL);
	else if (!server)
		ask_library(q);
	else if (d->sent++, dns_direct_send(q) < 0)
		dns_settle(q, DNS_UNREACHABLE, NULL);
	return &q->ans;
}

const struct dns_answer *
dns_ask(struct dns *d, struct str name, enum dns_type type)
{
	return ask(d, NULL, name, type);
}

const struct dns_answer *
dns_ask_at(struct dns *d, const struct ip *server, struct str name,
    enum dns_type type)
{
	return ask(d, server, name, type);
}

void
dns_put(struct dns *d, struct str name, enum dns_type type,
    enum dns_status status, const struct dns_rr *rr, size_t nrr)
{
	struct arena scratch = { 0 };
	struct dns_question *q = NULL;
	struct str plain;
	bool fresh;

	if (dns_name(&scratch, name, &plain))
		q = question(d, NULL, plain, type, &fresh);
	if (q) {
		q->ans.rr = arena_array(&d->arena, struct dns_rr, nrr + 1);
		if (nrr)
			memcpy(q->ans.rr, rr, nrr * sizeof(*rr));
		q->ans.nrr = nrr;
		q->ans.canon = q->name;
		q->ans.ttl = 300;
		q->ans.status = DNS_PENDING;
		d->open += fresh ? 0 : 1;
		dns_settle(q, status, NULL);
	}
	arena_release(&scratch);
}

void
dns_put_secure(struct dns *d, struct str name, enum dns_type type)
{
	for (struct dns_question *q = d->all; q; q = q->next)
		if (!q->server.n && q->type == type && str_eqi(q->name, name))
			q->ans.secure = true;
}

void
dns_forget_old(struct dns *d)
{
	int64_t now = loop_now_us();
	struct dns_question **at = &d->all;

	if (d->open || d->conf.canned)
		return;
	while (*at) {
		struct dns_question *q = *at;

		if (q->ans.until_us > now &&
		    d->arena.total < DNS_MAX_MEMORY / 2) {
			at = &q->next;
			continue;
		}
		map_del(&d->map, q->key);
		*at = q->next;
	}
	if (d->map.n == 0) {
		struct str keep[16];
		struct arena old = d->arena;

		d->arena = (struct arena){ 0 };
		for (size_t i = 0; i < d->nservers; i++) {
			keep[i] = arena_dup(&d->arena, d->servers[i]);
			d->servers[i] = keep[i];
		}
		d->probe = NULL;
		arena_release(&old);
	}
}
