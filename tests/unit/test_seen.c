/*
 * test_seen.c: what the logs tell live checks: the lab's store, and the lines
 * that name DKIM selectors.
 */
#include "query/seen.h"
#include "tests/lab_help.h"

static struct lab lab;

static int
start(void **state)
{
	static const char *const logs[] = { LAB_LOGS };

	(void)state;
	lab_open(&lab, logs, 1, 0);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

static void
ask(const char *domain, struct arena *a, struct seen_domain *out)
{
	struct err err;

	if (seen_of_domain(lab.st, &lab.conf.site, lab.cl, str_c(domain),
		SEEN_WAY | SEEN_KEY, a, out, &err) < 0)
		fail_msg("%s", err.msg);
}

static const struct seen_way *
way(const struct seen_domain *s, const char *ip)
{
	for (size_t i = 0; i < s->nway; i++)
		if (str_eq(s->way[i].ip, str_c(ip)))
			return &s->way[i];
	fail_msg("nothing of %s", ip);
	return NULL;
}

/* One of our addresses is on the list of strict.test, the other is not. */
static void
ways(void **state)
{
	struct arena a = { 0 };
	struct seen_domain s;
	const struct seen_way *w;

	(void)state;
	ask("strict.test", &a, &s);
	w = way(&s, "10.77.1.41");
	assert_true(w->since_us > w->ok_us && w->last_us >= w->since_us);
	assert_true(str_find(w->reply, STR("10.77.1.41")) >= 0);
	assert_true(w->line > 0 && w->source.n > 0);

	/* nothing but deliveries that went well */
	ask("remote-exim.test", &a, &s);
	assert_true(s.nway > 0);
	for (size_t i = 0; i < s.nway; i++)
		assert_true(s.way[i].ok_us > 0);

	ask("nobody-knows.example", &a, &s);
	assert_int_equal(s.nway + s.nkey, 0);
	/* our own domain's mail is not sent to anybody */
	ask("isp.test", &a, &s);
	assert_int_equal(s.nway, 0);
	assert_int_equal(s.nkey, 1);
	assert_true(str_eq(s.key[0].name, STR("lab")) && s.key[0].by_us);
	arena_release(&a);
}

static void
lines(void **state)
{
	static const struct {
		enum mta mta;
		const char *text, *domain, *want; /* "lab! k1": ! by us */
	} t[] = {
		{ MTA_OPENDKIM,
		    "DKIM-Signature field added (s=lab, d=isp.test)",
		    "isp.test", "lab!" },
		{ MTA_OPENDKIM,
		    "DKIM-Signature field added (s=lab, d=isp.test)",
		    "customers.test", "" },
		{ MTA_OPENDKIM, "s=k1 d=isp.test SSL error:04091068",
		    "isp.test", "" },
		{ MTA_EXIM,
		    "DKIM: d=isp.test s=lab c=relaxed/relaxed a=rsa-sha256 "
		    "b=2048 [verification succeeded]",
		    "isp.test", "lab" },
		{ MTA_EXIM,
		    "DKIM: d=isp.test s=evil c=relaxed/relaxed a=rsa-sha256 "
		    "b=2048 [invalid - public key record (currently?) "
		    "unavailable]",
		    "isp.test", "" },
		{ MTA_RSPAMD,
		    "[0.10/15.00] [R_DKIM_ALLOW(-0.20){isp.test:s=lab;x.test:"
		    "s=x;},DKIM_SIGNED(0.00){isp.test:s=out.2026;}]",
		    "isp.test", "lab out.2026!" },
		{ MTA_RSPAMD, "[0] [R_DKIM_ALLOW(-0.20)[isp.test:s=lab]]",
		    "ISP.test", "lab" },
		{ MTA_RSPAMD, "[9] [R_DKIM_REJECT(1.00){isp.test:s=evil;}]",
		    "isp.test", "" },
		{ MTA_RSPAMD, "[9] [R_DKIM_ALLOW(-0.20){notisp.test:s=a;}]",
		    "isp.test", "" },
		{ MTA_AMAVIS, "dkim_sd=k1:one.test,lab:isp.test", "isp.test",
		    "lab" },
		{ MTA_AMAVIS, "dkim_sd=k1:one.test, dkim_new=lab:isp.test",
		    "isp.test", "lab!" },
		{ MTA_AMAVIS, "Checking lab:isp.test", "isp.test", "" },
		{ MTA_AMAVIS, "dkim_new=l%00ab:isp.test", "isp.test", "" },
		{ MTA_POSTFIX, "DKIM-Signature field added (s=a, d=isp.test)",
		    "isp.test", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct str rest = str_c(t[i].text), name;
		struct buf got = BUF_INIT(200);
		bool by_us;

		for (size_t left = rest.n + 1; rest.n < left;) {
			left = rest.n;
			if (seen_key_in(t[i].mta, &rest, str_c(t[i].domain),
				&name, &by_us))
				buf_printf(&got, "%s" STR_FMT "%s",
				    buf_str(&got).n ? " " : "", STR_ARG(name),
				    by_us ? "!" : "");
		}
		assert_string_equal(buf_c(&got), t[i].want);
		buf_release(&got);
		/* every truncation is survived */
		for (size_t n = strlen(t[i].text); n-- > 0;) {
			char *cut = malloc(n + 1);

			memcpy(cut, t[i].text, n);
			rest = str_make(cut, n);
			seen_key_in(t[i].mta, &rest, str_c(t[i].domain), &name,
			    &by_us);
			free(cut);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(ways),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
