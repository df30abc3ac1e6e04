#!/bin/sh
# journald.sh BUILD: the journal of a running systemd-journald, in namespaces
# of its own: what programs send it is found while it still writes, is followed
# and is followed over a rotation, each entry once.  Prints a line
# "pass|fail|skip NAME" per scenario.

BUILD=${1:-$BUILD}
here=$(cd "$(dirname "$0")" && pwd)
journald=/lib/systemd/systemd-journald
work=$BUILD/lab-journald

skip() {
	echo "$*"
	exit 77
}

if [ "${2:-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || skip "a journald needs root (for namespaces)"
	[ -x $journald ] || skip "no systemd-journald here"
	command -v logger >/dev/null || skip "no logger here"
	unshare -m -p -f --mount-proc true 2>/dev/null || skip "no namespaces to be had"
	ldconfig -p 2>/dev/null | grep -q libsystemd.so.0 || skip "no libsystemd here"
	rm -rf "$work"
	mkdir -p "$work" || exit 1
	exec timeout -k 9 90 unshare -m -p -f --mount-proc sh "$here/journald.sh" "$BUILD" inside
fi

# everything in here ends with its first process, this one
{ mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/log; } ||
	skip "no tmpfs to be had"
mkdir -p /run/systemd/journal /run/log/journal
$journald >"$work/journald.log" 2>&1 &
daemon=$!
n=0
until [ -S /run/systemd/journal/dev-log ] || [ $n -ge 100 ]; do
	n=$((n + 1))
	sleep 0.1
done
[ -S /run/systemd/journal/dev-log ] || skip "journald does not start here"

mt() {
	"$BUILD/mailtrace" --config /dev/null --store "$work/store" "$@"
}

# say PROGRAM TEXT: as Postfix would
say() {
	logger -u /run/systemd/journal/dev-log -p mail.info -t "postfix/$1" "$2"
}

# arrives NAME QID STATE: within ten seconds the store says so, once
arrives() {
	n=0
	until [ "$(mt qid="$2" --csv 2>/dev/null | cut -d , -f 2 | tail -n +2)" = "$3" ]; do
		n=$((n + 1))
		[ $n -lt 50 ] || {
			echo "fail lab/journald $1"
			mt qid="$2" >&2
			return
		}
		sleep 0.2
	done
	echo "pass lab/journald $1"
}

say smtpd '4F1ABC: client=pc.isp.example[192.0.2.7]'
say cleanup '4F1ABC: message-id=<one@isp.example>'
say qmgr '4F1ABC: from=<a@isp.example>, size=700, nrcpt=1 (queue active)'
say smtp '4F1ABC: to=<b@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=2, delays=0.1/0/1/0.9, dsn=2.0.0, status=sent (250 ok 77)'
say qmgr '4F1ABC: removed'
logger -u /run/systemd/journal/dev-log -p auth.info -t sshd 'Accepted publickey for root'
sleep 1
mt ingest --quiet journal: 2>"$work/errors" || cat "$work/errors" >&2
arrives "a journal that is still written" 4F1ABC left
mt ingest --quiet --follow journal: 2>>"$work/errors" &
reader=$!
sleep 1
say smtpd '4F1ABD: client=pc.isp.example[192.0.2.8]'
arrives "followed" 4F1ABD queued
kill -USR2 $daemon # it rotates its files
sleep 1
say qmgr '4F1ABD: from=<a@isp.example>, size=700, nrcpt=1 (queue active)'
say smtp '4F1ABD: to=<c@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=2, delays=0.1/0/1/0.9, dsn=5.1.1, status=bounced (host mx.far.example[203.0.113.9] said: 550 5.1.1 no such user (in reply to RCPT TO command))'
say qmgr '4F1ABD: removed'
arrives "followed over a rotation" 4F1ABD bounced
kill $reader
wait $reader
again=$(mt ingest journal: 2>&1 | sed -n 's/.*: \([0-9]*\) lines, .*/\1/p')
ours=$(mt 'qid=4F1AB*' -vv | grep -c 'postfix/[a-z]*\[[0-9]*\]: 4F1AB')
if [ "${again:-1}" = 0 ] && [ "$ours" = 9 ]; then
	echo "pass lab/journald each entry once"
else
	echo "fail lab/journald each entry once"
	echo "journald: $again lines were read again, $ours of 9 are stored" >&2
	mt 'qid=4F1AB*' -vv >&2
fi
kill $daemon
wait $daemon
rm -rf "$work"
