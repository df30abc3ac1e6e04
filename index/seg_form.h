/*
 * seg_form.h: the form of a group, shared by its two sides, seg_encode.c and
 * seg_decode.c.  docs/STORE.md tells it in words.
 *
 * A section is: how many streams, the length of each, their bytes.  A stream
 * holds one thing for all records, as bytes or as LEB128 numbers.  Values are
 * references into pools of distinct texts, which have streams of their own
 * (lengths and bytes), in order of first appearance.
 */
#ifndef INDEX_SEG_FORM_H
#define INDEX_SEG_FORM_H

#include "index/segment.h"

enum { SEG_FORM = 1 }; /* first byte of every section */

/* How the values of a field are written.  Stored: append only. */
enum coder {
	C_NONE,
	C_DICT,	  /* number in the field's own list of values; a new value
		   * has the next number, its text is in P_DICT */
	C_ADDR,	  /* distance back in the addresses; 0 = the next new one */
	C_NAME,	  /* distance back in P_NAME; 0 = the next new text */
	C_IP,	  /* IP_*, see below */
	C_TEXT,	  /* distance back in P_TEXT; 0 = the next new text */
	C_ID,	  /* ID_*, see below */
	C_NUM,	  /* value + 1 if it is a decimal number, else 0 and P_TEXT */
	C_SUBJ,	  /* SUBJ_*, see below */
	C_DELAY,  /* number in the list of delays, as C_DICT */
	C_DELAYS, /* 1 and four delays for "a/b/c/d", else 0 and P_TEXT */
	C_REPLY,  /* bits of seg_cut[], the places, then as C_TEXT */
	CODERS
};

/*
 * An address is the next text of P_LOCAL and its domain in S_DOMAIN, DOM_*.
 *
 * An IP: 0 the next of P_IP, 1 the same as last time with the name before it
 * in the event, else 1 + distance back.  In P_IP a length of 0 stands for the
 * four bytes of a v4 address, n + 1 for a text of n bytes.
 *
 * An id: what it is, and then for ID_DOMAIN its domain: 0 the next of
 * P_DOMAIN, else 1 + distance back.
 */
enum {
	DOM_NEW = 0, /* the next of P_DOMAIN */
	DOM_NONE,    /* no '@' at all */
	DOM_SKIP,    /* an id has used the next of P_DOMAIN; then another */
	DOM_BACK,    /* + distance back, 0 the newest */
	IP_NEW = 0,
	IP_SAME,
	SUBJ_NEW = 0, /* the next of P_SUBJ */
	SUBJ_LAST,    /* as before in the record */
};

enum id_form {
	ID_TEXT, /* the next of P_ID */
	ID_LAST, /* as before in this field */
	ID_QID,	 /* as the record's own */
	ID_HEX,	 /* hex digits, from P_HEX: length in digits, bytes */
	ID_HEX_UPPER,
	ID_UUID, /* the same with - after 8, 12, 16 and 20 digits */
	ID_UUID_UPPER,
	ID_FORM = 7,
	ID_ANGLE = 8,	/* <> around it */
	ID_DOMAIN = 16, /* '@' and a domain of P_DOMAIN follow */
};

/* Values that are cut out of a reply when they stand in it, so that replies
 * of one server are the same text.  In this order; stored: append only. */
static const uint8_t seg_cut[] = { F_QID2, F_TO, F_CLIENT_IP, F_CLIENT_NAME,
	F_RELAY_NAME, F_RELAY_IP, F_FROM };
enum {
	SEG_CUTS = sizeof(seg_cut),
	CUT_MIN = 4,
	CUT_PLAIN = 2,
	CUT_TEXT = 1024
};

/* Pools of texts: two streams each, lengths and bytes. */
enum pool {
	P_SUBJ,
	P_LOCAL,
	P_DOMAIN,
	P_DICT,
	P_NAME,
	P_IP,
	P_ID,
	P_TEXT,
	P_RAW,
	P_HEX,
	POOLS
};

/* Streams, in the order of their section; fields' streams follow. */
enum stream {
	S_SUBJ_REC, /* for each of P_SUBJ: record, as distance */
	S_DOMAIN,   /* for each of P_LOCAL: its domain */
	S_CODER,    /* for each field: enum coder */
	S_UNIT,	    /* of times: 1, 1000 or 1000000 us */
	S_REC,	    /* kind; for each record: flags, host, inst, events */
	S_SHAPE,    /* for each event: number of its shape */
	S_DEF,	    /* for each new shape: see put_shape() */
	S_PID,	    /* for each event: as C_DICT */
	S_QID,	    /* for each record: bytes shared with the qid before */
	S_T0,	    /* for each record: t0 since the record before, t1 */
	S_TIME,	    /* for each event: since the one before */
	S_NUMBER,   /* line number, since the one before */
	S_OFFSET,   /* since the one before, less seg_guess() */
	STREAMS
};

/* Lists of their own for C_DICT, after those of the fields. */
enum { D_HOST = 64, D_INST, D_TAG, D_PID, D_DELAY, DICTS };

static const uint8_t pool_section[POOLS] = {
	[P_SUBJ] = SEG_SUBJ,
	[P_LOCAL] = SEG_ADDR,
	[P_DOMAIN] = SEG_ADDR,
	[P_DICT] = SEG_HEAD,
	[P_NAME] = SEG_TEXT,
	[P_IP] = SEG_NUM,
	[P_ID] = SEG_TEXT,
	[P_TEXT] = SEG_TEXT,
	[P_RAW] = SEG_TEXT,
	[P_HEX] = SEG_NUM,
};

/* Bytes that no compressor makes smaller are stored as they are. */
static inline enum seg_section
pool_text_section(enum pool p)
{
	return p == P_HEX || p == P_IP ? SEG_BIN :
					 (enum seg_section)pool_section[p];
}

static const uint8_t stream_section[STREAMS] = {
	[S_SUBJ_REC] = SEG_SUBJ,
	[S_DOMAIN] = SEG_ADDR,
	[S_CODER] = SEG_HEAD,
	[S_UNIT] = SEG_HEAD,
	[S_REC] = SEG_HEAD,
	[S_SHAPE] = SEG_HEAD,
	[S_DEF] = SEG_HEAD,
	[S_PID] = SEG_HEAD,
	[S_QID] = SEG_HEAD,
	[S_T0] = SEG_NUM,
	[S_TIME] = SEG_NUM,
	[S_NUMBER] = SEG_NUM,
	[S_OFFSET] = SEG_NUM,
};

static inline enum seg_section
coder_section(enum coder c)
{
	return c == C_NUM ? SEG_NUM : SEG_HEAD;
}

/*
 * Where a line is that is `lines` after another, going by the mean length of
 * the lines before the group.
 */
struct seg_lines {
	bool set;
	int64_t mean;
};

/* From the first line of the group. */
static inline void
seg_lines_set(struct seg_lines *l, uint64_t number, uint64_t offset)
{
	uint64_t mean = number ? offset / number : 0;

	l->set = number != 0;
	l->mean = mean > 1 << 20 ? 0 : (int64_t)mean;
}

static inline int64_t
seg_guess(const struct seg_lines *l, int64_t lines)
{
	if (lines > INT32_MAX || lines < INT32_MIN)
		return 0;
	return lines * l->mean;
}

/* Bounds of what a decoder accepts; no encoder comes near. */
enum {
	SEG_EVENTS_MAX = 1 << 17,
	SEG_VALUES_MAX = 1 << 21,
};

#endif
