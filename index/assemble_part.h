/*
 * assemble_part.h: what the files of the assembler share: assemble.c (which
 * line does what), assemble_hop.c (the open hops and the hosts),
 * assemble_save.c (all of it as bytes, and back).
 */
#ifndef INDEX_ASSEMBLE_PART_H
#define INDEX_ASSEMBLE_PART_H

#include "base/map.h"
#include "index/assemble.h"
#include "index/kept.h"
#include "index/session.h"

#define OPEN_MAX_US  (300 * INT64_C(1000000))
#define SAME_LIFE_US (30 * INT64_C(1000000))

enum {
	OPEN_MAX = 100000,	   /* hops open at a time */
	HOP_BYTES_MAX = 48 * 1024, /* of one record's events */
	HOP_EVENTS_MAX = 400,
	ROW_MAX = 1 << 20,
	QID_MAX = 128, /* longer ids are cut: no server prints such */
	INST_MAX = 32,
	HOSTS_MAX = 65536,
	RAW_MAX = 16 * 1024, /* of one kept line */
	REPEAT_MAX = 1000,   /* records that one line stands for */
};

struct hop {
	struct hop *next, *prev; /* by time of opening; free list by next */
	uint64_t hash;
	uint32_t host; /* index of as->host */
	uint8_t qid_n;
	uint8_t inst_n;
	bool started, active;
	unsigned flags;
	uint32_t n;
	int64_t t0_us, t1_us;
	int64_t opened_us; /* log time that counts for its age */
	struct buf ev;
	char qid[QID_MAX];
	char inst[INST_MAX];
};

/*
 * The last login or refusal, for "last message repeated N times" in the line
 * after it; nothing when bytes is empty.
 */
struct again {
	struct buf bytes;
	uint64_t line;
	uint32_t src, host, n;
	unsigned kind, flags;
	int64_t t0_us, t1_us;
	char inst[INST_MAX];
	size_t inst_n;
};

struct assembler {
	struct assemble_opts opts;
	assemble_sink sink;
	void *ctx;
	struct hop **tab; /* open addressing by hash */
	size_t cap, n;
	struct hop head; /* the list's ends */
	struct hop *spare;
	struct hop *last; /* of the event before, if it is open still */
	struct buf row, one, hold;
	struct kept kept;
	struct str *host; /* interned names */
	size_t nhost, chost;
	struct map host_no;
	char conf[1]; /* the confidence, as text, of the event at hand */
	struct str last_host; /* of the line before: most come in runs */
	uint32_t last_no;
	struct arena names;
	struct again again;
	struct sessions *ses;
	struct assemble_stats st;
};

/* ---- assemble_hop.c ---- */

/* The number of a host that is not the one of the line before. */
uint32_t assembler_host(struct assembler *as, struct str host);

/* A hop in the place hop_probe() gave. */
struct hop *hop_open(struct assembler *as, struct hop **slot, uint64_t hash,
    uint32_t host, struct str qid, const struct line *ln,
    const struct event *ev);
/* Forgets it; its memory is used again. */
void hop_forget(struct assembler *as, struct hop *h);

static inline uint32_t
host_number(struct assembler *as, struct str host)
{
	return as->nhost && str_eq(host, as->last_host) ?
		   as->last_no :
		   assembler_host(as, host);
}

static inline uint64_t
hop_hash(uint32_t host, struct str qid)
{
	return map_hash(qid) ^ (host + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline bool
hop_is(const struct hop *h, uint32_t host, struct str qid)
{
	return h->host == host && str_eq(str_make(h->qid, h->qid_n), qid);
}

/* Its place in the table, or the one where it would stand. */
static inline struct hop **
hop_probe(struct assembler *as, uint64_t hash, uint32_t host, struct str qid)
{
	size_t i = (size_t)hash & (as->cap - 1);
	struct hop *h;

	while ((h = as->tab[i]) != NULL &&
	       (h->hash != hash || !hop_is(h, host, qid)))
		i = (i + 1) & (as->cap - 1);
	return &as->tab[i];
}

#endif
