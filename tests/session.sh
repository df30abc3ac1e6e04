#!/bin/sh
# session.sh FILE: run the commands of a session and compare what they print.
#
#	      $ mailtrace from=nobody@nowhere.example	a command; "> " goes on
#	      nothing found				what it prints
#	      [1]					its exit status, if not 0
#
# All other lines are for the reader; blank lines within an output count.  Expected lines that end in " (re)" are
# extended regular expressions, " (glob)" shell patterns.  Commands of a file
# share one shell and one empty folder; $ROOT is the checkout, $LAB the sample
# logs, and the store of these is the default one.  UPDATE=1 writes what was
# printed into the file.

file=$1
name=$(printf '%s' "${file%.t}" | tr '/' '_')
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir "$work/dir" "$work/bin" "$work/tmp"
ln -s "$MAILTRACE" "$work/bin/mailtrace"

# one file per command: N.cmd, N.want
awk -v dir="$work" '
	/^      \$ / { n++; cmd = dir "/" n ".cmd"; want = dir "/" n ".want"
		print substr($0, 9) > cmd; printf "" > want
		print NR > (dir "/" n ".line"); on = 1; blank = ""; next }
	/^      > / && on == 1 { print substr($0, 9) > cmd; next }
	/^      / && on { printf "%s", blank > want; blank = ""
		print substr($0, 7) > want; on = 2; next }
	/^$/ && on { blank = blank "\n"; next }
	{ on = 0 }
	END { print n + 0 > (dir "/count") }
' "$file"
n=$(cat "$work/count")

ROOT=$PWD
LAB=$ROOT/fixtures/lab
export ROOT LAB TMPDIR="$work/tmp" HOME="$work/dir"
export PATH="$work/bin:$PATH"
export MAILTRACE_STORE="$BUILD/lab-store"
export MAILTRACE_CONFIG="$LAB/mailtrace.conf"

# all commands in one shell, so that variables and cd stay
{
	echo 'cd "$HOME" || exit 2'
	i=1
	while [ $i -le "$n" ]; do
		echo "{"
		cat "$work/$i.cmd"
		echo "} >'$work/$i.got' 2>&1 </dev/null"
		echo "rc=\$?; [ \$rc -eq 0 ] || echo \"[\$rc]\" >>'$work/$i.got'"
		echo ": >'$work/$i.ended'"
		i=$((i + 1))
	done
} >"$work/script"
timeout 120 sh "$work/script" >"$work/log" 2>&1

same() {
	cmp -s "$1" "$2" && return 0
	awk -v got="$2" '
		function glob(p,   i, c, r) {
			for (i = 1; i <= length(p); i++) {
				c = substr(p, i, 1)
				if (c == "*") r = r ".*"
				else if (c == "?") r = r "."
				else if (index("\\.[](){}+^$|", c)) r = r "\\" c
				else r = r c
			}
			return "^" r "$"
		}
		{
			if ((getline line < got) <= 0) exit bad = 1
			if ($0 == line) next
			if (sub(/ \(re\)$/, "") && line ~ ("^" $0 "$")) next
			if (sub(/ \(glob\)$/, "") && line ~ glob($0)) next
			exit bad = 1
		}
		END { if (!bad && (getline line < got) > 0) bad = 1; exit bad }
	' "$1"
}

: >"$results/$name"
i=1
while [ $i -le "$n" ]; do
	label="$file:$(cat "$work/$i.line")"
	# blank lines at the end cannot be seen in a session
	touch "$work/$i.got"
	# cut off by the time, by an exit, or by what no shell can read
	[ -e "$work/$i.ended" ] || echo "[did not end]" >>"$work/$i.got"
	sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$work/$i.got" >"$work/$i.cut"
	mv "$work/$i.cut" "$work/$i.got"
	if same "$work/$i.want" "$work/$i.got"; then
		cp "$work/$i.want" "$work/$i.got" # patterns stay
		echo "pass $label" >>"$results/$name"
	elif [ -n "$UPDATE" ]; then
		echo "pass $label" >>"$results/$name"
	else
		echo "fail $label" >>"$results/$name"
		echo "FAILED: $label: $(head -n 1 "$work/$i.cmd")"
		diff -U 3 "$work/$i.want" "$work/$i.got" | sed -n '3,60p'
	fi
	i=$((i + 1))
done
[ "$n" -eq 0 ] && echo "fail $file has no command" >>"$results/$name"

if [ -n "$UPDATE" ]; then
	awk -v dir="$work" '
		function flush(   line) {
			if (on != 1) return
			while ((getline line < got) > 0)
				print line == "" ? "" : "      " line
			on = 2
		}
		/^      \$ / { flush(); printf "%s", blank; blank = ""
			n++; print; got = dir "/" n ".got"; on = 1; next }
		/^      > / && on == 1 { print; next }
		/^      / && on { flush(); blank = ""; next }
		/^$/ && on { blank = blank "\n"; next }
		{ flush(); printf "%s", blank; blank = ""; on = 0; print }
		END { flush(); printf "%s", blank }
	' "$file" >"$work/new"
	cmp -s "$work/new" "$file" || cat "$work/new" >"$file"
fi
exit 0
