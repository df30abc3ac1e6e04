A mail that left through six of our servers, was forwarded back to us from
outside and reached a mailbox: one chain, each link with how it was made and
how sure it is.

      $ mailtrace id=d01088.22302514.JavaMail.app@isp.test -v --tz UTC | sed -n '/^  10:46:42  smtp/,/^$/p'
        10:46:42  smtp.isp.test  6CBD2B02A7F  postfix
        10:46:42  └─ filter.isp.test  29708-07  -445 ms  (filter, exact)  amavis
        10:46:42     └─ filter.isp.test  4dhk5t5DRlz1h1kj  +0 s  (queued-as, exact)  postfix
        10:46:42        └─ out1.isp.test  B7762B02A7F  +0 s  (queued-as, exact)  postfix
        10:46:42           └─ mx1.isp.test  4dhk5t5wdXz1h1kc  +835 ms  (message-id, strong)  postfix
        10:46:44              └─ filter.isp.test  29628-16  +1.1 s  (filter, exact)  amavis
        10:46:44                 └─ filter.isp.test  4dhk5w2JKHz1h1kv  +0 s  (queued-as, exact)  postfix
        10:46:44                    └─ mbox.isp.test  KIJFH5d4AGuZRgAATu4P5g  +0 s  (queued-as, exact)  dovecot
        10:46:44                       └─ ✓ david.gruber@isp.test (for fwdback@remote-postfix.test)  delivered in INBOX
      $ mailtrace id=d01088.22302514.JavaMail.app@isp.test --json | grep -c '"link_confidence": "exact"'
      7

Through a mailbox host of Exim, an outgoing relay and back to another one.

      $ mailtrace id=CA256376B69048E3FB5D60EAA=31bf6a49@mail.remote-postfix.test -v --tz UTC | sed -n '/  mx1.isp.test /,/^$/p'
        04:29:11  mx1.isp.test  4dhYkH67lZz1h1bv  postfix
        04:29:11  └─ filter.isp.test  29294-04  -865 ms  (filter, exact)  amavis
        04:29:12     └─ filter.isp.test  4dhYkJ01hXz1h1fS  +1.0 s  (queued-as, exact)  postfix
        04:29:12        └─ mbox2.isp.test  1vb3ix-0001P5-0m  +0 s  (queued-as, exact)  exim
        04:29:12           ├─ ✓ carla.jansen@customers.test (for eximlist@customers.test)  delivered
        04:29:12           ├─ ✓ olga.engel@customers.test (for eximlist@customers.test)  delivered
        04:29:12           └─ out2.isp.test  4dhYkJ12Tgz1h1gQ  +0 s  (queued-as, exact)  postfix
        04:29:12              ├─ ✓ felix.irmler@remote-postfix.test (for eximlist@customers.test)  left to mail.remote-postfix.test [203.0.113.10]
                              │    250 2.0.0 Ok: queued as 2C8F3B029E2
        04:29:12              └─ filter.isp.test  4dhYkJ1Cs4z1h1bb  +0 s  (queued-as, exact)  postfix
        04:29:12                 └─ mbox.isp.test  qHipOkV4AGuYRgAATu4P5g  +0 s  (queued-as, exact)  dovecot
        04:29:12                    └─ ✓ leo.huber@isp.test (for eximlist@customers.test)  delivered in INBOX

A mailbox server behind a socket of this machine is this machine, whatever
Postfix calls itself (myhostname) and the log calls the host.

      $ cat >socket.log <<'END'
      > 2026-03-02T08:00:01.000000+00:00 box postfix/smtpd[10]: 4AB0C1: client=c.example[198.51.100.7]
      > 2026-03-02T08:00:01.000000+00:00 box postfix/qmgr[12]: 4AB0C1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T08:00:02.000000+00:00 box postfix/lmtp[13]: 4AB0C1: to=<b@isp.test>, relay=mx77.isp.test[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 <b@isp.test> cG5WLGkBAAA Saved)
      > 2026-03-02T08:00:02.000000+00:00 box postfix/qmgr[12]: 4AB0C1: removed
      > 2026-03-02T08:00:05.000000+00:00 box postfix/smtpd[10]: 4AB0C2: client=c.example[198.51.100.7]
      > 2026-03-02T08:00:05.000000+00:00 box postfix/qmgr[12]: 4AB0C2: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T08:00:06.000000+00:00 box postfix/lmtp[13]: 4AB0C2: to=<c@isp.test>, relay=mx77.isp.test[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to mx77.isp.test[private/dovecot-lmtp]: Connection refused)
      > END
      $ mailtrace --store socket ingest --quiet socket.log
      $ mailtrace --store socket to=b@isp.test | head -n 2
      ✓ DELIVERED at box
        It was delivered to b@isp.test on box.
      $ mailtrace --store socket to=c@isp.test --json | grep -E '"(state|who_acts|next)":'
                "state": "deferred",
                "who_acts": "us",
                "next": "mx77.isp.test is ours: look whether its mail service runs, and into its own log of that moment",
                        "state": "deferred",

A transport of Postfix is no server, and what was forwarded was handed to this
host.

      $ for v in 'pipe maildrop 5.3.0 bounced (Command died with status 77: "/usr/bin/maildrop". Command output: quota exceeded)' 'virtual virtual 2.0.0 sent (delivered to maildir)' 'local local 2.0.0 sent (forwarded as 4ABFFF)'; do
      >   set -- $v; n=${1%${1#?}}; prog=$1 relay=$2 dsn=$3 status=$4; shift 4
      >   echo "2026-03-02T08:00:01.000000+00:00 box postfix/qmgr[12]: 4AB0C$n: from=<a@far.example>, size=900, nrcpt=1 (queue active)"
      >   echo "2026-03-02T08:00:02.000000+00:00 box postfix/$prog[13]: 4AB0C$n: to=<$prog@isp.test>, relay=$relay, delay=1, delays=0/0/0/1, dsn=$dsn, status=$status $*"
      >   echo "2026-03-02T08:00:02.000000+00:00 box postfix/qmgr[12]: 4AB0C$n: removed"
      > done >agents.log; mailtrace --store agents ingest --quiet agents.log
      $ for p in pipe virtual local; do mailtrace --store agents to=$p@isp.test --json | sed -n '/"stopped_at"/,/"reply"/p' | grep -E '"(host|remote)"'; done
                  "host": "box",
                "remote": null,
                  "host": "box",
                "remote": null,
                  "host": "box",
                "remote": null,
      $ mailtrace --store agents to=pipe@isp.test | head -n 3
      ✗ BOUNCED at box  quota: mailbox full, for good
        It was given up: the recipient's mailbox has no room left ("Command died with
        status 77: "/usr/bin/maildrop". Command output: quota exceeded").
