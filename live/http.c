/*
 * http.c: libcurl's multi interface, turned by our loop.
 *
 * The library is loaded when the first request is made: it brings twenty
 * others, and most calls of the program never ask the web.
 */
#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_CURL
#include <curl/curl.h>
#include <dlfcn.h>
#endif

#include "base/buf.h"
#include "base/die.h"
#include "live/http.h"
#include "base/banned.h"

#define NO_CURL "this build has no HTTPS (libcurl is missing)"

enum { HTTPS_PORT = 443, TICK_US = 5000 };

bool
http_url_host(struct str url, struct str *host, uint16_t *port)
{
	static const struct str https = STR_INIT("https://");
	struct str h;
	uint64_t n = HTTPS_PORT;
	ptrdiff_t colon;
	size_t i = 0;

	if (!str_startsi(url, https))
		return false;
	h = str_from(url, https.n);
	while (i < h.n && h.p[i] != '/' && h.p[i] != '?' && h.p[i] != '#')
		i++;
	h.n = i;
	if (str_chr(h, '@') >= 0)
		return false;
	colon = str_chr(h, ':');
	if (colon >= 0) {
		if (!str_u64(str_from(h, (size_t)colon + 1), &n) || !n ||
		    n > 65535)
			return false;
		h.n = (size_t)colon;
	}
	for (i = 0; i < h.n; i++)
		if (!is_alnum(h.p[i]) && h.p[i] != '-' && h.p[i] != '.')
			return false;
	*host = h;
	*port = (uint16_t)n;
	return h.n > 0;
}

#ifdef HAVE_CURL

#define FUNCTIONS(F)                                                           \
	F(global_init)                                                         \
	F(slist_append)                                                        \
	F(slist_free_all)                                                      \
	F(easy_init)                                                           \
	F(easy_setopt)                                                         \
	F(easy_getinfo)                                                        \
	F(easy_strerror)                                                       \
	F(easy_cleanup)                                                        \
	F(multi_init)                                                          \
	F(multi_add_handle)                                                    \
	F(multi_remove_handle)                                                 \
	F(multi_perform)                                                       \
	F(multi_info_read)                                                     \
	F(multi_cleanup)

#define MEMBER(name) __typeof__(curl_##name) *name;
static struct {
	FUNCTIONS(MEMBER)
	bool looked, here;
} curl;

/* The names that Debian's two builds of it have. */
static bool
load(void)
{
	void *so;

	if (curl.looked)
		return curl.here;
	curl.looked = true;
	so = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!so)
		so = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!so)
		return false;
#define LOAD(name)                                                             \
	*(void **)&curl.name = dlsym(so, "curl_" #name);                       \
	if (!curl.name)                                                        \
		return false;
	FUNCTIONS(LOAD)
	return curl.here = true;
}

#endif

bool
http_built(void)
{
#ifdef HAVE_CURL
	return load();
#else
	return false;
#endif
}

static struct http_get *
failed(struct http_get *g, const char *why)
{
	g->state = HTTP_FAILED;
	snprintf(g->problem, sizeof(g->problem), "%s", why);
	return g;
}

#ifdef HAVE_CURL

struct http {
	CURLM *multi;
	struct http_get *running;
};

static struct http *
engine(struct live *live)
{
	struct http *h = live->http;

	if (h)
		return h;
	curl.global_init(CURL_GLOBAL_DEFAULT);
	h = xcalloc(1, sizeof(*h));
	h->multi = curl.multi_init();
	live->http = h;
	return h;
}

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	struct http_get *g = arg;

	(void)size;
	buf_addn(g->in, p, n);
	return g->in->toobig ? 0 : n;
}

static size_t
header(char *p, size_t size, size_t n, void *arg)
{
	struct http_get *g = arg;
	struct str line = str_make(p, n * size);
	uint64_t v;

	if (str_startsi(line, STR("content-type:")))
		g->type = arena_dup(&g->arena, str_trim(str_from(line, 13)));
	else if (str_startsi(line, STR("location:")) && line.n < 2000)
		g->location = arena_dup(&g->arena, str_trim(str_from(line, 9)));
	else if (str_startsi(line, STR("retry-after:")) &&
		 str_u64(str_trim(str_from(line, 12)), &v) && v < 1000000)
		g->retry_after_s = (int)v;
	return n * size;
}

static void
set_up(struct http_get *g, struct str url, struct str connect_to,
    const char *one_header, struct str post, int64_t limit_us)
{
	const struct live_conf *c = &g->live->conf;
	CURL *e = g->easy;
	struct curl_slist *to, *head = NULL;

	to = curl.slist_append(NULL, connect_to.p);
	if (one_header)
		head = curl.slist_append(NULL, one_header);
	g->lists[0] = to;
	g->lists[1] = head;
	curl.easy_setopt(e, CURLOPT_URL, arena_cstr(&g->arena, url));
	curl.easy_setopt(e, CURLOPT_CONNECT_TO, to);
	curl.easy_setopt(e, CURLOPT_HTTPHEADER, head);
	curl.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl.easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl.easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl.easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(limit_us / 1000));
	curl.easy_setopt(e, CURLOPT_USERAGENT, "mailtrace");
	curl.easy_setopt(e, CURLOPT_WRITEFUNCTION, take);
	curl.easy_setopt(e, CURLOPT_WRITEDATA, g);
	curl.easy_setopt(e, CURLOPT_HEADERFUNCTION, header);
	curl.easy_setopt(e, CURLOPT_HEADERDATA, g);
	curl.easy_setopt(e, CURLOPT_PRIVATE, g);
	if (post.p) {
		curl.easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)post.n);
		curl.easy_setopt(e, CURLOPT_COPYPOSTFIELDS, post.p);
	}
	if (c->ca_file)
		curl.easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
	if (c->from_ip)
		curl.easy_setopt(e, CURLOPT_INTERFACE, c->from_ip);
}

