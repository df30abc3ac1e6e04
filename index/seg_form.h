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
	C_ADDR,	  /* distance back in P_ADDR; 0 = the next new text */
	C_NAME,	  /* the same in P_NAME */
	C_IP,	  /* in P_IP */
	C_TEXT,	  /* in P_TEXT */
	C_ID,	  /* ID_*, see below */
	C_NUM,	  /* value + 1 if it is a decimal number, else 0 and P_TEXT */
	C_SUBJ,	  /* SUBJ_*, see below */
	C_DELAY,  /* number in the list of delays, as C_DICT */
	C_DELAYS, /* 1 and four delays for "a/b/c/d", else 0 and P_TEXT */
	C_REPLY,  /* 0, or 1 + the place where F_QID2 was cut out; as C_TEXT */
	CODERS
};

enum { ID_NEW, ID_LAST, ID_QID }; /* next of P_ID; as before; as the record */
enum { SUBJ_NEW, SUBJ_LAST };	  /* next of P_SUBJ; as before in the record */

/* Pools of texts: two streams each, lengths and bytes. */
enum pool {
	P_SUBJ, P_ADDR, P_DICT, P_NAME, P_IP, P_ID, P_TEXT, P_RAW,
	POOLS
};

/* Streams, in the order of their section; fields' streams follow. */
enum stream {
	S_SUBJ_REC, /* for each of P_SUBJ: record, as distance */
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
	S_OFFSET,
	STREAMS
};

/* Lists of their own for C_DICT, after those of the fields. */
enum { D_HOST = 64, D_INST, D_TAG, D_PID, D_DELAY, DICTS };

static const uint8_t pool_section[POOLS] = {
	[P_SUBJ] = SEG_SUBJ, [P_ADDR] = SEG_ADDR, [P_DICT] = SEG_HEAD,
	[P_NAME] = SEG_TEXT, [P_IP] = SEG_TEXT, [P_ID] = SEG_TEXT,
	[P_TEXT] = SEG_TEXT, [P_RAW] = SEG_TEXT,
};

static const uint8_t stream_section[STREAMS] = {
	[S_SUBJ_REC] = SEG_SUBJ, [S_CODER] = SEG_HEAD, [S_UNIT] = SEG_HEAD,
	[S_REC] = SEG_HEAD, [S_SHAPE] = SEG_HEAD, [S_DEF] = SEG_HEAD,
	[S_PID] = SEG_HEAD, [S_QID] = SEG_HEAD, [S_T0] = SEG_NUM,
	[S_TIME] = SEG_NUM, [S_NUMBER] = SEG_NUM, [S_OFFSET] = SEG_NUM,
};

static inline enum seg_section
coder_section(enum coder c)
{
	return c == C_NUM ? SEG_NUM : SEG_HEAD;
}

/* Bounds of what a decoder accepts; no encoder comes near. */
enum {
	SEG_EVENTS_MAX = 1 << 17,
	SEG_VALUES_MAX = 1 << 21,
};

#endif
