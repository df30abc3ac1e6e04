/*
 * shape.c: the shape of a line nobody understood.
 */
#include "index/ingest_part.h"
#include "base/banned.h"

struct str
line_shape(const struct line *ln, char out[SHAPE_MAX])
{
	struct str s = ln->text;
	size_t n = 0, i;

	for (i = 0; i < ln->prog.n && n < 40; i++)
		out[n++] = ln->prog.p[i];
	if (n)
		out[n++] = ':';
	i = 0;
	while (i < s.n && n + 3 < SHAPE_MAX) {
		size_t from = i, digits = 0;
		bool at = false, upper = false;

		while (i < s.n && s.p[i] != ' ') {
			digits += is_digit(s.p[i]);
			at |= s.p[i] == '@';
			upper |= s.p[i] >= 'A' && s.p[i] <= 'Z';
			i++;
		}
		out[n++] = ' ';
		if (at) {
			out[n++] = '@';
		} else if (digits && (digits * 2 > i - from || upper)) {
			out[n++] = '#';
		} else {
			for (; from < i && n + 2 < SHAPE_MAX; from++)
				if (!is_digit(s.p[from]))
					out[n++] = s.p[from];
				else if (out[n - 1] != '#')
					out[n++] = '#';
		}
		while (i < s.n && s.p[i] == ' ')
			i++;
	}
	return str_make(out, n);
}
