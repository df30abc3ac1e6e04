#!/bin/sh
# search.sh BUILD: a short look for crashing inputs with libFuzzer, by all
# targets; `make fuzz` looks longer.
command -v clang >/dev/null 2>&1 || { echo "clang is not installed"; exit 77; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-search.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
echo 'int main(void) { return 0; }' >"$dir/a.c"
clang -fsanitize=address -o "$dir/a" "$dir/a.c" 2>/dev/null || {
	echo "clang has no sanitizers here (libclang-rt-14-dev)"
	exit 77
}
FUZZ_SECONDS=${FUZZ_SECONDS:-6} sh tests/fuzz/fuzz.sh "$1-fuzz"
