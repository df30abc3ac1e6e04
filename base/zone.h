/*
 * zone.h: time zones without the process's TZ: own reader of TZif files.
 *
 * zone_get() knows names of the tz database ("Europe/Vienna"), fixed offsets
 * ("+01:00", "-0330", "UTC", "Z") and POSIX rules
 *("CET-1CEST,M3.5.0,M10.5.0/3"); NULL or "" is the zone of this machine ($TZ,
 *else /etc/localtime, else UTC). A zone is read once, never changes and lives
 *as long as the program, so it may be shared by threads.
 *
 *	const struct zone *z = zone_get("Europe/Vienna", &err);
 *	int32_t off = zone_offset(z, t_s, NULL, NULL);
 *	int64_t t_s = zone_to_utc(z, local_s, INT64_MIN, NULL, NULL);
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/err.h"

struct zone;

/* NULL and err when there is no such zone. */
const struct zone *zone_get(const char *name, struct err *err);
const struct zone *zone_utc(void);
const char *zone_name(const struct zone *z);

/*
 * Seconds east of Greenwich at t_s (since 1970, UTC).  *from and *to (either
 * may be NULL) get the stretch [from, to) around t_s in which it holds.
 */
int32_t zone_offset(const struct zone *z, int64_t t_s, int64_t *from,
    int64_t *to);

/*
 * The moment a wall clock showed local_s (seconds since 1970 as if it were
 * UTC).  An hour that was shown twice, when summer time ended, is the first
 * of the two, unless that would be more than two minutes before `after_s`,
 * the line before.  An hour that never was counts on from before the jump.
 * *from and *to get the stretch of local time [from, to) around local_s in
 * which the same offset holds beyond doubt; empty (from == to) near a change.
 */
int64_t zone_to_utc(const struct zone *z, int64_t local_s, int64_t after_s,
    int64_t *from, int64_t *to);

#endif
