/*
 * http.h: fetching one small document over HTTPS, inside our loop.
 *
 * Limits always hold: time, size, only https, no redirect followed (the
 * caller sees it and decides).  The address is looked up by our own DNS, and
 * an internal one is not contacted.  Built without libcurl every request
 * fails with that reason.
 */
#ifndef LIVE_HTTP_H
#define LIVE_HTTP_H

#include "live/job.h"

enum http_state { HTTP_RUNNING, HTTP_ANSWERED, HTTP_FAILED };

struct http_get {
	enum http_state state;
	int status;
	struct str body, type, location; /* as long as the request */
	char problem[256];
	int retry_after_s;
	struct live *live;
	struct buf *in;
	void *easy;
	struct arena arena;
	void *lists[2];
	struct http_get *next;
};

/* False: built without libcurl, or it is not installed here. */
bool http_built(void);

/*
 * NULL while the host's address is being looked up.  `accept` may be NULL.
 * An http_get must be released with http_done().
 */
struct http_get *http_start(struct job *j, struct str url, const char *accept,
    size_t max, int64_t limit_us);

/* The same with something to say: `header` is "Content-Type: ...". */
struct http_get *http_post(struct job *j, struct str url, const char *header,
    struct str body, size_t max, int64_t limit_us);
void http_done(struct http_get *g);

void http_turn(struct live *live, int64_t *next_us);
void http_close(struct live *live);

/* Host of an https URL; false: not https. */
bool http_url_host(struct str url, struct str *host, uint16_t *port);

#endif
