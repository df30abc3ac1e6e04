#!/bin/sh
# bench.sh: measures what docs/BENCH.md promises, against peers in one run.
#
#	tests/bench/bench.sh BUILD [SIZE_MB]
#
# Logs come from tests/bench/gen.c and gen_exim.c, always the same, and from the
# laboratory.  Peers (grep, pflogsumm) are measured when they are installed.
# Prints one table; ratios are what counts, seconds depend on the machine.
set -eu
build=${1:-build}
mb=${2:-1024}
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }

# sets cpu (user+system) and wall seconds and memory in KiB of a command
measure() {
	/usr/bin/time -o "$dir/time" -f '%U %S %e %M' "$@" >"$dir/out" 2>"$dir/errors" || true
	awk '{ printf "%.2f %.2f %d\n", $1 + $2, $3, $4 }' "$dir/time" | tail -n 1 >"$dir/m"
	read -r cpu wall mem <"$dir/m"
}

# best N COMMAND...: the least of each in N rounds: what else the machine does
# comes and goes.  A store of the round before is not gone on with.
best() {
	rounds=$1
	shift
	: >"$dir/rounds"
	while [ "$rounds" -gt 0 ]; do
		rm -rf "$dir/store"
		measure "$@"
		cat "$dir/m" >>"$dir/rounds"
		rounds=$((rounds - 1))
	done
	cpu=$(sort -n "$dir/rounds" | awk 'NR == 1 { print $1 }')
	wall=$(sort -n -k 2 "$dir/rounds" | awk 'NR == 1 { print $2 }')
	mem=$(sort -n -k 3 "$dir/rounds" | awk 'END { print $3 }')
}

[ -x /usr/bin/time ] || { say "bench: needs the Debian package 'time'" >&2; exit 2; }
"$build/bench/gen" $((mb * 1024 * 1024)) 14 >"$dir/mail.log"
bytes=$(wc -c <"$dir/mail.log")
cat "$dir/mail.log" >/dev/null

say "# log: $bytes bytes, $(wc -l <"$dir/mail.log") lines, 14 days; $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
best 5 grep -Fc nobody@nowhere.example "$dir/mail.log"
grep_cpu=$cpu
say "grep -Fc              cpu $cpu s  wall $wall s"
best 5 "$build/mailtrace" ingest --quiet --year 2026 --timezone UTC --store "$dir/store" "$dir/mail.log"
ours=$cpu ours_wall=$wall
store=$(du -sb "$dir/store" | cut -f 1)
say "mailtrace ingest      cpu $cpu s  wall $wall s  memory $((mem / 1024)) MiB"
awk -v c="$ours" -v g="$grep_cpu" -v w="$ours_wall" -v b="$bytes" -v s="$store" 'BEGIN {
	printf "  against grep -Fc    %.1f x its cpu\n", c / (g > 0 ? g : 0.01)
	printf "  rate                %.0f MB/s\n", b / 1e6 / w
	printf "  store               %.3f bytes per log byte\n", s / b }'
if command -v pflogsumm >/dev/null 2>&1; then
	head -c $((bytes / 8)) "$dir/mail.log" >"$dir/part.log"
	for i in 1 2 3; do
		measure pflogsumm "$dir/part.log"
		echo "$cpu" >>"$dir/peer"
	done
	cpu=$(sort -n "$dir/peer" | head -n 1)
	awk -v p="$cpu" -v c="$ours" 'BEGIN { printf "pflogsumm             cpu %.1f s (an eighth, times 8)\n  mailtrace           1/%.1f of it\n", p * 8, p * 8 / c }'
else
	say "pflogsumm             not installed, skipped"
fi
gz=$(head -c 104857600 "$dir/mail.log" | gzip -6 | wc -c)
head -c 104857600 "$dir/mail.log" | wc -c | awk -v z="$gz" '{ printf "gzip -6               %.3f bytes per log byte\n", z / $1 }'
"$build/bench/bench_query" "$dir/store" 300
"$build/bench/bench_classify"
i=0
while [ $i -lt 20 ]; do
	measure "$build/mailtrace" --store "$dir/store" --json id=nothing@nowhere.example
	echo "$wall" >>"$dir/all"
	i=$((i + 1))
