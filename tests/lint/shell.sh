#!/bin/sh
# Every script as shellcheck wants it.

command -v shellcheck >/dev/null 2>&1 || {
	echo "shellcheck is not installed"
	exit 77
}
# SC2086: lists of words are meant to split; SC2016: quoted on purpose;
# SC2154: run.sh exports what the others use
find tests mk .ci -type f \( -name '*.sh' -o -path '.ci/run' \) |
    sort | xargs shellcheck -S warning -e SC2086,SC2016,SC2154
