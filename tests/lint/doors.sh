#!/bin/sh
# Outside libraries have one door each, and nothing below cli/ prints or
# exits: read from the symbols of the objects, not from their source.

# symbols (as an extended regular expression), then where they may be used
doors='
sqlite3_.*|index/.* query/.* cli/sql.*
pcre2_.*|base/re
cJSON_.*|parsers/journal cli/out_json live/rdap live/table_file cli/serve.*
MMDB_.*|query/geo
ZSTD_.*|parsers/input.* index/segment.* index/seg_.*
(lzma_|BZ2_|isal_|inflate|deflate).*|parsers/input.*
ini_.*|cli/config
sd_journal_.*|parsers/journal_sd
(dlopen|dlsym)|parsers/journal_sd live/http
(ub_|SSL_|X509_|curl_|psl_|idn2_).*|live/.*
(socket|connect|bind|listen|accept4?|sendto|sendmsg|recv|recvfrom|recvmsg|getaddrinfo.*|getnameinfo|gethostby.*|_*res_n?(query|search|send|mkquery|init).*)|live/.* parsers/listen cli/serve.*
(stdout|stderr|printf|puts|putchar|perror|vprintf|__printf_chk|exit|_exit|_Exit|quick_exit)|cli/.* base/die
(system|popen|fork|vfork|exec[lv].*|posix_spawn.*)|cli/.* base/die
'

[ -d "$BUILD/base" ] || { echo "nothing is built in $BUILD"; exit 1; }
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
for d in base parsers classify index query live cli; do
	for f in "$d"/*.c; do
		o=$BUILD/${f%.c}.o
		[ -f "$o" ] || { echo "$o is not built" >&2; echo unbuilt "$f"; }
		nm -u "$o" 2>/dev/null | awk -v f="${f%.c}" 'NF { print $NF, f }'
	done
done >"$list"

bad=0
grep -q '^unbuilt ' "$list" && bad=1
while IFS='|' read -r line; do
	[ -n "$line" ] || continue
	places=${line##*|}
	symbols=${line%|*}
	may=$(printf '%s' "$places" | tr ' ' '|')
	out=$(grep -E "^$symbols " "$list" | grep -vE " ($may)\$")
	if [ -n "$out" ]; then
		printf '%s\n' "$out" | awk -v may="$places" \
		    '{ print $2 ".c uses " $1 " (allowed in: " may ")" }'
		bad=1
	fi
done <<EOF
$doors
EOF
exit $bad
