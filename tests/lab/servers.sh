#!/bin/sh
# servers.sh BUILD: mail through real servers.  Postfix, Exim and Dovecot of
# Debian's packages run in namespaces of their own (mounts, network, processes,
# host names), so that neither files, users, packages nor the network of this
# machine are touched; what they are sent, what arrived and what their logs
# say by our reading is compared in mail.pl.
#
# LAB_VARIANT=plain: with logs as most servers write them (plain.sh);
# LAB_VARIANT=filters: with what stands between hops (filters.sh).
#
# Packages that are not installed are downloaded, not installed, and laid over
# the root of the machine.  Prints a line "pass|fail|skip NAME" per scenario.

BUILD=${1:-$BUILD}
here=$(cd "$(dirname "$0")" && pwd)
work=$BUILD/lab-run
debs=$BUILD/lab-debs
[ "$LAB_VARIANT" != filters ] || debs=$debs-filters
seconds=170

skip() {
	echo "$*"
	exit 77
}

[ "$(id -u)" -eq 0 ] || skip "real servers need root (for namespaces)"
[ "$(uname -s)" = Linux ] || skip "real servers need Linux"
for c in unshare nsenter mount timeout dpkg-deb apt-get tar perl; do
	command -v $c >/dev/null 2>&1 || skip "no $c here"
done
[ "$LAB_VARIANT" != filters ] || command -v openssl >/dev/null 2>&1 ||
	skip "no openssl here"
perl -MIO::Socket::INET -MJSON::PP -MMIME::Base64 -e 1 2>/dev/null ||
	skip "perl without its modules"
unshare -m -n -p -f -u true 2>/dev/null || skip "no namespaces to be had"
mkdir -p "$work" "$debs" || exit 1
unshare -m -n -p -f sh -c 'mount --make-rprivate / &&
	mount -t tmpfs tmpfs "$1" && mkdir "$1/u" "$1/w" "$1/m" &&
	mount -t overlay overlay -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" \
	    "$1/m" && mount -t proc proc "$1/m/proc"' sh "$work" 2>/dev/null ||
	skip "no overlay mounts to be had"
command -v ip >/dev/null 2>&1 && {
	unshare -n sh -c 'ip link add wire type bridge &&
		ip link add w1 type veth peer name w2' 2>/dev/null ||
		skip "no bridge of networks to be had"
}

inst() {
	apt-get -s install --no-install-recommends "$@" 2>/dev/null |
	    awk '/^Inst/ { print $2 }'
}
# not the database that opendmarc asks for
filters() {
	inst postfix postfix-policyd-spf-python exim4-base- exim4-config- \
	    exim4-daemon-light-
	inst exim4-daemon-heavy
	inst rsyslog nsd amavisd-new spamd spamc rspamd postgrey \
	    opendkim spamass-milter mlmmj clamav-milter clamav-daemon
	inst opendmarc | grep -v 'maria\|mysql\|dbconfig'
}
# the packages, and what they need, that this machine lacks
missing() {
	{
		inst postfix dovecot-core dovecot-lmtpd dovecot-imapd \
		    dovecot-sieve
		inst exim4-daemon-light
		inst iproute2
		[ "$LAB_VARIANT" != filters ] || filters
	} | sort -u
}
have() {
	set -- postfix dovecot-sieve exim4-daemon-light
	[ "$LAB_VARIANT" != filters ] || set -- "$@" amavisd-new rspamd mlmmj
	apt-cache show "$@" >/dev/null 2>&1
}
fetch() {
	(cd "$debs" && apt-get download $list) >"$work.log" 2>&1
}
have || apt-get update -q >/dev/null 2>&1
have || skip "the servers are not in the lists of packages"
list=$(missing)
stamp=$(printf '%s ' $list)
if [ "$(cat "$debs/list" 2>/dev/null)" != "$stamp" ]; then
	rm -f "$debs"/*.deb
	fetch || { apt-get update -q >/dev/null 2>&1 && fetch; } ||
		skip "could not download the packages: $(tail -n 1 "$work.log")"
	echo "$stamp" >"$debs/list"
fi

# Everything inside ends with the first process of its own namespace.
timeout -k 5 $seconds unshare -m -n -p -f -u --kill-child \
    sh "$here/inside" "$here" "$work" "$debs" "$BUILD/mailtrace"
status=$?
case $status in 124 | 137)
	echo "fail lab/${LAB_VARIANT:-servers} in time"
	echo "not done after $seconds s" >&2
	;;
esac
exit $status
