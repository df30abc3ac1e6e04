#!/bin/sh
# power.sh: the power goes at any call that changes a file, and what was not
# synced is lost; go on, and the store is the same.
#
#	tests/torture/power.sh BUILD [POINTS]
#
# As killat.sh, but of each file only that is left which it held when it was
# synced last, under the names of its folder's last sync (killat.c); or, in
# turn, that of every other file only, as disks write in their own order.  For
# a first log, a second one, reading again, forgetting days and other classes.
# Prints "N passed, N failed".
set -eu
build=${1:-build}
points=${2:-20}
[ "${SAN:-0}" != 1 ] || {
	echo "a sanitizer wants to be loaded first"
	exit 77
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-power.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0
mt="$build/mailtrace"
so=$(realpath "$build/torture/killat.so")
opts="--quiet --timezone UTC --year 2026"

"$build/bench/gen" 300000 3 7 >"$dir/a.log"
"$build/bench/gen" 200000 4 99 iso | sed 's/ mail postfix/ out postfix/' >"$dir/b.log"
"$build/bench/gen" 150000 6 5 | sed 's/ mail postfix/ later postfix/' >"$dir/c.log"

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

# left FOLDER TO WHICH: what the disk has of a folder
left() {
	mkdir "$2"
	if [ "$3" = 0 ]; then
		names=$(cat "$dir/disk/names/$(stat -c %i "$1")" 2>/dev/null) || return 0
	else
		names=$(find "$1" -mindepth 1 -maxdepth 1 -printf '%i %f\n')
	fi
	printf '%s\n' "$names" | while read -r inode name; do
		case $name in
		'' | . | .. | *-shm | lock) continue ;;
		esac
		if [ -d "$1/$name" ]; then
			left "$1/$name" "$2/$name" "$3"
		elif [ "$3" != 0 ] && [ $((inode / 2 % 2 + 1)) -eq "$3" ]; then
			cp "$1/$name" "$2/$name"
		elif [ -f "$dir/disk/data/$inode" ]; then
			cp "$dir/disk/data/$inode" "$2/$name"
		else
			: >"$2/$name" # a name, and nothing of the file
		fi
	done
}

# fresh START: the store, and a disk that has all of it
fresh() {
	rm -rf "$dir/store" "$dir/disk"
	mkdir -p "$dir/disk/data" "$dir/disk/names" "$dir/disk/dead"
	if [ "$1" = - ]; then
		mkdir -m 750 "$dir/store"
		return
	fi
	cp -r "$1" "$dir/store"
	for f in "$dir"/store "$dir"/store/days; do
		find "$f" -mindepth 1 -maxdepth 1 -printf '%i %f\n' \
		    >"$dir/disk/names/$(stat -c %i "$f")"
	done
	find "$dir/store" -type f -printf '%i %p\n' | while read -r inode name; do
		cp "$name" "$dir/disk/data/$inode"
	done
}

# power NAME START COMMAND...: the power goes at each call of the command; then
# it runs again, and more is read
power() {
	name=$1 start=$2
	shift 2
	fresh "$start"
	KILL_COUNT="$dir/calls" KILL_DISK="$dir/disk" LD_PRELOAD="$so" \
	    "$@" --store "$dir/store" >/dev/null
	rm -rf "${dir:?}/$name"
	cp -r "$dir/store" "$dir/$name"
	# shellcheck disable=SC2086
	"$mt" ingest $opts --store "$dir/store" "$dir/c.log"
	dump "$dir/store" "$dir/$name.txt"
	calls=$(cat "$dir/calls")
	[ "$calls" -ge 20 ] || {
		echo "power.sh: $name: only $calls calls were seen" >&2
		failed=$((failed + 1))
	}
	step=$(((calls + points - 1) / points))
	n=1
	while [ $n -le "$calls" ]; do
		for which in 0 1 2; do
			why='' rc=0
			fresh "$start"
			KILL_AT=$n KILL_DISK="$dir/disk" LD_PRELOAD="$so" \
			    "$@" --store "$dir/store" >/dev/null 2>&1 || rc=$?
			[ "$rc" -eq 137 ] || [ $n -gt $((calls * 9 / 10)) ] ||
			    why="was not killed"
			rm -rf "$dir/left"
			left "$dir/store" "$dir/left" $which
			chmod 750 "$dir/left"
			rm -rf "$dir/store"
			mv "$dir/left" "$dir/store"
			after "$@" >"$dir/out" 2>&1 || why="said $(head -n 1 "$dir/out")"
			dump "$dir/store" "$dir/now.txt" 2>/dev/null || why="${why:-cannot be read}"
			[ -n "$why" ] || cmp -s "$dir/now.txt" "$dir/$name.txt" || why="differs"
			[ -n "$why" ] || "$mt" verify --store "$dir/store" >"$dir/out" 2>&1 ||
			    why="is not sound: $(head -n 1 "$dir/out")"
			if [ -z "$why" ]; then
				passed=$((passed + 1))
			else
				failed=$((failed + 1))
				echo "power.sh: $name, call $n of $calls, disk $which: $why" >&2
			fi
		done
		n=$((n + step))
	done
}

after() {
	"$@" --store "$dir/store" || [ $? -eq 1 ] || return 1
	# shellcheck disable=SC2086
	"$mt" ingest $opts --store "$dir/store" "$dir/c.log"
}

# shellcheck disable=SC2086
{
	power first - "$mt" ingest $opts "$dir/a.log"
	power second "$dir/first" "$mt" ingest $opts "$dir/a.log" "$dir/b.log"
	power again "$dir/second" "$mt" ingest --again $opts "$dir/a.log"
	power prune "$dir/second" "$mt" prune --quiet --older "${age}d"
}
power classes "$dir/second" "$mt" reclassify --quiet --rules "$dir/mine.rules" --write
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
