/*
 * group_io.c: see group_io.h.  Where a group lies in the streams of a sealed
 * file stands in dir.at: for each stream the place of its first byte, then
 * the lengths of all sections, LEB128.
 */
#include "index/group_io.h"
#include "base/banned.h"

enum { STREAM_SHIFT = 40 };

static unsigned
stream_of(int section)
{
	return section == SEG_SUBJ ? 0 : section == SEG_ADDR ? 1 : 2;
}

/* ---- writing ---- */

static int
chunk_done(struct heap_out *h, unsigned s, struct err *err)
{
	struct heap_stream *t = &h->s[s];

	sqlite3_bind_int64(h->insert, 1,
	    (int64_t)((uint64_t)s << STREAM_SHIFT | t->chunk));
	db_bind(h->insert, 2, str_make(t->body, t->n));
	t->chunk++;
	t->n = 0;
	return db_run(h->insert, err);
}

static int
append(struct heap_out *h, unsigned s, struct str v, struct err *err)
{
	struct heap_stream *t = &h->s[s];

	while (v.n) {
		size_t n = v.n < HEAP_CHUNK - t->n ? v.n : HEAP_CHUNK - t->n;

		memcpy(t->body + t->n, v.p, n);
		t->n += n;
		v = str_from(v, n);
		if (t->n == HEAP_CHUNK && chunk_done(h, s, err) < 0)
			return -1;
	}
	return 0;
}

int
heap_put(struct heap_out *h, const struct str sec[SEG_SECTIONS], struct buf *at,
    struct err *err)
{
	buf_clear(at);
	for (unsigned s = 0; s < HEAP_STREAMS; s++)
		buf_uvar(at, h->s[s].chunk * HEAP_CHUNK + h->s[s].n);
	for (int k = 0; k < SEG_SECTIONS; k++) {
		buf_uvar(at, sec[k].n);
		if (append(h, stream_of(k), sec[k], err) < 0)
			return -1;
	}
	return 0;
}

int
heap_finish(struct heap_out *h, struct err *err)
{
	for (unsigned s = 0; s < HEAP_STREAMS; s++)
		if (h->s[s].n && chunk_done(h, s, err) < 0)
			return -1;
	return 0;
}

/* ---- reading ---- */

void
group_io_init(struct group_io *io, sqlite3 *db, bool sealed)
{
	*io = (struct group_io){ .db = db,
		.sealed = sealed,
		.last = -1,
		.buf = BUF_INIT(HEAP_GROUP_MAX) };
}

void
group_io_reset(struct group_io *io)
{
	sqlite3_stmt *const st[] = { io->row, io->subj, io->addr, io->at,
		io->chunk };

	for (size_t i = 0; i < sizeof(st) / sizeof(st[0]); i++)
		if (st[i])
			sqlite3_reset(st[i]);
}

void
group_io_release(struct group_io *io)
{
	sqlite3_finalize(io->row);
	sqlite3_finalize(io->subj);
	sqlite3_finalize(io->addr);
	sqlite3_finalize(io->at);
	sqlite3_finalize(io->chunk);
	buf_release(&io->buf);
	*io = (struct group_io){ 0 };
}

static int
missing(const struct group_io *io, uint32_t id, struct err *err)
{
	return err_set(err, "'%s' is damaged: group %u is missing",
	    sqlite3_db_filename(io->db, "main"), id);
}

static int
step_for(struct group_io *io, sqlite3_stmt *st, uint32_t id, struct err *err)
{
	int rc;

	sqlite3_bind_int64(st, 1, id);
	rc = db_step(st, err);
	return rc < 0 ? -1 : rc == 0 ? missing(io, id, err) : 0;
}

/* Where a group of a sealed file lies. */
struct place {
	uint64_t off[HEAP_STREAMS];
	uint64_t len[SEG_SECTIONS];
};

static bool
get_uvar(struct str *s, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 63 && s->n; shift += 7) {
		unsigned char c = (unsigned char)s->p[0];

		*s = str_from(*s, 1);
		*v |= (uint64_t)(c & 127) << shift;
		if (c < 128)
			return true;
	}
	return false;
}