done
say "whole process, 14 days: $(sort -n "$dir/all" | sed -n 10p) s median of 20"
# the cost of a report follows its period, not what else is stored
LC_ALL=C grep '^Jan 12 ' "$dir/mail.log" >"$dir/day.log"
"$build/mailtrace" ingest --quiet --year 2026 --timezone UTC --store "$dir/store5" "$dir/day.log"
for s in store5 store; do
	for i in 1 2 3; do
		measure "$build/mailtrace" report blocked --on 2026-01-12 --tz UTC --store "$dir/$s"
	done
	days=14
	[ $s = store ] || days=1
	say "report of a day, $days stored: cpu $cpu s  wall $wall s  memory $((mem / 1024)) MiB"
done
part=$((mb > 256 ? 256 : mb))
"$build/bench/gen_exim" $((part * 1024 * 1024)) 14 1 >"$dir/exim.log"
"$build/bench/gen" $((part * 1024 * 1024)) 14 1 >"$dir/postfix.log"
# "...; 263 934 records in 1.2 s, ..."
records() { cat "$dir/out" "$dir/errors" | tail -n 1 | sed 's/ records in .*//; s/.*; //' | LC_ALL=C tr -cd 0-9; }
best 3 "$build/mailtrace" ingest --timezone UTC --store "$dir/store" "$dir/postfix.log" --year 2026
postfix=$cpu precs=$(records)
best 3 "$build/mailtrace" ingest --timezone UTC --store "$dir/store" "$dir/exim.log"
awk -v p="$postfix" -v e="$cpu" -v pr="$precs" -v er="$(records)" -v pb="$(wc -c <"$dir/postfix.log")" -v eb="$(wc -c <"$dir/exim.log")" -v m="$part" 'BEGIN {
	printf "Exim, %d MiB         cpu %.2f s, Postfix %.2f s: throughput %.2f of it\n", m, e, p, eb / e / (pb / p)
	printf "  in records          %d of %.0f bytes, %d of %.0f: %.2f of it\n", er, eb / er, pr, pb / pr, er / e / (pr / p) }'
# real logs: two sites of the laboratory, as if they had 200 and 80 times as much
remote=$(dirname "$0")/../../fixtures/lab/logs-remote
xz -dc "$remote/mail.remote-exim.test/exim4/mainlog.xz" |
    perl "$(dirname "$0")/busier.pl" 200 >"$dir/exim.log"
xz -dc "$remote/mail.remote-postfix.test/mail.log.xz" |
    perl "$(dirname "$0")/busier.pl" 80 >"$dir/postfix.log"
for kind in postfix exim; do
	best 3 "$build/mailtrace" ingest --timezone UTC --year 2026 --store "$dir/store" "$dir/$kind.log"
	say "laboratory, $kind     cpu $cpu s for $(wc -c <"$dir/$kind.log") bytes, $(records) records"
	[ $kind = exim ] || pcpu=$cpu
done
awk -v p="$pcpu" -v e="$cpu" -v pb="$(wc -c <"$dir/postfix.log")" -v eb="$(wc -c <"$dir/exim.log")" 'BEGIN {
	printf "  throughput          %.2f of it\n", eb / e / (pb / p) }'
# The same 14 days with less and more mail, so that the same share of the days
# is sealed; the beginning of a log has only the day that is not.
say "# growth, 14 days each"
before=0
for part in 64 10 1; do
	"$build/bench/gen" $((mb * 1024 * 1024 / part)) 14 >"$dir/mail.log"
	best 3 "$build/mailtrace" ingest --quiet --year 2026 --timezone UTC --store "$dir/store" "$dir/mail.log"
	say "$((mb / part)) MiB: cpu $cpu s  memory $((mem / 1024)) MiB"
	[ $part = 64 ] || awk -v a="$before" -v b="$cpu" -v n="$part" 'BEGIN {
		if (a > 0) printf "  exponent            %.2f\n", log(b / a) / log(n == 1 ? 10 : 6.4) }'
	before=$cpu
done
