/*
 * geo.h: country and network (ASN) of an address, from MaxMind databases on
 * this machine; the only door to libmaxminddb.
 *
 * Files that are configured ([geo] country, asn), else what is found at the
 * usual places.  What cannot be used gives one note and no answers.
 */
#ifndef QUERY_GEO_H
#define QUERY_GEO_H

#include "base/arena.h"

struct geo;

/*
 * `country` and `asn` are files or NULL.  Never NULL; *note is one sentence
 * when something is missing or cannot be read, else STR_NONE.  In the arena.
 */
struct geo *geo_open(struct arena *a, const char *country, const char *asn,
    struct str *note);
void geo_close(struct geo *g);

bool geo_has_country(const struct geo *g);
bool geo_has_asn(const struct geo *g);

/* "AT"; "AS64496" and "Example Networks".  STR_NONE when not known. */
struct str geo_country(struct geo *g, struct arena *a, struct str ip);
struct str geo_asn(struct geo *g, struct arena *a, struct str ip,
    struct str *network);

#endif