static int
find_place(struct group_io *io, uint32_t id, struct place *p, struct err *err)
{
	struct str at;
	bool ok = true;

	if (db_use(io->db, &io->at, "SELECT at FROM dir WHERE id = ?", err) <
		0 ||
	    step_for(io, io->at, id, err) < 0)
		return -1;
	at = db_blob(io->at, 0);
	for (int s = 0; s < HEAP_STREAMS; s++)
		ok = ok && get_uvar(&at, &p->off[s]) &&
		     p->off[s] >> STREAM_SHIFT == 0;
	for (int k = 0; k < SEG_SECTIONS; k++)
		ok = ok && get_uvar(&at, &p->len[k]) &&
		     p->len[k] <= HEAP_GROUP_MAX / SEG_SECTIONS;
	sqlite3_reset(io->at);
	return ok ? 0 : missing(io, id, err);
}

/* One chunk; the one held already costs nothing. */
static int
hold(struct group_io *io, int64_t chunk, struct err *err)
{
	struct str body;
	int rc;

	if (io->last == chunk)
		return 0;
	if (db_use(io->db, &io->chunk, "SELECT body FROM heap WHERE id = ?",
		err) < 0)
		return -1;
	sqlite3_bind_int64(io->chunk, 1, chunk);
	rc = db_step(io->chunk, err);
	body = rc == 1 ? db_blob(io->chunk, 0) : STR("");
	io->last = -1;
	if (rc == 1 && body.n <= HEAP_CHUNK) {
		memcpy(io->held, body.p, body.n);
		io->nheld = body.n;
		io->last = chunk;
	}
	sqlite3_reset(io->chunk);
	if (io->last != chunk)
		return rc < 0 ?
			   -1 :
			   err_set(err, "'%s' is damaged: a row is missing",
			       sqlite3_db_filename(io->db, "main"));
	return 0;
}

/* Bytes of a stream to the end of io->buf. */
static int
read_stream(struct group_io *io, unsigned s, uint64_t off, uint64_t n,
    struct err *err)
{
	while (n) {
		size_t from = off % HEAP_CHUNK, part;

		if (hold(io,
			(int64_t)((uint64_t)s << STREAM_SHIFT |
				  off / HEAP_CHUNK),
			err) < 0)
			return -1;
		if (from >= io->nheld)
			return err_set(err, "'%s' is damaged: a row is short",
			    sqlite3_db_filename(io->db, "main"));
		part = io->nheld - from < n ? io->nheld - from : n;
		buf_addn(&io->buf, io->held + from, part);
		off += part;
		n -= part;
	}
	return 0;
}

int
group_io_read(struct group_io *io, uint32_t id, struct str sec[SEG_SECTIONS],
    struct err *err)
{
	uint64_t all[HEAP_STREAMS] = { 0 }, at = 0;
	struct place p;

	if (!io->sealed) {
		if (db_use(io->db, &io->row,
			"SELECT subj, addr, head, num, "
			"text, bin FROM grp WHERE id = ?",
			err) < 0 ||
		    step_for(io, io->row, id, err) < 0)
			return -1;
		for (int k = 0; k < SEG_SECTIONS; k++)
			sec[k] = db_blob(io->row, k);
		return 0;
	}
	if (find_place(io, id, &p, err) < 0)
		return -1;
	buf_clear(&io->buf);
	for (int k = 0; k < SEG_SECTIONS; k++)
		all[stream_of(k)] += p.len[k];
	for (unsigned s = 0; s < HEAP_STREAMS; s++)
		if (read_stream(io, s, p.off[s], all[s], err) < 0)
			return -1;
	for (int k = 0; k < SEG_SECTIONS; k++) { /* streams ascend with them */
		sec[k] = str_make(buf_c(&io->buf) + at, p.len[k]);
		at += p.len[k];
	}
	return 0;
}

int
group_io_one(struct group_io *io, uint32_t id, enum seg_section which,
    struct str *sec, struct err *err)
{
	unsigned s = stream_of(which);
	sqlite3_stmt **st = s ? &io->addr : &io->subj;
	struct place p;

	if (!io->sealed) {
		if (db_use(io->db, st,
			s ? "SELECT addr FROM grp WHERE id = ?" :
			    "SELECT subj FROM grp WHERE id = ?",
			err) < 0 ||
		    step_for(io, *st, id, err) < 0)
			return -1;
		*sec = db_blob(*st, 0);
		return 0;
	}
	buf_clear(&io->buf);
	if (find_place(io, id, &p, err) < 0 ||
	    read_stream(io, s, p.off[s], p.len[which], err) < 0)
		return -1;
	*sec = buf_str(&io->buf);
	return 0;
}
