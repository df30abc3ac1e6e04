/*
 * settings.h: the documents from which mail programs learn their settings:
 * Mozilla's config-v1.1.xml (Thunderbird and others) and the answer of
 * Outlook's Autodiscover.
 *
 * The reader knows elements, attributes and text, and no entities, no document
 * types: a document with one is refused.
 */
#ifndef LIVE_SETTINGS_H
#define LIVE_SETTINGS_H

#include "base/arena.h"
#include "live/service.h"

enum {
	SETTINGS_MAX_BODY = 64 * 1024,
	SETTINGS_MAX_DEPTH = 16,
	SETTINGS_MAX = 16 /* servers in one document */
};

struct setting {
	enum service_kind kind;
	struct str host;
	uint16_t port;
	enum service_mode mode;
};

struct settings {
	struct setting v[SETTINGS_MAX];
	size_t n;
	bool elsewhere;	     /* another place, or no such account, it says */
	const char *problem; /* it is meant to be one, but cannot be read */
};

/* False: it is no such document (a web page, say). */
bool settings_read(struct arena *a, struct str body, struct str domain,
    struct settings *out);

#endif
