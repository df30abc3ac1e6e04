#!/bin/sh
# clock.sh DATE BINARY...: these unit tests, and the sessions, with the clock
# set to DATE (libfaketime), as on a machine that runs them years from now.
# Prints what failed; status 77: cannot be done here.

command -v faketime >/dev/null || {
	echo "no faketime here"
	exit 77
}
[ "$SAN" = 1 ] && {
	echo "faketime and sanitizers do not go together"
	exit 77
}
date=$1
shift
results=$BUILD/clock/results
BUILD=$BUILD/clock
export BUILD results
rm -rf "$results"
mkdir -p "$results"

at() {
	# its library says nothing of its own
	FAKETIME_DONT_RESET=1 faketime -f "@$date" "$@"
}

for bin in "$@"; do
	at sh tests/unit.sh "$bin"
done
at sh tests/store.sh || echo "fail the store" >"$results/store"
{
	ls tests/cli/*.t fixtures/flow/*/session.t 2>/dev/null
	grep -l '^      \$ ' README.md docs/*.md 2>/dev/null
} | grep -v "/rules\.t" | while read -r f; do # rules.t measures time
	at sh tests/session.sh "$f"
done
grep -ahs '^fail ' "$results"/* && exit 1
grep -aqs '^pass ' "$results"/*
