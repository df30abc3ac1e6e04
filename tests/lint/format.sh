#!/bin/sh
# .clang-format decides; nobody argues.  `make format` applies it.

command -v clang-format >/dev/null 2>&1 || {
	echo "clang-format is not installed"
	exit 77
}
bad=$(clang-format --dry-run -Werror base/*.[ch] parsers/*.[ch] \
    classify/*.[ch] index/*.[ch] query/*.[ch] live/*.[ch] cli/*.[ch] \
    tests/unit/*.[ch] 2>&1 | sed -n 's/^\([^:]*\):[0-9].*/\1/p' | sort | uniq -c)
[ -z "$bad" ] && exit 0
echo "not as clang-format would have it (places, file); make format mends it:"
echo "$bad"
exit 1
