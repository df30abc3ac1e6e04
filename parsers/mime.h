/*
 * mime.h: the parts of a mail, and its texts as UTF-8.
 *
 * mime_parse() reads a whole mail (RFC 5322, 2045, 2046) into a flat list of
 * parts in the order they stand in, each with its depth.  Line ends may be
 * LF, CRLF or CR.  A broken tree is read as far as it goes: a missing closing
 * boundary ends at the parent's, a missing header is an empty one.  Parts are
 * views into the mail, or into the arena when it had to be rewritten.
 *
 *	struct mime m;
 *	mime_parse(&m, &arena, mail);
 *	for (size_t i = 0; i < m.n; i++)
 *		if (str_eqi(m.part[i].type, STR("text/plain")))
 *			mime_text(&m.part[i], &buf);
 *
 * Limits: MIME_PARTS_MAX parts, MIME_DEPTH_MAX levels, and what the buf given
 * to mime_text() holds.  Nothing here fails; m.cut says that a limit was hit.
 */
#ifndef PARSERS_MIME_H
#define PARSERS_MIME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
	MIME_PARTS_MAX = 128,
	MIME_DEPTH_MAX = 12,
	MIME_HEADER_MAX = 64 * 1024, /* one header field, folded */
};

enum mime_enc { ENC_NONE, ENC_BASE64, ENC_QP };

struct mime_part {
	struct str head;  /* header block without the empty line */
	struct str body;  /* still encoded */
	struct str type;  /* "text/plain": lower case, never empty */
	struct str param; /* the parameters of Content-Type, as written */
	enum mime_enc enc;
	int depth;     /* 0: the mail itself */
	size_t parent; /* index; the mail itself: 0 */
};

struct mime {
	struct mime_part part[MIME_PARTS_MAX];
	size_t n;
	bool cut;
};

void mime_parse(struct mime *m, struct arena *a, struct str mail);

/* The body of a part decoded and as UTF-8, added to `utf8`. */
void mime_text(const struct mime_part *p, struct buf *utf8);

/*
 * The value of the first header field of that name in a header block: as
 * written, folds and all, trimmed; STR_NONE when there is none.  With `from`
 * (start it at 0) the next one of that name.
 */
struct str mime_header(struct str head, struct str name, size_t *from);

/* A parameter out of "type/sub; name=value": RFC 2231 pieces and charsets,
 * quoted strings; decoded into the arena.  STR_NONE when there is none. */
struct str mime_param(struct arena *a, struct str param, struct str name);

/* Whether a header block has a header field at its start. */
bool mime_is_header(struct str s);

/* ---- texts ---- */

/*
 * A header's text for people, added to `utf8`: RFC 2047 words decoded, folds
 * undone, bytes that are no UTF-8 taken for Windows-1252, control bytes left
 * out.  Words that a log line cut are decoded as far as they go.
 */
void mime_decode_words(struct str raw, struct buf *utf8);

/* Bytes of a named character set as UTF-8; an unknown one is guessed. */
void mime_to_utf8(struct str bytes, struct str charset, struct buf *utf8);

/* The words of an HTML text (which is UTF-8), blocks as lines. */
void mime_html_text(struct str html, struct buf *out);

/* Decoders of transfer encodings; they skip what is no code. */
void mime_base64(struct str s, struct buf *out);
void mime_qp(struct str s, bool header, struct buf *out);

#endif
