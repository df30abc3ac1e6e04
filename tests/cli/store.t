Stores that are not there, are something else, or are damaged.

      $ mailtrace --store nowhere to=a@b.example
      mailtrace: there is no store at 'nowhere'; read logs into it first: mailtrace ingest /var/log/mail.log
      [2]
      $ mkdir other; echo x >other/file
      $ mailtrace --store other to=a@b.example
      mailtrace: there is no store at 'other'
      [2]
      $ mailtrace --store other ingest "$LAB/logs/lists.isp.test"
      mailtrace: 'other' is not a store, and not empty
      [2]
      $ ls other
      file
      $ mailtrace --store other/file status
      mailtrace: 'other/file' is not a store: it is not a folder
      [2]

Reading a source twice is reading it once; a copy that was packed differently is
known by its content.

      $ mailtrace --store s ingest --quiet "$LAB/logs/lists.isp.test" --year 2026
      $ mailtrace --store s ingest "$LAB/logs/lists.isp.test" --year 2026 | sed 's/ in [0-9.]* m\{0,1\}s$//'
      0 bytes in 0 sources (1 more known already): 0 lines, 0 events, 0 ignored, 0 unknown, 0 of other programs; 0 records
      $ gzip -c "$LAB/logs/lists.isp.test/mail.log" >copy.gz
      $ mailtrace --store s ingest copy.gz --year 2026 | sed 's/ in [0-9.]* m\{0,1\}s$//'
      0 bytes in 1 source: 0 lines, 0 events, 0 ignored, 0 unknown, 0 of other programs; 0 records
      $ mailtrace --store s status --tz UTC | sed -n 's/^time/time/p; s/^lines/lines/p'
      time     2025-12-29 04:39 to 2026-01-01 15:39, 4 days
      lines    592: 586 events, 6 ignored, 0 unknown, 0 of other programs
      $ mailtrace --store s verify
      sound: 131 records, 510 events, 4 days

Sources that cannot be read are named, the rest is read, exit status 2.

      $ mailtrace --store s ingest nothere.log 2>&1
      mailtrace: cannot open 'nothere.log': No such file or directory
      [2]
      $ mailtrace --store s ingest journal:nothere 2>&1
      mailtrace: cannot (open 'nothere': No such file or directory|read 'journal:nothere': .*libsystemd.*) (re)
      [2]
      $ head -c 3000 "$LAB/logs/mx1.isp.test/mail.log.2.gz" >cut.gz
      $ mailtrace --store s ingest cut.gz --quiet
      mailtrace: 'cut.gz': gzip data is cut short; the rest is in the store
      [2]
      $ head -c 100000 /dev/zero >zeros.log
      $ mailtrace --store s ingest zeros.log --quiet
      mailtrace: 'zeros.log': it is no log, but nothing but zeros; the rest is in the store
      [2]
      $ mailtrace --store s ingest
      mailtrace: no source named: a file, a folder, a glob, '-' or journal: is meant; see 'mailtrace ingest --help'
      [2]
      $ mailtrace --store s ingest "$LAB/logs" --format sendmail
      mailtrace: unknown format 'sendmail'
      [2]
      $ mailtrace --store s ingest "$LAB/logs" --timezone Mars/Olympus
      mailtrace: --timezone: unknown time zone 'Mars/Olympus'; see 'mailtrace ingest --help'
      [2]
      $ mailtrace --store s ingest "$LAB/logs" --year 26
      mailtrace: bad --year '26': a year such as 2026 is meant; see 'mailtrace ingest --help'
      [2]

What has no file is kept with all its lines.

      $ zcat "$LAB/logs/mx1.isp.test/mail.log.2.gz" | mailtrace --store piped ingest - --quiet
      $ mailtrace --store piped since=2020-01-01 -vv -n 1000 | grep -cE 'no file|its log|log is gone'
      0
      [1]

Files and folders are the group's to read and nobody else's.

      $ stat -c %a s; find s -type f ! -perm 0640
      750

Old days go.

      $ mailtrace --store s prune --older 10w
      dropped 4 days, 154 records
      $ mailtrace --store s prune --older 1d
      dropped 0 days, 0 records
      $ mailtrace --store s state=delivered
      nothing found
        the store is empty: ingest logs first (mailtrace ingest PATH...)
        searched: 717 lines of 2 hosts, ? to ?
      [1]

A store without a mail has an overview.

      $ mailtrace --store void ingest - --quiet; mailtrace --store void status | sed -n 's/^lines  */lines /p'
      lines 0: 0 events, 0 ignored, 0 unknown, 0 of other programs

What holds no log says so.

      $ mkdir empty; mailtrace --store t ingest empty --json | grep -c '"sources": 0'
      mailtrace: nothing to read: no log is there
      1
      $ echo 'no log at all' >other.log; mailtrace --store t ingest other.log >/dev/null
      mailtrace: none of these lines is of a server that is known

A damaged day is noticed, and nothing crashes.

      $ cp -r "$MAILTRACE_STORE" bad; chmod -R u+w bad
      $ for f in bad/days/2025-12-30*.db; do s=$(stat -c %s $f); yes | head -c $((s - 8192)) | dd of=$f bs=4096 seek=1 conv=notrunc status=none; done
      $ mailtrace --store bad verify
      mailtrace: *'*/bad/days/2025-12-30*.db' is damaged* (glob)
      [2]
      $ mailtrace --store bad verify >/dev/null 2>&1
      [2]
      $ mailtrace --store bad on=2025-12-30 >/dev/null 2>&1; test $? -le 2

So is a day file that the catalogue does not know, or whose number is another
one's; not while somebody writes.

      $ cp -r "$MAILTRACE_STORE" odd; chmod -R u+w odd; mailtrace --store odd verify
      sound: 9 111 records, 34 845 events, 4 days
      $ (cd odd/days; set -- 2025-12-30*.db; cp $1 2025-12-30-77.db); mailtrace --store odd verify
      sound: 9 111 records, 34 845 events, 4 days
      mailtrace: a writer that was killed left '2025-12-30-77.db': the next ingest takes it in or removes it
      $ echo none >odd/days/2025-12-30-77.db; mailtrace --store odd verify
      mailtrace: the day file '2025-12-30-77.db' is not in the catalogue: nothing of it is found; move it away, and read its logs with --again
      [2]
      $ flock odd/lock mailtrace --store odd verify
      sound: 9 111 records, 34 845 events, 4 days
      $ rm odd/days/*-77.db; (cd odd/days; set -- 2025-12-30*.db; cp $1 2025-12-28-${1##*-}); mailtrace --store odd verify 2>&1 | sed 's/-[0-9]*[.]db/-N.db/'
      mailtrace: the day file '2025-12-28-N.db' is not in the catalogue: nothing of it is found; move it away, and read its logs with --again
      $ rm odd/days/2025-12-28*.db; touch odd/days/notes.txt odd/days/x-1.db; mailtrace --store odd verify
      sound: 9 111 records, 34 845 events, 4 days

The spelling that comes near is offered.

      $ mailtrace to=olga.grubr@isp.test
      nothing found
        did you mean olga.gruber@isp.test?
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      [1]
