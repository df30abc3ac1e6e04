#!/bin/sh
# postfix.sh BUILD: print where Postfix's programs are.  Installed, or laid
# out below BUILD from Debian's package without installing it (it would push
# another mail server out): from what the lab of real servers downloaded, or
# with LONG=1 downloaded here.  Prints nothing when there is none.

if [ -x /usr/lib/postfix/sbin/master ]; then
	echo /usr/lib/postfix/sbin
	exit 0
fi
root=$1/postfix
if [ ! -x "$root/usr/lib/postfix/sbin/master" ]; then
	set -- "$1" "$1"/lab-debs/postfix_*.deb
	if [ ! -f "$2" ] && [ -n "$LONG" ]; then
		mkdir -p "$root" && (cd "$root" &&
			apt-get download postfix) >/dev/null 2>&1
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
