/*
 * postfix_part.c: pieces that several kinds of Postfix lines have in common:
 * clients, addresses, relays inside a text, TLS lines.
 */
#include "parsers/postfix_part.h"
#include "base/banned.h"

/* Where a quoted local part at the start of s ends; 0 when it does not. */
static size_t
skip_quoted(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

const char *
postfix_addr_end(struct str s, char sep)
{
	size_t i = s.n && s.p[0] == '"' ? skip_quoted(s) : 0;
	const char *end = s.p + s.n, *q = s.p + i;

	while ((q = memchr(q, '>', (size_t)(end - q)))) {
		if (q + 1 == end || q[1] == sep || (sep == ' ' && q[1] == ':'))
			return q;
		q++;
	}
	return NULL;
}

/* The first '[' or ' ' at or after p, or end. */
static inline const char *
name_end(const char *p, const char *end)
{
#ifdef __SSE2__
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)p);
		unsigned at = (unsigned)_mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('[')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8(' '))));

		if (at)
			return p + __builtin_ctz(at);
		p += 16;
	}
#endif
	while (p < end && *p != '[' && *p != ' ')
		p++;
	return p;
}

/*
 * h.example[192.0.2.4]   unknown[unknown]   [192.0.2.4]:25   h[2001:db8::1]
 * A ':' belongs to it only before a digit: a text may follow it too.
 */
bool
postfix_peer(struct scan *sc, struct peer *peer)
{
	const char *from = sc->p, *q, *end = sc->end;

	q = name_end(from, end);
	if (q == end || *q == ' ')
		return false;
	peer->name = str_make(from, (size_t)(q - from));
	from = ++q;
	q = byte_at(q, end, ']');
	if (q == end)
		return false;
	peer->ip = str_make(from, (size_t)(q - from));
	peer->port = STR_NONE;
	q++;
	if (end - q > 1 && *q == ':' && is_digit(q[1])) {
		from = ++q;
		while (q < end && is_digit(*q))
			q++;
		peer->port = str_make(from, (size_t)(q - from));
	}
	sc->p = q;
	return true;
}

void
postfix_set_client(struct event *ev, const struct peer *peer)
{
	if (peer->name.n)
		ev_set(ev, F_CLIENT_NAME, peer->name);
	ev_set(ev, F_CLIENT_IP, peer->ip);
	if (peer->port.p)
		ev_set(ev, F_CLIENT_PORT, peer->port);
}

bool
postfix_find_relay(struct event *ev, struct str text)
{
	const char *q = text.n ? memchr(text.p, '[', text.n) : NULL;
	const char *from = q;
	struct peer peer;
	struct scan sc;

	if (!q || q == text.p)
		return false;
	while (from > text.p && from[-1] != ' ')
		from--;
	scan_init(&sc, str_from(text, (size_t)(from - text.p)));
	if (from == q || !postfix_peer(&sc, &peer))
		return false;
	ev_set(ev, F_RELAY_NAME, peer.name);
	ev_set(ev, F_RELAY_IP, peer.ip);
	if (peer.port.p)
		ev_set(ev, F_RELAY_PORT, peer.port);
	return true;
}

/*
 * Trusted TLS connection established to mx[192.0.2.4]:25: TLSv1.3 with cipher
 * TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 ...
 * Untrusted TLS connection reused to mx[192.0.2.4]:25 to sni.example: TLSv1.2
 * Printed by tls_log_summary() in Postfix src/tls/tls_misc.c.
 */
enum parse_result
postfix_tls(struct scan *sc, struct event *ev)
{
	struct scan at = *sc;
	struct peer peer;
	struct str trust;
	bool client;

	while (at.p < at.end && is_alpha(*at.p))
		at.p++;
	trust = str_make(sc->p, (size_t)(at.p - sc->p));
	if (!scan_opt(&at, STR(" TLS connection ")))
		return PARSE_UNKNOWN;
	if (!scan_opt(&at, STR("established ")))
		scan_lit(&at, STR("reused "));
	client = scan_opt(&at, STR("from "));
	if (!client)
		scan_lit(&at, STR("to "));
	if (at.err || !postfix_peer(&at, &peer))
		return PARSE_UNKNOWN;
	if (scan_opt(&at, STR(" to ")))
		scan_until(&at, ':');
	scan_lit(&at, STR(": "));
	if (at.err)
		return PARSE_UNKNOWN;
	ev->kind = EV_TLS;
	ev_set(ev, F_STATUS, trust);
	ev_set(ev, F_TLS, scan_rest(&at));
	if (client) {
		ev->flags |= EVF_SESSION;
		postfix_set_client(ev, &peer);
	} else {
		ev_set(ev, F_RELAY_NAME, peer.name);
		ev_set(ev, F_RELAY_IP, peer.ip);
		if (peer.port.p)
			ev_set(ev, F_RELAY_PORT, peer.port);
	}
	return PARSE_EVENT;
}
