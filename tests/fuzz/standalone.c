/*
 * standalone.c: runs each file named on the command line through a fuzz
 * target, so that targets build and their corpora are replayed without a
 * fuzzer.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { INPUT_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
	uint8_t *data = malloc(INPUT_MAX);

	if (!data)
		return 2;
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (!f) {
			fprintf(stderr, "cannot open '%s': %s\n", argv[i],
			    strerror(errno));
			free(data);
			return 2;
		}
		n = fread(data, 1, INPUT_MAX, f);
		fclose(f);
		LLVMFuzzerTestOneInput(data, n);
	}
	free(data);
	return 0;
}
