#!/bin/sh
# fuzz.sh BINARY: replay the corpus of one fuzz target, and all fixtures.

name=$(basename "$1")
log=$results/$name.log
find tests/fuzz/corpus/"${name#fuzz_}" fixtures -type f 2>/dev/null |
    sort | xargs timeout 120 "$1" >"$log" 2>&1
rc=$?
if [ $rc -eq 0 ]; then
	echo "pass $name" >"$results/$name"
else
	echo "fail $name (status $rc)" >"$results/$name"
	echo "FAILED: $name"
	tail -n 40 "$log"
fi
exit 0
