#!/bin/sh
# killat.sh: die at each call that changes a file, go on, and the store is the
# same.
#
#	tests/torture/killat.sh BUILD [POINTS]
#
# What crash.sh leaves to chance is done call by call here (killat.c), with
# logs so small that each call has its turn: no more than POINTS of them, else
# evenly spread.  For reading logs of several days, reading them again,
# forgetting old days and writing other classes; and each time more is read
# in the run that goes on, or afterwards: a number given twice shows only then.
# Prints "N passed, N failed".
set -eu
build=${1:-build}
points=${2:-350}
[ "${SAN:-0}" != 1 ] || {
	echo "a sanitizer wants to be loaded first"
	exit 77
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-killat.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
mt="$build/mailtrace"
so=$(realpath "$build/torture/killat.so")

"$build/bench/gen" 400000 3 7 >"$dir/a.log"
"$build/bench/gen" 300000 4 99 iso | sed 's/ mail postfix/ out postfix/' >"$dir/b.log"
"$build/bench/gen" 200000 6 5 | sed 's/ mail postfix/ later postfix/' >"$dir/c.log"
age=$((($(date +%s) - $(date -u -d '2026-01-02 12:00' +%s)) / 86400))
cat >"$dir/mine.rules" <<'EOS'
rule my.unknown
class mailbox_moved
text user unknown
test 550 user unknown
EOS

dump() {
	"$build/torture/dump" "$1" | sort >"$2"
}

more() {
	"$mt" ingest --quiet --timezone UTC --year 2026 --store "$1" "$dir/c.log"
}

# whole NAME START COMMAND...: the store it makes of a copy of START, and how
# many calls that takes
whole() {
	name=$1 start=$2
	shift 2
	rm -rf "$dir/store"
	[ "$start" = - ] || cp -r "$start" "$dir/store"
	KILL_COUNT="$dir/$name.calls" LD_PRELOAD="$so" "$@" --store "$dir/store"
	rm -rf "${dir:?}/$name"
	cp -r "$dir/store" "$dir/$name"
	more "$dir/store"
	dump "$dir/store" "$dir/$name.txt"
}

# at NAME START MORE COMMAND...: the same, killed at each call and run again,
# with MORE to do
at() {
	name=$1 start=$2 also=$3
	shift 3
	whole "$name" "$start" "$@" >/dev/null
	calls=$(cat "$dir/$name.calls")
	[ "$calls" -ge 20 ] || {
		echo "killat.sh: $name: only $calls calls were seen" >&2
		failed=$((failed + 1))
	}
	step=$(((calls + points - 1) / points))
	n=1
	while [ $n -le "$calls" ]; do
		rm -rf "$dir/store"
		[ "$start" = - ] || cp -r "$start" "$dir/store"
		rc=0 why=
		KILL_AT=$n LD_PRELOAD="$so" "$@" --store "$dir/store" \
		    >/dev/null 2>&1 || rc=$?
		[ "$rc" -eq 137 ] || [ "$n" -gt $((calls * 9 / 10)) ] ||
		    why="was not killed"
		"$@" ${also:+"$also"} --store "$dir/store" >"$dir/out" 2>&1 || [ $? -eq 1 ] ||
		    why="said $(head -n 1 "$dir/out")"
		more "$dir/store" || why="takes no more"
		dump "$dir/store" "$dir/now.txt" || why="cannot be read"
		cmp -s "$dir/now.txt" "$dir/$name.txt" || why="differs"
		"$mt" verify --store "$dir/store" >"$dir/out" 2>&1 ||
		    why="is not sound: $(head -n 1 "$dir/out")"
		if [ -z "$why" ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "killat.sh: $name, killed at call $n of $calls: $why" >&2
		fi
		n=$((n + step))
	done
}

opts="--quiet --timezone UTC --year 2026"
# shellcheck disable=SC2086
{
	at ingest - "$dir/c.log" "$mt" ingest $opts "$dir/a.log" "$dir/b.log"
	at again "$dir/ingest" "" "$mt" ingest --again $opts "$dir/a.log"
	at prune "$dir/ingest" "" "$mt" prune --quiet --older "${age}d"
}
at classes "$dir/ingest" "" "$mt" reclassify --quiet --rules "$dir/mine.rules" --write
for n in prune classes; do
	if cmp -s "$dir/$n.txt" "$dir/ingest.txt"; then
		echo "killat.sh: $n changes nothing" >&2
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
