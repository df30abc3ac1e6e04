What cannot be is said in one line, and nothing crashes.

      $ mailtrace client=10.0.0.0/99
      mailtrace: '10.0.0.0/99' is no network (192.0.2.0/24, 2001:db8::/32); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace client=2001:db8::/129,a.example
      mailtrace: '2001:db8::/129' is no network (192.0.2.0/24, 2001:db8::/32); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace to=a@isp.example code=5
      mailtrace: '5' is no reply code (550, 5*); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace to=a@isp.example dsn=5.1
      mailtrace: '5.1' is no enhanced code (5.1.1, 5.1.*); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace client=10.77.0.0/16 -n 1 --csv | wc -l
      mailtrace: only the newest 1 messages are shown: --limit 10 shows more
      3
      $ mailtrace report --since yesterday
      mailtrace: which report? 'mailtrace report' lists them; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces --on 2026-02-30
      mailtrace: cannot read the time '2026-02-30': try 2026-11-20, '2026-11-20 14:05', 14:05, yesterday, -2h or 7d; see 'mailtrace report --help'
      [2]
      $ mailtrace rules check my.rules
      mailtrace: 'my.rules': check takes no operand; --rules names more rules; see 'mailtrace rules --help'
      [2]
      $ mailtrace ndr --text 550 --mta postix
      mailtrace: bad --mta 'postix': postfix, exim, dovecot, axigen, amavis, sendmail, qmail, exchange or rspamd is meant; see 'mailtrace ndr --help'
      [2]
      $ mailtrace ndr --text ''
      mailtrace: --text: the reply is empty; see 'mailtrace ndr --help'
      [2]
      $ mailtrace -n 0 to=a@b.example
      mailtrace: bad --limit '0': a number from 1 to 1000000 is meant; see 'mailtrace trace --help'
      [2]
      $ mailtrace "$(head -c 70000 /dev/zero | tr '\0' a)" 2>&1 | wc -l
      1
      $ mailtrace "$(printf '\033[31m')" 2>&1 | grep -c '\['
      1
      $ mailtrace --store
      mailtrace: option '--store': its value (PATH) is missing; see 'mailtrace trace --help'
      [2]
      $ mailtrace sql "select zeroblob(2000000000)"
      mailtrace: string or blob too big; 'mailtrace sql --help' lists the tables
      [2]

A folder of mails whose links go in circles.

      $ mkdir m; ln -s . m/again; ln -s ../m m/more; cp "$ROOT/fixtures/bounce/postfix-unknown.eml" m
      $ mailtrace ndr m --json | grep -c '"file"'
      1

The output is closed, or there is no room for it.  (Without what sets the clock
for a test: its file would take the place of the closed output.)

      $ mailtrace to=@isp.test -v -n 50 | head -n 1 >one; wc -l <one
      1
      $ mailtrace status >/dev/full
      mailtrace: cannot write the result: No space left on device
      [2]
      $ env -u LD_PRELOAD mailtrace status >&-
      mailtrace: cannot write the result: Bad file descriptor
      [2]

No room for the store, whether the disk or a limit says so: what was stored is
sound, and the next run goes on from there.

      $ (ulimit -f 400; mailtrace --store full ingest --quiet "$LAB/logs" 2>&1 | sed "s|'.*'|'...'|")
      mailtrace: cannot use '...': disk I/O error
      $ mailtrace --store full verify >/dev/null
      $ mailtrace --store full ingest --quiet "$LAB/logs"; mailtrace --store full verify
      sound: 9 111 records, 34 845 events, 4 days

No home, no locale, a narrow terminal that knows nothing.

      $ env -i PATH="$PATH" TERM=dumb LC_ALL=nonsense COLUMNS=20 mailtrace --store full to=bob@strict.test -n 1 --tz UTC | head -n 1
      ok LEFT to mail.remote-exim.test [198.51.100.20]
      $ env -i PATH="$PATH" mailtrace help >/dev/null

A store of a newer program, and a database of another one.

      $ cp -r full newer; sqlite3 newer/control.db 'pragma user_version = 99'
      $ for v in status verify "ingest $LAB/logs" "prune --older 1d" "report volume" to=a@b.example; do mailtrace --store newer $v 2>&1 | cut -d ' ' -f 2-8; done | sort | uniq -c | sed 's/^ *//'
      6 'newer/control.db' was written by a newer mailtrace
      $ cp -r full other; sqlite3 other/control.db 'pragma application_id = 7'
      $ mailtrace --store other status
      mailtrace: 'other/control.db' is not a mailtrace store: it is a database of another program
      [2]
