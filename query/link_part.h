/*
 * link_part.h: what the files of linking share; nobody else includes this.
 */
#ifndef QUERY_LINK_PART_H
#define QUERY_LINK_PART_H

#include "query/link.h"

/* An account's name stands for the address of that local part. */
bool link_stands_for(struct str account, struct str addr);

/* life->in, and for every copy of a hop which copy handed over it continues. */
void links_origins(struct ws *ws);

#endif
