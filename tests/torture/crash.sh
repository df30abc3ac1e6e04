#!/bin/sh
# crash.sh: kill -9 at random moments, go on, and the store is the same.
#
#	tests/torture/crash.sh BUILD [ROUNDS]
#
# One ingest runs through; then the same logs go into a second store by runs
# that are killed at a random moment and started again until one ends.  The
# two stores must hold the same records, sources and counters.  Then the same
# for what `reclassify --write` changes.  Prints a line "N passed, N failed".
set -eu
build=${1:-build}
rounds=${2:-50}
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-crash.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
mt="$build/mailtrace"
opts="--quiet --timezone UTC --year 2026"

"$build/bench/gen" 12000000 3 7 >"$dir/a.log"
"$build/bench/gen" 9000000 3 99 iso | sed 's/ mail postfix/ out postfix/' >"$dir/b.log"
# shellcheck disable=SC2086
"$mt" ingest $opts --store "$dir/whole" "$dir/a.log" "$dir/b.log"
"$build/torture/dump" "$dir/whole" | sort >"$dir/whole.txt"

# milliseconds the uninterrupted run takes
t0=$(date +%s%N)
# shellcheck disable=SC2086
"$mt" ingest $opts --store "$dir/timed" "$dir/a.log" "$dir/b.log"
span=$((($(date +%s%N) - t0) / 1000000))
rm -rf "$dir/timed"

i=0
seed=${SEED:-1}
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	rm -rf "$dir/store"
	kills=0
	while :; do
		# shellcheck disable=SC2086
		"$mt" ingest $opts --store "$dir/store" "$dir/a.log" "$dir/b.log" &
		pid=$!
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		if [ $kills -lt 4 ]; then
			ms=$((seed / 65536 % (span + 20)))
			sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
			kill -9 $pid 2>/dev/null || true
		fi
		if wait $pid 2>/dev/null; then
			break
		fi
		kills=$((kills + 1))
	done
	if "$build/torture/dump" "$dir/store" | sort | cmp -s - "$dir/whole.txt"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "crash.sh: round $i ($kills kills): the stores differ" >&2
		"$build/torture/dump" "$dir/store" | sort | diff - "$dir/whole.txt" | head -n 6 | cut -c 1-300 >&2 || true
	fi
done
# other rules: what a killed rewrite left is sound, and the next one ends it
cat >"$dir/mine.rules" <<'EOF'
rule my.unknown
class mailbox_moved
text user unknown
test 550 user unknown

rule my.greylisted
class server_error
text greylist
text greylisted
text greylisting
test 450 greylisted
EOF
rewrite="$mt reclassify --quiet --rules $dir/mine.rules --write --store"
cp -r "$dir/whole" "$dir/timed"
t0=$(date +%s%N)
$rewrite "$dir/timed" >/dev/null || [ $? -eq 1 ]
span=$((($(date +%s%N) - t0) / 1000000))
"$build/torture/dump" "$dir/timed" | sort >"$dir/other.txt"
if cmp -s "$dir/other.txt" "$dir/whole.txt"; then
	echo "crash.sh: other rules change nothing" >&2
	failed=$((failed + 1))
fi
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 5))
	rm -rf "$dir/store"
	cp -r "$dir/whole" "$dir/store"
	kills=0
	while :; do
		$rewrite "$dir/store" >/dev/null 2>&1 &
		pid=$!
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		if [ $kills -lt 3 ]; then
			ms=$((seed / 65536 % (span + 10)))
			sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
			kill -9 $pid 2>/dev/null || true
		fi
		rc=0
		wait $pid 2>/dev/null || rc=$?
		[ "$rc" -lt 128 ] && break
		kills=$((kills + 1))
		"$mt" verify --store "$dir/store" >/dev/null || rc=2
		[ "$rc" -eq 2 ] && break
	done
	if [ "$rc" -le 1 ] &&
	    "$build/torture/dump" "$dir/store" | sort | cmp -s - "$dir/other.txt"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "crash.sh: rewrite $i ($kills kills) ended with $rc, or differs" >&2
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
