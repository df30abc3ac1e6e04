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
# shellcheck disable=SC2034 # dying.inc reads build, points and why
set -eu
build=${1:-build}
points=${2:-20}
. "$(dirname "$0")/dying.inc"

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
	calls=$(cat "$dir/calls")
	cp -r "$dir/store" "$dir/$name"
	more "$dir/store"
	dump "$dir/store" "$dir/$name.txt"
	steps "$name"
	n=1
	while [ $n -le "$calls" ]; do
		for which in 0 1 2; do
			why='' rc=0
			fresh "$start"
			KILL_AT=$n KILL_DISK="$dir/disk" LD_PRELOAD="$so" \
			    "$@" --store "$dir/store" >/dev/null 2>&1 || rc=$?
			died "$rc" $n || why="was not killed"
			rm -rf "$dir/left"
			left "$dir/store" "$dir/left" $which
			chmod 750 "$dir/left"
			rm -rf "$dir/store"
			mv "$dir/left" "$dir/store"
			"$@" --store "$dir/store" >"$dir/out" 2>&1 ||
			    [ $? -eq 1 ] || why="said $(head -n 1 "$dir/out")"
			more "$dir/store" || why="takes no more"
			judge "$dir/$name.txt" "$name, call $n of $calls, disk $which"
		done
		n=$((n + step))
	done
}

# shellcheck disable=SC2086,SC2154
{
	power two - "$mt" ingest $opts "$dir/few.log" "$dir/a.log"
	power first - "$mt" ingest $opts "$dir/a.log"
	power second "$dir/first" "$mt" ingest $opts "$dir/a.log" "$dir/b.log"
	power again "$dir/second" "$mt" ingest --again $opts "$dir/a.log"
	power prune "$dir/second" "$mt" prune --quiet --older "${age}d"
	power classes "$dir/second" "$mt" reclassify --quiet \
	    --rules "$dir/mine.rules" --write
}
changed second prune classes
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
