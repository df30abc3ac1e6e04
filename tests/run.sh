#!/bin/sh
# run.sh [unit|sessions|fuzz|lint|clock|other|torture|lab|browser|search ...]: run the
# tests and sum up; without a word those that need no more than the program.  The
# last line is `N passed, N failed[, N skipped]`.
#
# Each step leaves lines "pass|fail|skip NAME" in its own file below
# $BUILD/results; what a failed test said is shown at once.  LONG=1 adds the
# long tests, UPDATE=1 rewrites the expectations of sessions.

cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
jobs=$(nproc 2>/dev/null || echo 2)
results=$BUILD/results
steps=${*:-unit sessions fuzz lint clock other}
[ -n "$LONG" ] && steps="$steps torture lab browser search"
export BUILD results LC_ALL=C.UTF-8 TZ=UTC
export MAILTRACE="$BUILD/mailtrace"
unset MAILTRACE_STORE MAILTRACE_CONFIG MAILTRACE_PAGER PAGER NO_COLOR COLUMNS

rm -rf "$results"
mkdir -p "$results" || exit 2

unit() {
	find "$BUILD/unit" -type f -perm -100 -name 'test_*' | sort |
	    while read -r bin; do
		# what has lost its source is not run
		[ -f "tests/unit/$(basename "$bin").c" ] && echo "$bin"
	done | xargs -r -n 1 -P "$jobs" sh tests/unit.sh
}

sessions() {
	sh tests/store.sh >"$results/store.log" 2>&1 || {
		cat "$results/store.log"
		echo "fail the store of the lab logs" >"$results/store"
	}
	{
		ls tests/cli/*.t fixtures/flow/*/session.t 2>/dev/null
		grep -l '^      \$ ' README.md docs/*.md 2>/dev/null
	} | sort | xargs -r -n 1 -P "$jobs" sh tests/session.sh
}

# Every target over its own corpus and, as seeds, over all fixtures.
fuzz() {
	for bin in "$BUILD"/fuzz/fuzz_*; do
		[ -f "tests/fuzz/$(basename "$bin").c" ] && echo "$bin"
	done | xargs -r -n 1 -P "$jobs" sh tests/fuzz.sh
}

lint() {
	for s in tests/lint/*.sh; do
		name=lint/$(basename "$s" .sh)
		out=$(sh "$s" 2>&1)
		case $? in
		0) echo "pass $name" ;;
		77) echo "skip $name"; echo "skipped: $name: $out" >&2 ;;
		*) echo "fail $name"; printf '%s\n' "FAILED: $name" "$out" >&2 ;;
		esac
	done >"$results/lint"
}

# scripts NAME FILE...: status 77 is "skipped"; a quarter of an hour for each
scripts() {
	step=$1
	shift
	for s in "$@"; do
		[ -f "$s" ] || continue
		name=$(basename "$(dirname "$s")")/$(basename "$s" .sh)
		out=$(timeout 900 sh "$s" "$BUILD" 2>&1 </dev/null)
		case $? in
		0) echo "pass $name" ;;
		77) echo "skip $name"; echo "skipped: $name: $out" >&2 ;;
		*) echo "fail $name"; printf '%s\n' "FAILED: $name" "$out" >&2 ;;
		esac
	done >"$results/$step"
}

# what depends on the year again in another one: the logs say 2025 and 2026
clock() {
	dates="2027-03-01 00:00:00"
	[ -n "$LONG" ] && dates="$dates|2026-12-31 23:59:00|2028-02-29 12:00:00"
	echo "$dates" | tr '|' '\n' | while read -r date; do
		set --
		for t in source ingest trace lab_truth; do
			[ -x "$BUILD/unit/test_$t" ] &&
			    set -- "$@" "$BUILD/unit/test_$t"
		done
		out=$(sh tests/clock.sh "$date" "$@" 2>&1)
		case $? in
		0) echo "pass clock $date" ;;
		77) echo "skip clock $date"; echo "skipped: clock: $out" >&2 ;;
		*) echo "fail clock $date"; printf '%s\n' "FAILED: clock $date" "$out" >&2 ;;
		esac
	done >"$results/clock"
}

# the lab's truth again where everything that can be otherwise is (torture
# has each of it alone)
other() {
	out=$(SAMPLE=4 timeout 900 sh tests/torture/variants.sh "$BUILD" \
	    names+ids+skew+zones+rename+gap 2>&1)
	case $? in
	0) echo "pass another lab" ;;
	77) echo "skip another lab"; echo "skipped: another lab: $out" >&2 ;;
	*) echo "fail another lab"; printf '%s\n' "FAILED: another lab" "$out" >&2 ;;
	esac >"$results/other"
}

torture() {
	scripts torture tests/torture/*.sh
}

# real servers, where they can be started; a script there prints a line
# "pass|fail|skip NAME" for each of its scenarios
lab() {
	for s in tests/lab/*.sh; do
		[ -f "$s" ] || continue
		name=lab/$(basename "$s" .sh)
		out=$(timeout 900 sh "$s" "$BUILD" </dev/null)
		status=$?
		lines=$(printf '%s\n' "$out" | grep -E '^(pass|fail|skip) ')
		printf '%s\n' "$lines" | grep .
		case $status in
		0) [ -n "$lines" ] || echo "pass $name" ;;
		77) echo "skip $name"; echo "skipped: $name: $out" >&2 ;;
		*) printf '%s\n' "$lines" | grep -q '^fail' || {
			echo "fail $name"
			printf '%s\n' "FAILED: $name" "$out" >&2
		} ;;
		esac
	done >"$results/lab"
}

# pages as a browser shows them
browser() {
	scripts browser tests/browser/*.sh
}

# libFuzzer looks for new crashes, a few seconds for each target
search() {
	scripts search tests/fuzz/search.sh
}

for step in $steps; do
	$step
done

count() {
	cat "$results"/* 2>/dev/null | grep -c "^$1 "
}
passed=$(count pass)
failed=$(count fail)
skipped=$(count skip)
if [ "$failed" -gt 0 ]; then
	echo "failed:"
	cat "$results"/* | sed -n 's/^fail /  /p'
fi
[ "$passed" -eq 0 ] && [ "$failed" -eq 0 ] && failed=1 &&
	echo "failed: no test was run"
line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
