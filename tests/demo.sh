#!/bin/sh
# demo.sh: the sample logs of a small provider, and four mails out of them.

cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build}
store=$BUILD/demo-store
export LC_ALL=C.UTF-8
m="$BUILD/mailtrace --no-pager --config fixtures/lab/mailtrace.conf --store $store"

show() {
	printf '\n========  %s\n' "$1"
	shift
	printf '$ mailtrace %s\n\n' "$*"
	$m "$@" || exit 1
}

rm -rf "$store"
printf '$ mailtrace ingest fixtures/lab/logs\n'
$m ingest fixtures/lab/logs || exit 1
show "It left us" state=left delay\>60 -n 1
show "It bounced" state=bounced class=user_unknown to=@remote-postfix.test -n 1
show "We are blocked there" state=blocked to=@strict.test -n 1
show "A full mailbox" state=quota -n 1
printf '\nThe store stays in %s:\n' "$store"
for more in TERM... 'report blocked --since 2025-12-28' \
    'diagnose overquota@isp.test --offline' 'scope to=@badbanner.test'; do
	printf '    %s %s\n' "$m" "$more"
done
