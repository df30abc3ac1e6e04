#!/bin/sh
# The manual knows every verb, option, term and key of the configuration, and
# none that is gone; groff finds nothing to complain about.

man=docs/mailtrace.1
bad=0
plain=$(sed 's/\\-/-/g; s/\\f[BIRP]//g' $man)

has() {
	printf '%s\n' "$plain" | grep -qF -e "$1" || {
		echo "$man: no word about $2"
		bad=1
	}
}

"$MAILTRACE" help --list | {
	while read -r verb options; do
		printf '%s\n' "$plain" | grep -qE "^\.SS $verb( |\$)" || {
			echo "$man: no section about the verb '$verb'"
			bad=1
		}
		for o in $options; do
			case $o in
			--*) has "$o" "option $o of '$verb'" ;;
			esac
		done
	done
	exit $bad
} || bad=1

for t in $("$MAILTRACE" help terms | sed -n 's/^  \([a-z]*\).*/\1/p'); do
	printf '%s\n' "$plain" | grep -qE "^\.B.* $t(,|\$| )" || {
		echo "$man: no word about the term '$t'"
		bad=1
	}
done

known=$("$MAILTRACE" help --list | tr ' ' '\n' | grep '^--' | sort -u)
for o in $(printf '%s\n' "$plain" | grep -oE -e '--[a-z][a-z-]+' | sort -u); do
	printf '%s\n' "$known" --version | grep -qxF -e "$o" || {
		echo "$man: $o is no option"
		bad=1
	}
done

for key in $(sed -n 's/^\t{ "\([a-z]*\)", "\([a-z_]*\)", .*/\1.\2/p' \
    cli/config_keys.c); do
	grep -qE "^#? ?${key#*.} *=" docs/mailtrace.conf.example || {
		echo "docs/mailtrace.conf.example: no word about ${key#*.}"
		bad=1
	}
	has "${key#*.}" "key ${key#*.} of [${key%.*}]"
done

# the columns of reports are a contract: docs/reports.md knows each
for f in query/report_*.c; do
	name=${f#query/report_}
	name=${name%.c}
	part=$(sed -n "/^## $name\$/,/^## /p" docs/reports.md)
	[ "$name" = blocked ] && f="$f query/blocked_clients.c"
	# shellcheck disable=SC2086
	for c in $(sed -n 's/^.*\[[A-Z][A-Z0-9_]*\] = { "\([a-z_0-9]*\)", .*/\1/p' $f); do
		printf '%s\n' "$part" | grep -qF -e "\`$c\`" || {
			echo "docs/reports.md: no word about '$c' of $name"
			bad=1
		}
	done
done

if command -v groff >/dev/null 2>&1; then
	out=$(groff -man -Tutf8 -ww -z $man 2>&1)
	[ -n "$out" ] && { echo "$out"; bad=1; }
fi
exit $bad
