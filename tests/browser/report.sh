#!/bin/sh
# report.sh BUILD: report pages in a real browser, without a network: at 400
# and 1400 pixels nothing scrolls sideways, every drawing is seen, what
# strangers wrote runs nowhere.  Screenshots stay in BUILD/browser.
#
# The page itself allows no script, so it is put into a frame of a page that
# measures it.
build=$1
command -v chromium >/dev/null 2>&1 || {
	echo "no chromium"
	exit 77
}
out=$build/browser
rm -rf "$out"
mkdir -p "$out" || exit 2
lab=fixtures/lab
"$build/mailtrace" ingest --quiet --config $lab/mailtrace.conf \
    --store "$out/lab" $lab/logs || exit 1
"$build/mailtrace" ingest --quiet --store "$out/hostile" \
    fixtures/flow/report/hostile.log || exit 1

page() { # STORE NAME REPORT...: writes NAME.html
	store=$1 name=$2
	shift 2
	"$build/mailtrace" report "$@" --config $lab/mailtrace.conf --tz UTC \
	    --store "$out/$store" --html >"$out/$name.html" || {
		echo "report $*: no page"
		exit 1
	}
}

browser() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu \
	    --disable-background-networking --disable-component-update \
	    --disable-sync --no-first-run --hide-scrollbars \
	    --user-data-dir="$out/profile" "$@" 2>"$out/browser.log"
}

# The page in a frame, and what is seen of it, as text.
frame() { # NAME WIDTH
	{
		printf '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">'
		printf '<iframe id="f" style="border:0;width:%spx;height:3000px" srcdoc="' "$2"
		sed 's/&/\&amp;/g; s/"/\&quot;/g' "$out/$1.html"
		cat <<'END'
"></iframe><pre id="r"></pre><script>
const f = document.getElementById("f");
f.onload = () => {
	const d = f.contentDocument, e = d.documentElement;
	const seen = [...d.querySelectorAll("svg")].map(s => s.getBoundingClientRect());
	const shown = seen.filter(s => s.width >= 40 && s.height >= 5).length;
	const out = [...d.querySelectorAll("body *")].filter(x =>
		x.getBoundingClientRect().right > e.clientWidth + 1 &&
		!x.closest("svg")).length;
	document.getElementById("r").textContent =
	    "width=" + e.scrollWidth + " of " + e.clientWidth +
	    " outside=" + out + " drawings=" + seen.length + " shown=" + shown +
	    " bars=" + d.querySelectorAll("rect").length +
	    " active=" + d.querySelectorAll("script,img,iframe,object").length +
	    " end";
};
</script>
END
	} >"$out/$1-$2.html"
}

bad=0
check() { # NAME: at both widths
	for w in 400 1400; do
		frame "$1" $w
		got=$(browser --dump-dom --window-size=1500,1000 \
		    --virtual-time-budget=5000 "file://$out/$1-$w.html" |
		    sed -n 's|.*<pre id="r">\(.*\)</pre>.*|\1|p')
		case $got in
		"width=$w of $w outside=0 drawings="*" active=0 end") ;;
		*)
			echo "$1 at $w: '$got'"
			bad=1
			continue
			;;
		esac
		n=${got#*drawings=}
		shown=${got#*shown=}
		bars=${got#*bars=}
		if [ "${n%% *}" -lt 1 ] || [ "${n%% *}" != "${shown%% *}" ] ||
		    [ "${bars%% *}" -lt 1 ]; then
			echo "$1 at $w: a drawing is not seen: $got"
			bad=1
		fi
		browser --screenshot="$out/$1-$w.png" \
		    --window-size=$w,1200 "file://$out/$1-$w.html" >/dev/null
		[ "$(wc -c <"$out/$1-$w.png")" -gt 10000 ] || {
			echo "$1 at $w: no screenshot"
			bad=1
		}
	done
}

case $out in /*) ;; *) out=$PWD/$out ;; esac
page lab blocked blocked --since 2025-12-28 --until 2026-01-02
page lab incidents incidents --on 2025-12-30
page lab deferred deferred --until 2026-01-02
page hostile hostile bounces --since 2026-03-01 --until 2026-03-02
for name in blocked incidents deferred hostile; do
	check $name
done
# the page as a file of its own, its own rules in force, dark too
browser --screenshot="$out/blocked.png" --window-size=1400,1600 \
    "file://$out/blocked.html" >/dev/null
browser --screenshot="$out/blocked-dark.png" --window-size=1400,1600 \
    --blink-settings=preferredColorScheme=0 "file://$out/blocked.html" \
    >/dev/null
rm -rf "$out/profile" "$out/lab" "$out/hostile"
exit $bad
