#!/bin/sh
# fuzz.sh DIR: build every fuzz target with clang's libFuzzer into DIR and let
# each look for crashing inputs for FUZZ_SECONDS (60).  What it finds stays in
# DIR/found; new corpora in DIR/corpus.

cd "$(dirname "$0")/../.." || exit 2
dir=${1:-build-fuzz}
seconds=${FUZZ_SECONDS:-60}
command -v clang >/dev/null 2>&1 || {
	echo "fuzz: clang is not installed: apt-get install clang" >&2
	exit 2
}
make --no-print-directory -j"$(nproc)" BUILD="$dir" CC=clang HARDEN= \
    HARDEN_LD= OPT='-O1 -g' \
    SANFLAGS='-fsanitize=address,undefined,fuzzer-no-link' \
    "$dir/libmailtrace.a" || exit 2

libs=$(make -s --no-print-directory BUILD="$dir" print-libs)
mkdir -p "$dir/found"
bad=0
for src in tests/fuzz/fuzz_*.c; do
	name=$(basename "$src" .c)
	echo "== $name"
	mkdir -p "$dir/corpus/$name"
	clang -std=c11 -D_GNU_SOURCE -O1 -g -I. -Itests -I"$dir" \
	    -fsanitize=address,undefined,fuzzer -o "$dir/$name" "$src" \
	    "$dir/libmailtrace.a" $libs || { bad=1; continue; }
	seeds=
	[ -d "tests/fuzz/corpus/${name#fuzz_}" ] &&
		seeds=tests/fuzz/corpus/${name#fuzz_}
	"$dir/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
	    -artifact_prefix="$dir/found/$name-" "$dir/corpus/$name" \
	    $seeds fixtures/postfix fixtures/exim >"$dir/$name.log" 2>&1 || {
		tail -n 30 "$dir/$name.log"
		bad=1
	}
	tail -n 1 "$dir/$name.log"
done
exit $bad
