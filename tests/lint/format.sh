#!/bin/sh
# .clang-format decides; nobody argues.  `make format` applies it.

command -v clang-format >/dev/null 2>&1 || {
	echo "clang-format is not installed"
	exit 77
}
bad=$(clang-format --dry-run -Werror base/*.[ch] parsers/*.[ch] \
    classify/*.[ch] index/*.[ch] query/*.[ch] live/*.[ch] cli/*.[ch] \
    tests/*/*.[ch] 2>&1 |
    sed -n 's/^\([a-z_/0-9]*\.[ch]\):[0-9]*:[0-9]*: error.*/\1/p' |
    sort | uniq -c | sort -rn)
[ -z "$bad" ] && exit 0
echo "not as clang-format would have it (places, file); make format mends it:"
printf '%s\n' "$bad" | head -n 20
printf '%s\n' "$bad" | awk '{ n += $1 } END { print n " places in " NR " files" }'
exit 1
