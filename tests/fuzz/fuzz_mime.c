/*
 * fuzz_mime.c: any bytes as a mail: its parts, their texts, its headers.
 */
#include <stdint.h>
#include <stdlib.h>

#include "parsers/mime.h"
#include "base/banned.h"

enum { TEXT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
headers(struct arena *a, struct str head, struct buf *out)
{
	static const struct str names[] = { STR_INIT("subject"),
		STR_INIT("from"), STR_INIT("content-type"), STR_INIT("x") };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct str v;
		size_t from = 0;

		for (int n = 0; n < 64; n++) {
			v = mime_header(head, names[i], &from);
			if (!v.p)
				break;
			buf_clear(out);
			mime_decode_words(v, out);
			mime_param(a, v, STR("name"));
			mime_param(a, v, STR("boundary"));
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mime m;
	struct arena a = { 0 };
	struct buf out = BUF_INIT(TEXT_MAX), html = BUF_INIT(TEXT_MAX);
	char *copy = malloc(size ? size : 1);
	struct str mail;

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	mail = str_make(copy, size);
	mime_parse(&m, &a, mail);
	if (m.n > MIME_PARTS_MAX)
		abort();
	for (size_t i = 0; i < m.n; i++) {
		const struct mime_part *p = &m.part[i];

		if (p->depth > MIME_DEPTH_MAX || p->parent > i || !p->type.n)
			abort();
		headers(&a, p->head, &out);
		buf_clear(&out);
		mime_text(p, &out);
		buf_clear(&html);
		mime_html_text(buf_str(&out), &html);
	}
	mime_is_header(mail);
	buf_clear(&out);
	mime_base64(mail, &out);
	buf_clear(&out);
	mime_qp(mail, true, &out);
	buf_clear(&out);
	mime_to_utf8(mail, STR("iso-2022-jp"), &out);
	buf_clear(&out);
	mime_to_utf8(mail, STR("no-such-charset"), &out);
	buf_release(&out);
	buf_release(&html);
	arena_release(&a);
	free(copy);
	return 0;
}
