#!/bin/sh
# Every source file ends its includes with base/banned.h, and no object knows
# a banned function (a header of somebody else's might have let it in).

bad=0
for f in base/*.c parsers/*.c classify/*.c index/*.c query/*.c live/*.c \
    cli/*.c; do
	[ -f "$f" ] || continue
	last=$(sed -n 's/^#include *//p' "$f" | tail -n 1)
	if [ "$last" != '"base/banned.h"' ]; then
		echo "$f: base/banned.h is not its last include"
		bad=1
	fi
	o=$BUILD/${f%.c}.o
	[ -f "$o" ] || continue
	for s in $(nm -u "$o" | awk '{ print $NF }' | grep -xE \
	    '(__)?(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|gmtime|localtime|gets|alloca|setlocale_all)(_chk)?'); do
		echo "$f: uses $s"
		bad=1
	done
done
exit $bad
