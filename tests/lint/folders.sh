#!/bin/sh
# Folders look left: base parsers classify index query cli; live sees only
# base and classify; only cli sees live.

allowed() {
	case $1 in
	base) echo base ;;
	parsers) echo base parsers ;;
	classify) echo base parsers classify ;;
	index) echo base parsers classify index ;;
	query) echo base parsers classify index query ;;
	live) echo base classify live ;;
	cli) echo base parsers classify index query live cli ;;
	esac
}

bad=0
for d in base parsers classify index query live cli; do
	may=" $(allowed $d) "
	for f in "$d"/*.[ch]; do
		[ -f "$f" ] || continue
		for inc in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f"); do
			case $may in
			*" ${inc%%/*} "*) ;;
			*)
				echo "$f includes \"$inc\""
				bad=1
				;;
			esac
		done
	done
done
exit $bad