static struct http_get *
start(struct job *j, struct str url, const char *one_header, struct str post,
    size_t max, int64_t limit_us)
{
	const struct live_conf *c = &j->live->conf;
	const struct dns_answer *a = NULL, *aaaa = NULL;
	struct http_get *g;
	struct str host, to;
	uint16_t port, to_port;
	struct ip ip;
	bool mapped;

	if (http_url_host(url, &host, &port)) {
		a = job_ask(j, host, DNS_A);
		aaaa = job_ask(j, host, DNS_AAAA);
		if (a->status == DNS_PENDING || aaaa->status == DNS_PENDING)
			return NULL;
	}
	g = xcalloc(1, sizeof(*g));
	g->live = j->live;
	g->body = g->type = g->location = STR("");
	if (!load())
		return failed(g, NO_CURL);
	if (!a || !aaaa)
		return failed(g, "not an https address");
	if (!a->nrr && !aaaa->nrr)
		return failed(g, dns_said(a) ? "the host has no address" :
					       dns_status_text(a->status));
	ip = a->nrr ? a->rr[0].ip : aaaa->rr[0].ip;
	to_port = port;
	mapped = dns_map_addr(c->map, c->nmap, &ip, &to_port);
	if (!mapped &&
	    (ip_internal(&ip) ||
		(ip_special(&ip) && (!c->test_world || c->map_only))))
		return failed(g, "the host has an internal address");
	to = ip_text(&g->arena, &ip);
	to = arena_printf(&g->arena, STR_FMT ":%u:%s" STR_FMT "%s:%u",
	    STR_ARG(host), port, ip.n == 16 ? "[" : "", STR_ARG(to),
	    ip.n == 16 ? "]" : "", to_port);
	g->in = xcalloc(1, sizeof(*g->in));
	buf_init(g->in, max);
	g->easy = curl.easy_init();
	set_up(g, url, to, one_header, post, limit_us);
	g->next = engine(j->live)->running;
	engine(j->live)->running = g;
	curl.multi_add_handle(engine(j->live)->multi, g->easy);
	return g;
}

static void
unlink_get(struct http_get *g)
{
	struct http *h = g->live->http;
	struct http_get **at;

	if (!h || !g->easy)
		return;
	for (at = &h->running; *at; at = &(*at)->next)
		if (*at == g) {
			*at = g->next;
			break;
		}
	curl.multi_remove_handle(h->multi, g->easy);
	curl.easy_cleanup(g->easy);
	curl.slist_free_all(g->lists[0]);
	curl.slist_free_all(g->lists[1]);
	g->easy = NULL;
}

void
http_turn(struct live *live, int64_t *next_us)
{
	struct http *h = live->http;
	int64_t tick = loop_now_us() + TICK_US;
	CURLMsg *m;
	int n;

	if (!h || !h->running)
		return;
	curl.multi_perform(h->multi, &n);
	while ((m = curl.multi_info_read(h->multi, &n))) {
		struct http_get *g = NULL;
		CURLcode rc = m->data.result;
		long code = 0;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &g);
		curl.easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE,
		    &code);
		g->status = (int)code;
		g->body = buf_str(g->in);
		if (rc == CURLE_OK)
			g->state = HTTP_ANSWERED;
		else
			failed(g, g->in->toobig ? "the answer is too big" :
						  curl.easy_strerror(rc));
		unlink_get(g);
		*next_us = 0;
	}
	if (h->running && tick < *next_us)
		*next_us = tick;
}

void
http_close(struct live *live)
{
	struct http *h = live->http;

	if (!h)
		return;
	while (h->running)
		unlink_get(h->running);
	curl.multi_cleanup(h->multi);
	free(h);
	live->http = NULL;
}

#else

static struct http_get *
start(struct job *j, struct str url, const char *one_header, struct str post,
    size_t max, int64_t limit_us)
{
	struct http_get *g = xcalloc(1, sizeof(*g));

	(void)one_header;
	(void)post;
	(void)max;
	(void)limit_us;
	(void)url;
	g->live = j->live;
	g->body = g->type = g->location = STR("");
	return failed(g, NO_CURL);
}

static void
unlink_get(struct http_get *g)
{
	(void)g;
}

void
http_turn(struct live *live, int64_t *next_us)
{
	(void)live;
	(void)next_us;
}

void
http_close(struct live *live)
{
	(void)live;
}

#endif

struct http_get *
http_start(struct job *j, struct str url, const char *accept, size_t max,
    int64_t limit_us)
{
	return start(j, url, accept, STR_NONE, max, limit_us);
}

struct http_get *
http_post(struct job *j, struct str url, const char *header, struct str body,
    size_t max, int64_t limit_us)
{
	return start(j, url, header, body, max, limit_us);
}

void
http_done(struct http_get *g)
{
	if (!g)
		return;
	unlink_get(g);
	if (g->in)
		buf_release(g->in);
	free(g->in);
	arena_release(&g->arena);
	free(g);
}
