/*
 * catalog.c: names of day files, their info row, and the table in control.db
 * that repeats it.
 */
#include <stdlib.h>

#include "base/die.h"
#include "index/catalog.h"
#include "index/schema.h"
#include "base/banned.h"

/* Days since 1970 to a date and back; Howard Hinnant's algorithms. */
static void
civil(int32_t day, int *y, int *m, int *d)
{
	int64_t z = (int64_t)day + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static int32_t
days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return (int32_t)(era * 146097 + doe - 719468);
}

void
control_path(const char *store, struct buf *out)
{
	buf_clear(out);
	buf_printf(out, "%s/control.db", store);
}

void
part_path(const char *store, int32_t day, uint32_t id, struct buf *out)
{
	int y, m, d;

	civil(day, &y, &m, &d);
	buf_clear(out);
	buf_printf(out, "%s/days/%04d-%02d-%02d-%u.db", store, y, m, d,
	    (unsigned)id);
}

bool
part_name(struct str name, int32_t *day, uint32_t *id)
{
	uint64_t v[4];

	if (!str_ends(name, STR(".db")))
		return false;
	name.n -= 3;
	for (int i = 0; i < 4; i++)
		if (!name.p || !str_u64(str_split(&name, '-'), &v[i]))
			return false;
	if (name.p || v[0] > 300000 || v[1] < 1 || v[1] > 12 || v[2] < 1 ||
	    v[2] > 31 || v[3] > UINT32_MAX)
		return false;
	*day = days((int64_t)v[0], (int64_t)v[1], (int64_t)v[2]);
	*id = (uint32_t)v[3];
	return true;
}

sqlite3 *
control_open(const char *store, enum db_how how, struct ident *ident,
    struct err *err)
{
	struct buf path = BUF_INIT(64 * 1024);
	sqlite3 *db;
	sqlite3_stmt *st = NULL;
	struct str id, secret;
	int rc;

	control_path(store, &path);
	db = db_open(buf_c(&path), how, NULL, err);
	buf_release(&path);
	if (!db)
		return NULL;
	st = db_prep(db, "SELECT store, secret FROM info", err);
	rc = st ? db_step(st, err) : -1;
	if (rc == 1) {
		id = db_blob(st, 0);
		secret = db_blob(st, 1);
		if (id.n == STORE_ID && secret.n == TOKEN_SECRET) {
			memcpy(ident->store, id.p, STORE_ID);
			memcpy(ident->secret, secret.p, TOKEN_SECRET);
		} else {
			rc = 0;
		}
	}
	if (rc == 0)
		err_set(err, "'%s/control.db' is damaged: no identity", store);
	sqlite3_finalize(st);
	if (rc == 1)
		return db;
	db_close(db);
	return NULL;
}

int
part_info_put(sqlite3 *db, sqlite3_stmt **st, const struct part_info *info,
    struct err *err)
{
	if (db_use(db, st,
		"UPDATE info SET sealed=?1, t0=?2, t1=?3, "
		"records=?4, batch=?5",
		err) < 0)
		return -1;
	sqlite3_bind_int(*st, 1, info->sealed);
	sqlite3_bind_int64(*st, 2, info->t0);
	sqlite3_bind_int64(*st, 3, info->t1);
	sqlite3_bind_int64(*st, 4, (int64_t)info->records);
	sqlite3_bind_int64(*st, 5, (int64_t)info->batch);
	return db_run(*st, err);
}

sqlite3 *
part_create(const char *path, const struct ident *ident,
    const struct part_info *info, uint64_t records, struct err *err)
{
	sqlite3 *db = db_open(path,
	    records < PART_SMALL ? DB_BUILD : DB_BUILD_LARGE, NULL, err);
	sqlite3_stmt *st = NULL;

	if (!db)
		return NULL;
	if (db_exec(db, "BEGIN", err) < 0 ||
	    db_exec(db, schema_partition, err) < 0)
		goto failed;
	st = db_prep(db,
	    "INSERT INTO info VALUES(1,?1,?2,?3,?4,?5,?6,?7,"
	    "?8,?9)",
	    err);
	if (!st)
		goto failed;
	db_bind(st, 1, str_make((const char *)ident->store, STORE_ID));
	db_bind(st, 2, str_make((const char *)ident->secret, TOKEN_SECRET));
	sqlite3_bind_int64(st, 3, info->id);
	sqlite3_bind_int64(st, 4, info->day);
	sqlite3_bind_int(st, 5, info->sealed);
	sqlite3_bind_int64(st, 6, info->t0);
	sqlite3_bind_int64(st, 7, info->t1);
	sqlite3_bind_int64(st, 8, (int64_t)info->records);
	sqlite3_bind_int64(st, 9, (int64_t)info->batch);
	if (db_run(st, err) < 0)
		goto failed;
	sqlite3_finalize(st);
	st = NULL;
	if (db_exec(db, "COMMIT", err) == 0)
		return db;
failed:
	sqlite3_finalize(st);
	db_close(db);
	return NULL;
}

