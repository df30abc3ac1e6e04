#!/bin/sh
# What must not be in the tree: paths of the machine it was written on, work
# that was put off, blanks at line ends, names that are not for documentation.

bad=0
files=$(find . -type f -not -path './.git/*' -not -path './build*' \
    -not -name '*.xz' -not -name '*.gz' -not -name '*.zst' \
    -not -path './tests/fuzz/corpus/*' | sort)
complain() {
	[ -n "$2" ] || return
	printf '%s:\n%s\n' "$1" "$2" | cut -c 1-200 | head -n 20
	bad=1
}

here=$PWD
complain "the path of this checkout" \
    "$(printf '%s\n' $files | xargs grep -IlF -e "$here/" -- 2>/dev/null)"
complain "somebody's home" \
    "$(printf '%s\n' $files | xargs grep -InE '/(home|root|Users)/[a-z]' -- |
    grep -v '^./tests/lint/clean.sh')"
complain "put off: say NEEDSWORK and what is undecided" \
    "$(printf '%s\n' $files | grep '\.[ch]$' |
    xargs grep -InE '\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b' --)"
complain "blanks at the end of a line" \
    "$(printf '%s\n' $files | grep -E '\.([ch]|sh|mk|md|1|t)$' |
    xargs grep -InE '[ 	]+$' --)"
complain "CR" "$(printf '%s\n' $files | grep -E '\.([ch]|sh|mk|md|1)$' |
    xargs grep -IlE "$(printf '\r')\$" --)"
exit $bad
