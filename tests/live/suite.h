/*
 * suite.h: reads a test suite that lies beside the checkout, if it is there.
 * A test whose suite is absent says so and is skipped.
 */
#ifndef TESTS_LIVE_SUITE_H
#define TESTS_LIVE_SUITE_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

#define SUITE_DIR "../shared/checks/"

static inline char *
suite_read(const char *name)
{
	char path[512], *text;
	long n;
	FILE *f;

	snprintf(path, sizeof(path), SUITE_DIR "%s", name);
	f = fopen(path, "rb");
	if (!f) {
		fprintf(stderr, "skipped: no '%s'\n", path);
		return NULL;
	}
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	text = malloc((size_t)n + 1);
	if (!text || fread(text, 1, (size_t)n, f) != (size_t)n)
		abort();
	text[n] = '\0';
	fclose(f);
	return text;
}

static inline cJSON *
suite_json(const char *name)
{
	char *text = suite_read(name);
	cJSON *json = text ? cJSON_Parse(text) : NULL;

	free(text);
	return json;
}

static inline const char *
suite_str(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsString(v) ? v->valuestring : NULL;
}

static inline const cJSON *
suite_get(const cJSON *o, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(o, key);
}

#endif
