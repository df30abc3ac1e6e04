/*
 * addr_list.h: the distinct addresses of a sealed day, table `addr`.
 */
#ifndef INDEX_ADDR_LIST_H
#define INDEX_ADDR_LIST_H

#include "index/db.h"
#include "index/seg_pack.h"
#include "index/segment.h"

enum {
	ADDR_LIST_MAX = 2000000,  /* then a second sorted list begins */
	ADDR_BLOCK = 128 * 1024,	  /* bytes of a block before compression */
};

struct addr_list;

struct addr_list *addr_list_new(sqlite3 *db);
void addr_list_free(struct addr_list *l);
/* Takes one address; those it knows already cost little. */
int addr_list_add(struct addr_list *l, struct str addr, struct err *err);
int addr_list_finish(struct addr_list *l, struct err *err);

/* Each address of a sealed day, lower case. */
int addr_list_read(sqlite3 *db, struct seg_dec *dec, seg_text_fn fn,
    void *ctx, struct err *err);

#endif
