#!/bin/sh
# exigrep.sh: what exigrep finds is in our answer.
#
#	tests/torture/exigrep.sh BUILD [IDS]
#
# For many message ids of a public Exim log (not part of this project; it is
# skipped when that is not at hand) every line that `exigrep -l ID` prints must
# be among the lines of `mailtrace qid=ID -vv`.
set -eu
build=${1:-build}
count=${2:-200}
log=../shared/corpora/public/exim/exim-2012-anonymised.log
[ -f "$log" ] || { echo "the public Exim log is not here"; exit 77; }
command -v exigrep >/dev/null 2>&1 || { echo "exigrep (exim4-base) is not installed"; exit 77; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/mailtrace-exigrep.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
unset MAILTRACE_CONFIG MAILTRACE_STORE || true

"$build/mailtrace" ingest --quiet --timezone UTC --store "$dir/store" "$log"
grep -oE ' [0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2} <=' "$log" | cut -d' ' -f2 |
    sort -u | awk -v n="$count" '{ l[NR] = $0 } END { s = NR > n ? NR / n : 1; for (i = 1; i <= NR && k < n; i += s) { print l[int(i)]; k++ } }' >"$dir/ids"
lines=0 missing=0
while read -r id; do
	exigrep -l "$id" "$log" | grep -v '^+++' | sed '/^ *$/d; s/^ *//' | sort -u >"$dir/want"
	"$build/mailtrace" --store "$dir/store" --no-pager -vv -n 1000 "qid=$id" |
	    sed 's/^ *//' | sort -u >"$dir/got"
	lines=$((lines + $(wc -l <"$dir/want")))
	comm -23 "$dir/want" "$dir/got" >"$dir/miss"
	if [ -s "$dir/miss" ]; then
		missing=$((missing + $(wc -l <"$dir/miss")))
		echo "$id: $(head -n 1 "$dir/miss")" >&2
	fi
done <"$dir/ids"
echo "$(wc -l <"$dir/ids") ids, $lines lines of exigrep, $missing not in our answer"
[ "$missing" -eq 0 ] && [ "$lines" -gt 0 ]
