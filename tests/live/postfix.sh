#!/bin/sh
# postfix.sh BUILD: print where Postfix's programs are.  Installed, or laid
# out below BUILD from Debian's package without installing it (it would push
# another mail server out): from what the lab of real servers downloaded, or
# with LONG=1 downloaded here, once, and not waited for where there is no
# network.  Prints nothing when there is none.

if [ -x /usr/lib/postfix/sbin/master ]; then
	echo /usr/lib/postfix/sbin
	exit 0
fi
root=$1/postfix
if [ ! -x "$root/usr/lib/postfix/sbin/master" ]; then
	set -- "$1" "$1"/lab-debs/postfix_*.deb "$root"/postfix_*.deb
	[ -f "$2" ] || set -- "$1" "$3"
	if [ ! -f "$2" ] && [ -n "$LONG" ]; then
		mkdir -p "$root" && (cd "$root" &&
			timeout 60 apt-get -o Acquire::Retries=0 \
			    -o Acquire::http::Timeout=5 \
			    -o Acquire::https::Timeout=5 \
			    download postfix) >/dev/null 2>&1 </dev/null
		set -- "$1" "$root"/postfix_*.deb
	fi
	[ -f "$2" ] || exit 0
	mkdir -p "$root" && dpkg-deb --fsys-tarfile "$2" 2>/dev/null |
	    tar -x -C "$root" ./usr/lib/postfix 2>/dev/null || exit 0
fi
# what it needs may be missing here
LD_LIBRARY_PATH=$root/usr/lib/postfix \
    ldd "$root/usr/lib/postfix/sbin/smtpd" 2>/dev/null |
    grep -q 'not found' || echo "$root/usr/lib/postfix/sbin"
