#!/bin/sh
# Every file begins with what it is for; headers have their guard.

bad=0
for f in base/*.[ch] parsers/*.[ch] classify/*.[ch] index/*.[ch] \
    query/*.[ch] live/*.[ch] cli/*.[ch] tests/*/*.[ch]; do
	[ -f "$f" ] || continue
	head -n 2 "$f" | grep -q "^ \* $(basename "$f")" || {
		echo "$f: its head does not begin with its name"
		bad=1
	}
	case $f in
	tests/*) continue ;;
	*.h)
		guard=$(printf '%s' "$f" | tr 'a-z/.' 'A-Z__')
		grep -q "^#ifndef $guard\$" "$f" || {
			echo "$f: no guard $guard"
			bad=1
		}
		;;
	esac
done
exit $bad
