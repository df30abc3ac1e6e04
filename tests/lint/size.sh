#!/bin/sh
# Past 600 lines a file is split, or its head says why not ("In one file: ...").

bad=0
for f in base/*.[ch] parsers/*.[ch] classify/*.[ch] index/*.[ch] \
    query/*.[ch] live/*.[ch] cli/*.[ch] tests/*/*.c; do
	[ -f "$f" ] || continue
	n=$(wc -l <"$f")
	[ "$n" -le 600 ] && continue
	head -n 20 "$f" | grep -q 'In one file:' && continue
	echo "$f has $n lines"
	bad=1
done
exit $bad
