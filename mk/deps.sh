#!/bin/sh
# deps.sh [build|all]: make sure that what is needed to build (and, without a
# word, to test) is installed.  As root on Debian and its kin it installs what
# is missing; else it prints the command and fails.  With "all" it also tries
# to get what the long tests want; they say themselves what they miss.

build='gcc make libc6-dev pkg-config libpcre2-dev libsqlite3-dev libzstd-dev
liblzma-dev libbz2-dev zlib1g-dev libcjson-dev libmaxminddb-dev libinih-dev
libunbound-dev libssl-dev libidn2-dev libpsl-dev libcurl4-openssl-dev
libisal-dev libxxhash-dev libsystemd-dev tzdata'
tests='libcmocka-dev zstd xz-utils bzip2 gzip sqlite3 shellcheck clang-format
groff-base faketime nsd publicsuffix pflogsumm systemd-journal-remote'
long='clang libclang-rt-14-dev chromium libmaxmind-db-writer-perl pflogsumm
exim4-base iproute2 perl'

want=$build
[ "$1" = build ] || want="$build $tests"

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "deps: no dpkg here: install the equivalents of" $want >&2
	exit 0
fi

missing=
for p in $want; do
	dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null |
	    grep -qx installed || missing="$missing $p"
done
if [ -z "$missing" ]; then
	[ "$1" = all ] && [ "$(id -u)" -eq 0 ] || exit 0
	export DEBIAN_FRONTEND=noninteractive
	for p in $long; do
		dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null |
		    grep -qx installed && continue
		echo "deps: apt-get install $p"
		apt-get install -y --no-install-recommends "$p" >/dev/null 2>&1 ||
			echo "deps: $p is not to be had; its tests are skipped" >&2
	done
	exit 0
fi

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	printf 'deps: packages are missing; as root:\n\n    %s\n\n' \
	    "apt-get update && $command" >&2
	exit 1
fi
echo "deps: $command"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
# where the lists of packages are new enough the update is saved
# shellcheck disable=SC2086
$command >"$log" 2>&1 && exit 0
apt-get update -q >"$log" 2>&1 || cat "$log" >&2
# shellcheck disable=SC2086
$command >"$log" 2>&1 && exit 0
cat "$log" >&2
echo "deps: could not install$missing" >&2
exit 1
