#!/bin/sh
# unit.sh BINARY: run one cmocka binary and note each of its tests.  One that
# dies before it has said so counts as a failed test more.

name=$(basename "$1")
log=$results/$name.log
CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$1" >"$log" 2>&1
rc=$?
# "not ok 5 # SKIP name" is how cmocka says that a test was skipped
sed -n -E -e 's|^(not )?ok [0-9]+ .*# *SKIP *(.*)|skip '"$name"': \2|p;t' \
    -e 's|^not ok [0-9]+ - (.*)|fail '"$name"': \1|p;t' \
    -e 's|^ok [0-9]+ - (.*)|pass '"$name"': \1|p' "$log" >"$results/$name"
if [ $rc -ne 0 ] && ! grep -q '^fail ' "$results/$name"; then
	echo "fail $name (status $rc)" >>"$results/$name"
fi
# one that is no cmocka program says all by its status
[ -s "$results/$name" ] || echo "pass $name" >"$results/$name"
if grep -q '^fail ' "$results/$name"; then
	echo "FAILED: $name"
	grep -v '^ok ' "$log" | tail -n 60
fi
grep -ah '^skipped: ' "$log"
exit 0
