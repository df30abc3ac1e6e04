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
# shellcheck disable=SC2034 # dying.inc reads build, points and why
set -eu
build=${1:-build}
points=${2:-350}
. "$(dirname "$0")/dying.inc"

# at NAME START MORE COMMAND...: the command on a copy of START; then killed at
# each of its calls and run again, with MORE to do
at() {
	name=$1 start=$2 also=$3
	shift 3
	rm -rf "$dir/store"
	[ "$start" = - ] || cp -r "$start" "$dir/store"
	KILL_COUNT="$dir/calls" LD_PRELOAD="$so" "$@" --store "$dir/store" >/dev/null
	calls=$(cat "$dir/calls")
	cp -r "$dir/store" "$dir/$name"
	more "$dir/store"
	dump "$dir/store" "$dir/$name.txt"
	steps "$name"
	n=1
	while [ $n -le "$calls" ]; do
		rm -rf "$dir/store"
		[ "$start" = - ] || cp -r "$start" "$dir/store"
		rc=0 why=''
		KILL_AT=$n LD_PRELOAD="$so" "$@" --store "$dir/store" \
		    >/dev/null 2>&1 || rc=$?
		died "$rc" $n || why="was not killed"
		"$@" ${also:+"$also"} --store "$dir/store" >"$dir/out" 2>&1 ||
		    [ $? -eq 1 ] || why="said $(head -n 1 "$dir/out")"
		more "$dir/store" || why="takes no more"
		judge "$dir/$name.txt" "$name, killed at call $n of $calls"
		n=$((n + step))
	done
}

# shellcheck disable=SC2086,SC2154
{
	at ingest - "$dir/c.log" "$mt" ingest $opts "$dir/a.log" "$dir/b.log"
	at two - "" "$mt" ingest $opts "$dir/few.log" "$dir/a.log"
	at again "$dir/ingest" "" "$mt" ingest --again $opts "$dir/a.log"
	at prune "$dir/ingest" "" "$mt" prune --quiet --older "${age}d"
	at classes "$dir/ingest" "" "$mt" reclassify --quiet \
	    --rules "$dir/mine.rules" --write
}
changed ingest prune classes
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
