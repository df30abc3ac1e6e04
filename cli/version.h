/*
 * version.h: the version of this program, in one place.
 */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define MAILTRACE_VERSION "0.1.0"

#endif
