/*
 * link.h: which hop handed a copy to which.
 */
#ifndef QUERY_LINK_H
#define QUERY_LINK_H

#include "query/ws.h"

/*
 * Links the copies of all lives of the working set: copy->next, its kind and
 * confidence, life->prev, and for each copy the one it came from.
 */
void links_make(struct ws *ws);

/* How a copy was handed on. */
enum handed {
	HANDED_NOT,    /* stored or ended here */
	HANDED_OURS,   /* to a host of ours */
	HANDED_REMOTE, /* to somebody else's */
};
enum handed copy_handed(const struct site *site, const struct life *l,
    const struct copy *c);

#endif
