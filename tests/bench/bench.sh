#!/bin/sh
# bench.sh: measures what docs/BENCH.md promises, against peers in one run.
#
#	tests/bench/bench.sh BUILD [SIZE_MB]
#
# Logs come from tests/bench/gen.c, always the same.  Peers (grep, pflogsumm)
# are measured when they are installed.  Prints one table; ratios are what
# counts, seconds depend on the machine.
set -eu
build=${1:-build}
mb=${2:-1024}
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM

say() { printf '%s\n' "$*"; }

# cpu seconds (user+system) and wall seconds of a command: "cpu wall maxkb"
measure() {
	/usr/bin/time -o "$dir/time" -f '%U %S %e %M' "$@" >"$dir/out" 2>"$dir/errors" || true
	awk '{ printf "%.2f %.2f %d\n", $1 + $2, $3, $4 }' "$dir/time"
}

[ -x /usr/bin/time ] || { say "bench: needs the Debian package 'time'" >&2; exit 2; }
"$build/bench/gen" $((mb * 1024 * 1024)) 14 >"$dir/mail.log"
bytes=$(wc -c <"$dir/mail.log")
cat "$dir/mail.log" >/dev/null

say "# log: $bytes bytes, $(wc -l <"$dir/mail.log") lines, 14 days; $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
set -- $(measure grep -Fc nobody@nowhere.example "$dir/mail.log")
grep_cpu=$1
say "grep -Fc              cpu $1 s  wall $2 s"
set -- $(measure "$build/mailtrace" ingest --quiet --year 2026 --timezone UTC --store "$dir/store" "$dir/mail.log")
ours=$1 wall=$2 mem=$3
store=$(du -sb "$dir/store" | cut -f 1)
say "mailtrace ingest      cpu $1 s  wall $2 s  memory $((mem / 1024)) MiB"
awk -v c="$ours" -v g="$grep_cpu" -v w="$wall" -v b="$bytes" -v s="$store" 'BEGIN {
	printf "  against grep -Fc    %.1f x its cpu\n", c / (g > 0 ? g : 0.01)
	printf "  rate                %.0f MB/s\n", b / 1e6 / w
	printf "  store               %.3f bytes per log byte\n", s / b }'
if command -v pflogsumm >/dev/null 2>&1; then
	head -c $((bytes / 8)) "$dir/mail.log" >"$dir/part.log"
	set -- $(measure pflogsumm "$dir/part.log")
	awk -v p="$1" -v c="$ours" 'BEGIN { printf "pflogsumm             cpu %.1f s (an eighth, times 8)\n  mailtrace           1/%.1f of it\n", p * 8, p * 8 / c }'
else
	say "pflogsumm             not installed, skipped"
fi
gz=$(head -c 104857600 "$dir/mail.log" | gzip -6 | wc -c)
head -c 104857600 "$dir/mail.log" | wc -c | awk -v z="$gz" '{ printf "gzip -6               %.3f bytes per log byte\n", z / $1 }'
"$build/bench/bench_query" "$dir/store" 300
i=0 all=""
while [ $i -lt 20 ]; do
	set -- $(measure "$build/mailtrace" --store "$dir/store" --json id=nothing@nowhere.example)
	all="$all $2"
	i=$((i + 1))
done
say "whole process, 14 days: $(printf '%s\n' $all | sort -n | sed -n 10p) s median of 20"
say "# growth"
for part in 64 8 1; do
	head -c $((bytes / part)) "$dir/mail.log" >"$dir/part.log"
	rm -rf "$dir/store2"
	set -- $(measure "$build/mailtrace" ingest --quiet --year 2026 --timezone UTC --store "$dir/store2" "$dir/part.log")
	say "1/$part of it: cpu $1 s  memory $(($3 / 1024)) MiB"
done
