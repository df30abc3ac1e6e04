/*
 * test_session.c: sessions are found by host and key, however many there are,
 * forgotten one by one, and come back as they were saved.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buf.h"
#include "index/session.h"

enum { MANY = 3000, HOSTS = 3 };

static struct str
key(unsigned i, char text[32])
{
	/* some differ in their first bytes only, some are long */
	int n = snprintf(text, 32, i % 5 ? "%u" : "%05u:a-longer-key", i);

	return str_make(text, (size_t)n);
}

static void
expect(struct sessions *ss, unsigned i, bool there)
{
	char text[32], tls[32];

	for (uint32_t host = 0; host < HOSTS; host++) {
		struct session *s =
		    session_get(ss, host, key(i, text), 0, false);

		if (!there) {
			assert_null(s);
			continue;
		}
		assert_non_null(s);
		snprintf(tls, sizeof(tls), "%u of %u", i, host);
		assert_true(str_eq(str_make(s->tls, s->tls_n), str_c(tls)));
	}
}

static void
test_many(void **state)
{
	struct sessions *ss = sessions_new(), *again = sessions_new();
	struct buf saved = BUF_INIT(1 << 24);
	char text[32], tls[32];
	struct rd r;

	(void)state;
	assert_false(sessions_pending(ss));
	assert_null(session_get(ss, 0, STR("1"), 0, false));
	for (unsigned i = 0; i < MANY; i++)
		for (uint32_t host = 0; host < HOSTS; host++) {
			snprintf(tls, sizeof(tls), "%u of %u", i, host);
			session_set_tls(session_get(ss, host, key(i, text), i,
					    true),
			    str_c(tls));
		}
	for (unsigned i = 0; i < MANY; i++)
		expect(ss, i, true);
	for (unsigned i = 0; i < MANY; i += 2)
		for (uint32_t host = 0; host < HOSTS; host++)
			session_drop(ss,
			    session_get(ss, host, key(i, text), 0, false));
	for (unsigned i = 0; i < MANY; i++)
		expect(ss, i, i % 2);
	sessions_save(ss, &saved);
	r = rd_of(buf_str(&saved));
	sessions_load(again, &r);
	assert_false(r.bad || rd_left(&r));
	for (unsigned i = 0; i < MANY; i++)
		expect(again, i, i % 2);
	buf_release(&saved);
	sessions_free(again);
	sessions_free(ss);
}

/* A key is cut, and one without a process is a key as well. */
static void
test_keys(void **state)
{
	static char text[200];
	struct sessions *ss = sessions_new();
	struct session *s;

	(void)state;
	memset(text, 'x', sizeof(text));
	s = session_get(ss, 7, str_make(text, sizeof(text)), 0, true);
	assert_ptr_equal(session_get(ss, 7, str_make(text, 150), 0, false), s);
	assert_null(session_get(ss, 8, str_make(text, 150), 0, false));
	assert_null(session_get(ss, 7, STR_NONE, 0, false));
	s = session_get(ss, 7, STR_NONE, 0, true);
	assert_ptr_equal(session_get(ss, 7, STR(""), 0, false), s);
	assert_true(sessions_pending(ss));
	sessions_free(ss);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
