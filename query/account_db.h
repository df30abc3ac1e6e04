/*
 * account_db.h: one account from an SQLite file of the provider's own.
 *
 * It has a table or view `accounts` with a column `address`; of the columns
 * login, state, forward, last_login and quota those are read that are there.
 * The file is opened for reading only.
 */
#ifndef QUERY_ACCOUNT_DB_H
#define QUERY_ACCOUNT_DB_H

#include "base/arena.h"
#include "base/err.h"

struct account_row {
	bool found;
	struct str login, state, forward, last_login, quota; /* may be empty */
};

int account_db(const char *path, struct arena *a, struct str address,
    struct account_row *out, struct err *err);

#endif
