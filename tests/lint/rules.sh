#!/bin/sh
# Every rule that is shipped decides its tests (one without is not read), has patterns that are
# quick on hostile text, and shares no words with a rule of another class.

out=$("$MAILTRACE" rules check 2>&1) || {
	printf '%s\n' "$out"
	exit 1
}
case $out in
*' 0 texts in two rules'*) ;;
*)
	printf '%s\n' "$out"
	exit 1
	;;
esac
