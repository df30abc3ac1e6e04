/*
 * input_print.c: what a log is known by, and what is no log.
 */
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "parsers/input_part.h"
#include "base/banned.h"

enum {
	CONTROL_PART = 10, /* one control byte in so many is no text */
	TAR_MAGIC = 257,
};

struct print
print_of(struct str head)
{
	struct print pr = { 0 };
	XXH128_hash_t h;

	head = str_head(head, INPUT_HEAD);
	h = XXH3_128bits(head.n ? head.p : "", head.n);
	pr.n = (uint32_t)head.n;
	pr.h[0] = h.low64;
	pr.h[1] = h.high64;
	return pr;
}

bool
print_eq(const struct print *a, const struct print *b)
{
	return a->n == b->n && a->h[0] == b->h[0] && a->h[1] == b->h[1];
}

bool
print_matches(const struct print *pr, struct str head)
{
	struct print now;

	if (pr->n > head.n)
		return false;
	now = print_of(str_head(head, pr->n));
	return print_eq(pr, &now);
}

static void
put(char *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		p[i] = (char)(v & 0xff);
}

static uint64_t
get(const char *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | (unsigned char)p[n];
	return v;
}

struct str
print_pack(const struct print *pr, char out[PRINT_BYTES])
{
	put(out, pr->n, 4);
	put(out + 4, pr->h[0], 8);
	put(out + 12, pr->h[1], 8);
	return str_make(out, PRINT_BYTES);
}

bool
print_unpack(struct str bytes, struct print *pr)
{
	if (bytes.n != PRINT_BYTES)
		return false;
	pr->n = (uint32_t)get(bytes.p, 4);
	pr->h[0] = get(bytes.p + 4, 8);
	pr->h[1] = get(bytes.p + 12, 8);
	return pr->n <= INPUT_HEAD;
}

int
input_head(const char *path, const struct input_opts *opts, char *buf,
    size_t size, size_t *n, struct input_info *info, struct err *err)
{
	static const struct input_opts none;
	enum codec codec;
	bool regular = false, broken = false;
	int fd, r;

	if (!opts)
		opts = &none;
	fd = input_open_fd(path, opts, &regular, err);
	if (fd < 0)
		return -1;
	r = input_head_fd(fd, buf, size, n, &codec, &broken, err);
	if (r == 0 && info)
		r = input_info_fd(fd, codec, regular, info, err);
	close(fd);
	if (r < 0)
		return err_prefix(err, "'%s'", path);
	return 0;
}

/* ---- no log ---- */

static const struct {
	size_t at;
	struct str magic;
	const char *what;
} kinds[] = {
	{ 0,
	    STR_INIT("\x7f"
		     "ELF"),
	    "a program" },
	{ 0, STR_INIT("PK\x03\x04"), "a zip archive" },
	{ 0, STR_INIT("SQLite format 3"), "a database" },
	{ 0, STR_INIT("LPKSHHRH"), "a journal file (name it journal:PATH)" },
	{ 0, STR_INIT("7z\xbc\xaf\x27\x1c"), "a 7z archive" },
	{ 0, STR_INIT("\x04\x22\x4d\x18"), "lz4 data" },
	{ 0, STR_INIT("\x1f\x9d"), "compress data" },
	{ 0, STR_INIT("%PDF-"), "a PDF document" },
	{ 0, STR_INIT("\x89PNG"), "a picture" },
	{ TAR_MAGIC, STR_INIT("ustar"), "a tar archive" },
};

const char *
input_binary(struct str head)
{
	size_t control = 0, nul = 0;
	bool lf = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_starts(str_from(head, kinds[i].at), kinds[i].magic))
			return kinds[i].what;
	for (size_t i = 0; i < head.n; i++) {
		unsigned char c = (unsigned char)head.p[i];

		lf |= c == '\n';
		if (c == 0) /* holes after a crash are runs of these */
			nul++;
		else if ((c < 32 && !is_space((char)c) && c != 033 &&
			     c != 036) ||
			 c == 127)
			control++;
	}
	if (head.n == 0)
		return NULL;
	if (nul == head.n)
		return "nothing but zeros";
	if (control * CONTROL_PART > head.n - nul || (nul * 4 > head.n && !lf))
		return "binary data";
	return NULL;
}
