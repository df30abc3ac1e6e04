/*
 * err.h: why a call failed, in words a person can act on.
 *
 * A function that can fail returns 0 or -1 and takes a struct err * as its
 * last parameter.  Messages are lower case, name what failed first, put names
 * in single quotes and end without a full stop:
 *
 *	if (fd < 0)
 *		return err_set(err, "cannot open '%s': %s", path,
 *		    strerror(errno));
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	char msg[1024]; /* NUL-terminated; control bytes shown as '?' */
};

/* Sets the message (err may be NULL) and returns -1. */
int err_set(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "what: " before the message that is there; returns -1. */
int err_prefix(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
