/*
 * line.h: one logical line of a log: where it was, who wrote it, its text.
 *
 * Views point into the reader's buffer and live until the next line.
 */
#ifndef PARSERS_LINE_H
#define PARSERS_LINE_H

#include "base/str.h"

/* How the line was framed; enough to print the header again. */
enum frame {
	FRAME_NONE, /* no header understood: text = raw */
	FRAME_BSD,  /* Jan  2 03:04:05 host tag[pid]: text */
	FRAME_ISO,  /* 2026-01-02T03:04:05.123456+01:00 host tag[pid]: */
	FRAME_5424,
	FRAME_NATIVE,  /* 2026-01-02 03:04:05 ... no host, no tag (Exim) */
	FRAME_JOURNAL, /* export or JSON */
	FRAME_JSON,    /* containers and shippers: docker, CRI, filebeat ... */
	FRAME_OTHER,
};

enum line_flags {
	LINE_CUT = 1,	      /* longer than the limit, the rest was dropped */
	LINE_NUL = 2,	      /* NUL bytes were taken out */
	LINE_YEAR = 4,	      /* the year was inferred, not printed */
	LINE_ZONE = 8,	      /* the zone was assumed, not printed */
	LINE_JOINED = 16,     /* several physical lines */
	LINE_NO_TIME = 32,    /* t_us is that of the line before */
	LINE_REPEATED = 64,   /* stands for `repeat` more copies */
	LINE_PAD0 = 128,      /* BSD day padded with 0, not a space */
	LINE_CANON_HDR = 256, /* syslog_print_header() gives it back exactly */
	LINE_ESC = 512,	      /* raw holds ESC bytes; colours are not in text */
	LINE_PARTIAL = 1024,  /* a container's cut: the next line goes on */
};

struct line {
	struct str raw;	 /* the physical line(s) without the last LF, CR */
	struct str text; /* what follows "tag[pid]: " */
	struct str host; /* as printed; empty when the line names none */
	struct str tag;	 /* "postfix/smtpd"; empty when there is none */
	struct str prog; /* last path component of the tag: "smtpd" */
	struct str pid;	 /* digits, or empty */
	int64_t t_us;	 /* microseconds since 1970, UTC */
	int16_t tz_min;	 /* offset of the stamp, printed or assumed, minutes */
	enum frame frame;
	unsigned flags;
	unsigned repeat; /* further copies this line stands for */
	uint64_t offset; /* of its first byte in the decoded stream */
	uint64_t number; /* 1 = the first line of the source */
};

#endif