sqlite3 *
part_open(const char *path, enum db_how how, const struct ident *ident,
    struct part_info *info, bool *gone, struct err *err)
{
	sqlite3 *db = db_open(path, how, gone, err);
	sqlite3_stmt *st;
	struct str id, secret;
	int rc;

	if (!db)
		return NULL;
	st = db_prep(db,
	    "SELECT store, secret, part, day, sealed, t0, t1, "
	    "records, batch FROM info",
	    err);
	rc = st ? db_step(st, err) : -1;
	if (rc == 1) {
		id = db_blob(st, 0);
		secret = db_blob(st, 1);
		if (id.n != STORE_ID || secret.n != TOKEN_SECRET ||
		    memcmp(id.p, ident->store, STORE_ID) != 0 ||
		    memcmp(secret.p, ident->secret, TOKEN_SECRET) != 0)
			rc =
			    err_set(err, "'%s' belongs to another store", path);
		info->id = (uint32_t)sqlite3_column_int64(st, 2);
		info->day = sqlite3_column_int(st, 3);
		info->sealed = sqlite3_column_int(st, 4) != 0;
		info->t0 = sqlite3_column_int64(st, 5);
		info->t1 = sqlite3_column_int64(st, 6);
		info->records = (uint64_t)sqlite3_column_int64(st, 7);
		info->batch = (uint64_t)sqlite3_column_int64(st, 8);
		info->bytes = 0;
		info->shift = -1;
	} else if (rc == 0) {
		err_set(err, "'%s' is damaged: it does not say what it is",
		    path);
	}
	sqlite3_finalize(st);
	if (rc == 1)
		return db;
	db_close(db);
	return NULL;
}

int
catalog_load(sqlite3 *control, struct catalog *cat, struct err *err)
{
	sqlite3_stmt *st = db_prep(control,
	    "SELECT id, day, sealed, t0, t1, "
	    "records, bytes, shift FROM part ORDER BY day DESC, id DESC",
	    err);
	struct catalog c = { NULL, 0 };
	size_t cap = 0;
	int rc;

	if (!st)
		return -1;
	while ((rc = db_step(st, err)) == 1) {
		if (c.n == cap) {
			cap = cap ? 2 * cap : 64;
			c.part = xreallocarray(c.part, cap, sizeof(*c.part));
		}
		c.part[c.n++] = (struct part_info){
			.id = (uint32_t)sqlite3_column_int64(st, 0),
			.day = sqlite3_column_int(st, 1),
			.sealed = sqlite3_column_int(st, 2) != 0,
			.t0 = sqlite3_column_int64(st, 3),
			.t1 = sqlite3_column_int64(st, 4),
			.records = (uint64_t)sqlite3_column_int64(st, 5),
			.bytes = (uint64_t)sqlite3_column_int64(st, 6),
			.shift = sqlite3_column_type(st, 7) == SQLITE_NULL ?
				     -1 :
				     sqlite3_column_int(st, 7),
		};
	}
	sqlite3_finalize(st);
	if (rc < 0) {
		free(c.part);
		return -1;
	}
	catalog_release(cat);
	*cat = c;
	return 0;
}

void
catalog_release(struct catalog *cat)
{
	free(cat->part);
	*cat = (struct catalog){ NULL, 0 };
}

int
catalog_put(sqlite3 *control, const struct part_info *info, struct err *err)
{
	sqlite3_stmt *st = db_prep(control,
	    "INSERT INTO part VALUES(?1,?2,?3,"
	    "?4,?5,?6,?7,?8) ON CONFLICT(id) DO UPDATE SET sealed=?3, t0=?4,"
	    "t1=?5, records=?6, bytes=?7, shift=?8",
	    err);
	int rc;

	if (!st)
		return -1;
	sqlite3_bind_int64(st, 1, info->id);
	sqlite3_bind_int64(st, 2, info->day);
	sqlite3_bind_int(st, 3, info->sealed);
	sqlite3_bind_int64(st, 4, info->t0);
	sqlite3_bind_int64(st, 5, info->t1);
	sqlite3_bind_int64(st, 6, (int64_t)info->records);
	sqlite3_bind_int64(st, 7, (int64_t)info->bytes);
	if (info->shift >= 0)
		sqlite3_bind_int(st, 8, info->shift);
	rc = db_run(st, err);
	sqlite3_finalize(st);
	return rc;
}

int
catalog_drop(sqlite3 *control, uint32_t part, struct err *err)
{
	char sql[256];

	sqlite3_snprintf(sizeof(sql), sql,
	    "DELETE FROM part WHERE id=%u;"
	    "DELETE FROM filter WHERE id >= %lld AND id < %lld",
	    part, (long long)part << 32, ((long long)part + 1) << 32);
	return db_exec(control, sql, err);
}
