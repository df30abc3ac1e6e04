A message that is being sent now: one process reads the log as it grows, another
follows the message until it has come to its end.

      $ line() { echo "2026-03-01T10:00:0$1+00:00 mx postfix/$2" >>mail.log; }
      $ line 0 'smtpd[7]: 4F1ABC: client=pc.isp.example[192.0.2.7]'
      $ line 0 'cleanup[8]: 4F1ABC: message-id=<one@isp.example>'
      $ line 0 'qmgr[9]: 4F1ABC: from=<a@isp.example>, size=700, nrcpt=1 (queue active)'
      $ mailtrace --config /dev/null --store s ingest --quiet --follow mail.log & echo $! >pid; sleep 1
      $ mailtrace --config /dev/null --store s qid=4F1ABC --csv --tz UTC | cut -d, -f2,5,6
      state,from,to
      queued,a@isp.example,
      $ { sleep 1; line 2 'smtp[5]: 4F1ABC: to=<b@far.example>, relay=mx.far.example[203.0.113.9]:25, delay=2, delays=0.1/0/1/0.9, dsn=2.0.0, status=sent (250 ok 77)'; line 2 'qmgr[9]: 4F1ABC: removed'; } & mailtrace --config /dev/null --store s --wait 30s --exit-status qid=4F1ABC --tz UTC 2>&1 >answer
      10:00:00  mx 4F1ABC
      10:00:00  queued  (recipient not logged): it was accepted by mx and no attempt to deliver it is logged yet
      10:00:02  left  b@far.example: it left us: mx.far.example [203.0.113.9] accepted it
      $ head -n 1 answer
      ✓ LEFT to mx.far.example [203.0.113.9]
      $ kill "$(cat pid)"; wait

The log is rotated while it is followed, is away for a moment, and another writer
is at the store.

      $ mailtrace --config /dev/null --store r ingest --quiet --follow 'mail.log*' & echo $! >pid; sleep 1
      $ mv mail.log mail.log.1; line 5 'smtpd[7]: 4F1ABD: client=pc.isp.example[192.0.2.7]'; mkdir away; sleep 2
      $ mv mail.log* away; sleep 2; mv away/* .; line 6 'smtpd[7]: 4F1ABE: client=pc.isp.example[192.0.2.7]'; sleep 2
      $ mailtrace --config /dev/null --store r qid='4F1AB*' --csv --tz UTC | cut -d, -f2
      state
      queued
      queued
      left
      $ { flock 9; sleep 1; } 9>>r/lock & sleep 0.3; mailtrace --config /dev/null --store r prune --older 10000d
      dropped 0 days, 0 records
      $ kill "$(cat pid)"; wait

Nobody writes: it waits, and ends when it is told to.

      $ mkfifo pipe; timeout -k 9 0.5 mailtrace --store p ingest --quiet pipe
      [124]

Folders above a store are made with it.

      $ mailtrace --store new/a/store ingest --quiet mail.log; ls new/a
      store
