/*
 * ws.c: fetches the records that may belong to one message.
 */
#include "query/ws.h"
#include "base/banned.h"

#define DAY_US	 (86400 * INT64_C(1000000))
#define QUEUE_US (7 * DAY_US)

void
ws_init(struct ws *ws, struct store *st, const struct site *site,
    struct arena *a)
{
	*ws = (struct ws){ .st = st, .site = site, .a = a };
}

void
ws_release(struct ws *ws)
{
	map_release(&ws->have);
	map_release(&ws->asked);
}

static bool
first_time(struct map *m, struct arena *a, struct str key)
{
	void **slot;

	if (map_get(m, key))
		return false;
	slot = map_slot(m, arena_dup(a, key));
	*slot = m;
	return true;
}

static bool
add(struct ws *ws, const struct record *rec)
{
	struct str key = str_make((const char *)&rec->id, sizeof(rec->id));

	if (!first_time(&ws->have, ws->a, key))
		return false;
	if (rec->kind == REC_HOP) {
		arena_grow(ws->a, ws->rec, ws->nrec, ws->crec);
		ws->rec[ws->nrec++] = rec;
	} else {
		arena_grow(ws->a, ws->other, ws->nother, ws->cother);
		ws->other[ws->nother++] = rec;
	}
	return true;
}

void
ws_add(struct ws *ws, const struct record *rec)
{
	add(ws, rec);
}

static int
fetch(struct ws *ws, char what, enum token_kind kind, struct str value,
    int64_t t0, int64_t t1, size_t max, struct err *err)
{
	struct store_token tok = { kind, value };
	struct store_set set = { &tok, 1 };
	struct store_cur *cur;
	int got = 0, rc = 0;
	char key[300];
	size_t n = value.n < sizeof(key) - 2 ? value.n : sizeof(key) - 2;

	key[0] = what;
	memcpy(key + 1, value.p, n);
	if (!value.n || !first_time(&ws->asked, ws->a, str_make(key, n + 1)))
		return 0;
	cur = store_find(ws->st, &set, 1, 1u << REC_HOP | 1u << REC_OTHER, t0,
	    t1, err);
	if (!cur)
		return -1;
	while (max--) {
		struct record *rec = arena_new(ws->a, struct record);

		if (ws->nrec + ws->nother >= WS_RECORDS_MAX) {
			ws->cut = true;
			break;
		}
		rc = store_next(cur, ws->a, rec, err);
		if (rc <= 0)
			break;
		got |= add(ws, rec);
	}
	store_cur_close(cur);
	return rc < 0 ? -1 : got;
}

int
ws_msgid(struct ws *ws, struct str bare, int64_t t0_us, int64_t t1_us,
    struct err *err)
{
	return fetch(ws, 'm', TOK_MSGID, bare, t0_us - DAY_US, t1_us + QUEUE_US,
	    WS_MSGID_MAX, err);
}

int
ws_qid(struct ws *ws, struct str qid, int64_t t0_us, int64_t t1_us,
    struct err *err)
{
	return fetch(ws, 'q', TOK_QID, qid, t0_us - QUEUE_US, t1_us + QUEUE_US,
	    WS_RECORDS_MAX, err);
}
