The first broken link, by the logs alone: the sample logs of the provider
isp.test, and some lines of another one for what these do not have.  The logs
are old, and the diagnosis says so.

      $ first() { mailtrace diagnose --offline --csv "$@" | grep ,first, | cut -d, -f1-3 | grep -v ^target; }
      $ for t in fullbox@isp.test fullhouse@customers.test; do first $t; done
      fullbox@isp.test,L8,broken
      fullhouse@customers.test,L8,broken
      $ for t in 192.0.2.52 deals30@sender.test bob@strict.test; do first $t; done
      192.0.2.52,L7,broken
      deals30@sender.test,L7,broken
      bob@strict.test,L7,weak
      $ for t in ben.gruber@isp.test ghostbox@isp.test; do first $t; done
      ben.gruber@isp.test,L6,broken
      ghostbox@isp.test,L6,broken
      $ first elena.irmler@isp.test
      elena.irmler@isp.test,L9,broken
      $ for t in nullmx.test somebody@nullmx.test; do first $t; done
      nullmx.test,L4,broken
      somebody@nullmx.test,L4,broken
      $ for t in webmail.test victim6@remote-exim.test x@elsewhere.example; do first $t; done
      webmail.test,L4,elsewhere
      victim6@remote-exim.test,L4,broken
      x@elsewhere.example,L4,elsewhere
      $ for t in hugo.adler@isp.tset anna.irmler@remote-posfix.test anna@gmial.com new.one@webmial.test remote-posfix.test; do first $t; done
      hugo.adler@isp.tset,L1,weak
      anna.irmler@remote-posfix.test,L1,weak
      anna@gmial.com,L1,weak
      new.one@webmial.test,L1,weak
      remote-posfix.test,L1,weak
      $ for t in bulk@isp.test jonas.gruber@customers.test; do first $t; done
      bulk@isp.test,L7,weak
      jonas.gruber@customers.test,L7,broken
      $ for t in shredder@isp.test fwd.dead@isp.test pipefail@customers.test nils.keller@bigweb.test; do first $t; done
      shredder@isp.test,L6,weak
      fwd.dead@isp.test,L5,broken
      pipefail@customers.test,L5,weak
      nils.keller@bigweb.test,L7,weak
      $ first nomx.test
      nomx.test,L2,broken
      $ first dead.test
      dead.test,L5,broken
      $ mailtrace diagnose --offline --tz UTC paul.ortner@isp.test | sed '/also in/,$d'
      paul.ortner@isp.test
        registered ? · name servers ? · MX ? · account exists
        received 2026-01-01 14:28 · sent 2026-01-01 07:58 · blocked no · full no
        the logs end 2026-01-01 16:37, * ago: they speak of then (glob)

      ✓ no link is broken
        mail arrives: the last one for paul.ortner@isp.test was put into the mailbox
        at 2026-01-01 14:28, folder INBOX
        → nobody needs to act: look into the spam folder, the filters and the rules
          of the mail program
        | Jan  1 15:28:14 mbox dovecot: lmtp(paul.ortner@isp.test)<18075><sLm8H9J4AGubRgAATu4P5g>: msgid=<4dhq1V5vbfz1h1hK@out2.isp.test>: saved mail to INBOX
        |   fixtures/lab/logs/mbox.isp.test/mail.log.gz:1934

        ✓  L1 is the address itself right?  logs 2026-01-01 14:28
        ✓  L2 is the domain registered, not expired, not on hold?  logs 2026-01-01 15:39
        ✓  L3 do its name servers work and agree?  logs 2026-01-01 15:39
        ✓  L4 where should its mail go?  logs 2026-01-01 15:39
        ✓  L5 does that server answer and take mail for the domain?  logs 2026-01-01 15:39
        ✓  L6 does the mailbox exist there?  logs 2026-01-01 14:28
        ✓  L7 may the mail be sent there?  logs 2026-01-01 07:58
        ✓  L8 is the mailbox full or the account locked?  logs 2026-01-01 14:28
        ✓  L9 is the mail program set up right?  logs 2026-01-01 10:40
        the network was not asked: --offline

What befell others, or was mended since, leads nowhere.

      $ for t in tina.engel@customers.test program@lists.isp.test david.conrad@isp.test; do mailtrace diagnose --offline $t | grep 'no link'; done
      ✓ no link is broken
      ✓ no link is broken
      ✓ no link is broken
      $ mailtrace diagnose --offline --tz UTC fullbox@isp.test | sed '/also in/,$d'
      fullbox@isp.test
        registered ? · name servers ? · MX ? · account exists
        received 2025-12-31 22:56 · sent nothing · blocked no · full 2026-01-01 09:12
        the logs end 2026-01-01 16:37, * ago: they speak of then (glob)

      ✗ L8 is the mailbox full or the account locked?
        the mailbox fullbox@isp.test is full: mail for it was returned at 2026-01-01
        09:12
        → the customer must act: make room: delete or move old mail, empty Trash and
          Junk; what was returned must be sent again
        | Jan  1 10:12:35 filter postfix/lmtp[29615]: 4dhh1H2Q0hz1h1mj: to=<fullbox@isp.test>, relay=mbox.isp.test[10.77.1.51]:24, delay=0.05, delays=0.04/0/0/0, dsn=5.2.2, status=bounced (host mbox.isp.test[10.77.1.51] said: 552 5.2.2 <fullbox@isp.test> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))
        |   fixtures/lab/logs/filter.isp.test/mail.log.xz:1987
        | Jan  1 10:12:35 mbox dovecot: lmtp(fullbox@isp.test)<18077><UC3hMn94AGudRgAATu4P5g>: msgid=<16cc540ff97baf5.837db49824@sender.test>: save failed to INBOX: Quota exceeded (mailbox for user is full)
        |   fixtures/lab/logs/mbox.isp.test/mail.log.gz:1796
        | Jan  1 10:12:35 filter postfix/qmgr[25149]: 4dhh1H2Q0hz1h1mj: removed
        |   fixtures/lab/logs/filter.isp.test/mail.log.xz:1993

        ✓  L1 is the address itself right?  logs 2026-01-01 09:12
        ✓  L2 is the domain registered, not expired, not on hold?  logs 2026-01-01 15:39
        ✓  L3 do its name servers work and agree?  logs 2026-01-01 15:39
        ✓  L4 where should its mail go?  logs 2026-01-01 15:39
        ✓  L5 does that server answer and take mail for the domain?  logs 2026-01-01 15:39
        ✓  L6 does the mailbox exist there?  logs 2026-01-01 09:12
        ?  L7 may the mail be sent there?  unknown
        ✗  L8 is the mailbox full or the account locked?  broken
        ·  L9 is the mail program set up right?  not reached
        the network was not asked: --offline

      $ for t in 10.77.1.41 '[10.77.1.41]' ::ffff:10.77.1.41; do first $t; done
      10.77.1.41,L7,broken
      10.77.1.41,L7,broken
      10.77.1.41,L7,broken
      $ for t in nullmx.test NULLMX.test.; do first $t; done
      nullmx.test,L4,broken
      nullmx.test,L4,broken
      $ mailtrace diagnose --offline ben.gruber@isp.test --json | sed -n '/"first_broken"/,/"who_acts"/p'
        "first_broken": "L6",
        "state": "broken",
        "say": "there is no mailbox ben.gruber@isp.test here: mail for it was returned since 2025-12-31 13:33 (2 times, last at 2026-01-01 11:04)",
        "remedy": "check the spelling; if the customer should have this address, we create it",
        "who_acts": "sender",

Without a configuration the logs teach what is ours.

      $ printf '[ingest]\ntimezone = Europe/Vienna\n' >bare
      $ for t in fullbox@isp.test ben.gruber@isp.test bulk@isp.test greta.becker@remote-postfix.test; do first --config bare $t; done
      fullbox@isp.test,L8,broken
      ben.gruber@isp.test,L6,broken
      bulk@isp.test,L7,weak
      greta.becker@remote-postfix.test,L4,elsewhere

Another provider: clients that are banned or set up wrongly.

      $ export MAILTRACE_CONFIG="$ROOT/fixtures/diagnose/mailtrace.conf" MAILTRACE_STORE="$PWD/store"
      $ mailtrace ingest --quiet "$ROOT/fixtures/diagnose/mail.prov.example"
      $ for t in anna carla ben office emil frank hanna kurt lena; do first $t@prov.example; done
      anna@prov.example,L9,broken
      carla@prov.example,L8,broken
      ben@prov.example,L9,broken
      office@prov.example,L9,broken
      emil@prov.example,L9,broken
      frank@prov.example,L9,weak
      hanna@prov.example,L7,broken
      kurt@prov.example,L9,broken
      lena@prov.example,L9,weak
      $ for t in 30 60 61 9 10 77 88 91 94 95 96; do first 203.0.113.$t; done
      203.0.113.30,L9,broken
      203.0.113.60,L9,broken
      203.0.113.9,L9,weak
      203.0.113.10,L9,weak
      203.0.113.77,L7,broken
      203.0.113.88,L7,broken
      203.0.113.91,L7,broken
      203.0.113.94,L9,broken
      203.0.113.95,L9,weak
      203.0.113.96,L9,broken
      $ mailtrace diagnose --offline gina@prov.example | sed -n '/no link/,/look into/p'
      ✓ no link is broken
        mail arrives: the last one for gina@prov.example was put into the mailbox at
        2026-03-02 07:00
        → nobody needs to act: look into the spam folder, the filters and the rules
      $ mailtrace diagnose --offline 198.51.100.200 | grep 'banned here'
        the network 198.51.100.0/24 is banned here (LF_NETBLOCK on mail) since
      $ for t in 31 61; do mailtrace diagnose --offline 203.0.113.$t | grep 'banned here'; done
          203.0.113.31 was banned here (dovecot) from 2026-03-01 08:00 to 2026-03-01
          203.0.113.61 was banned here (LF_SMTPAUTH) from 2026-03-02 09:05 to
      $ mailtrace diagnose --offline --tz UTC ben@prov.example | grep -v '^  |'
      ben@prov.example
        registered ? · name servers ? · MX ? · account ? · received nothing
        sent nothing · blocked no · full no
        the logs end 2026-03-02 09:26, * ago: they speak of then (glob)

      ✗ L9 is the mail program set up right?
        the mail program logs in as 'ben', without the part from the @ on, since
        2026-03-02 08:20 (2 times, last at 2026-03-02 08:21)
        → the customer must act: the whole address is the user name: ben@prov.example

        ✓  L1 is the address itself right?  text
        ✓  L2 is the domain registered, not expired, not on hold?  logs 2026-03-02 08:30
        ✓  L3 do its name servers work and agree?  logs 2026-03-02 08:30
        ✓  L4 where should its mail go?  logs 2026-03-02 08:30
        ✓  L5 does that server answer and take mail for the domain?  logs 2026-03-02 08:30
        ?  L6 does the mailbox exist there?  unknown
        ?  L7 may the mail be sent there?  unknown
        ?  L8 is the mailbox full or the account locked?  unknown
        ✗  L9 is the mail program set up right?  broken
        the network was not asked: --offline

        also in the logs
          mail for dora@prov.example, the same domain, arrived at 2026-03-02 08:30

        settings of the mail program
          imap        imap.prov.example:993 tls
          submission  smtp.prov.example:465 tls
          webmail     https://webmail.prov.example/
          user name   ben@prov.example

      $ mailtrace diagnose --offline --via webmail ben@prov.example | grep -c imap.prov
      0
      [1]
      $ mailtrace diagnose --offline --json frank@prov.example | grep -A4 '"service"' | head -n 5
            "service": null,
            "from": null,
            "to": null,
            "remote": null,
            "reply": "Password mismatch",
      $ mailtrace diagnose --offline --html frank@prov.example | grep '<h2>'
      <h2>L9 is the mail program set up right?</h2>

An account look-up of the provider's own: a file, a command, SQLite.

      $ cat >accounts <<'END'
      > # address: facts
      > nora@prov.example: login = nora17, state = active, quota = 2 GB
      > olaf@prov.example: login = olaf3, state = locked (unpaid)
      > pia@prov.example: login = pia4, state = over quota
      > rosa@prov.example: login = rosa5, state = unlocked, not blocked
      > END
      $ with() { { cat "$ROOT/fixtures/diagnose/mailtrace.conf"; printf '[accounts]\nlookup = %s\n' "$1"; } >conf; }
      $ with "file:$PWD/accounts"
      $ for t in nora olaf nemo pia rosa; do first --config conf $t@prov.example; done
      olaf@prov.example,L8,broken
      nemo@prov.example,L6,broken
      pia@prov.example,L8,broken
      [1]
      $ mailtrace diagnose --offline --config conf pia@prov.example | sed -n '/sent nothing/p;/is full/,/make room/p'
        sent nothing · blocked no · full yes
        the mailbox pia@prov.example is full (over quota, says our list of accounts)
        → the customer must act: make room: delete or move old mail, empty Trash and
      $ mailtrace diagnose --offline --config conf pia@prov.example --json | grep -E '"(account|full|full_since|blocked|who_acts)": [^{]'
          "account": "exists",
          "blocked": false,
          "full": true,
          "full_since": null,
        "who_acts": "recipient",
      $ mailtrace --store none diagnose --offline --config conf nemo@elsewhere.example | sed -n 2,3p
        registered ? · name servers ? · MX ? · account not ours · received ? · sent ?
        blocked ? · full ?
      $ mailtrace --store none diagnose --offline --config conf nemo@elsewhere.example --json | grep -E '"(full|blocked)"'
          "blocked": null,
          "full": null,
      $ mailtrace diagnose --offline --config conf nora@prov.example | sed -n '/the account/,$p'
        ?  L8 is the mailbox full or the account locked?  unknown
        ?  L9 is the mail program set up right?  unknown
        the network was not asked: --offline

        also in the logs
          mail for dora@prov.example, the same domain, arrived at 2026-03-02 08:30

        the account
          login       nora17
          state       active
          quota       2 GB

      $ printf '#!/bin/sh\ngrep -q "^$1:" accounts || exit 1\ngrep "^$1:" accounts | cut -d: -f2 | tr , "\\n"\n' >look; chmod +x look
      $ with "command:$PWD/look"
      $ for t in olaf nemo; do first --config conf $t@prov.example; done
      olaf@prov.example,L8,broken
      nemo@prov.example,L6,broken
      $ first --config conf -- '-x@prov.example'
      [1]
      $ printf '#!/bin/sh\nexec >&-\nexec sleep 50\n' >mute; printf '#!/bin/sh\nwhile :; do echo state = active; done\n' >loud; chmod +x mute loud
      $ for c in mute loud; do with "command:$PWD/$c"; cp conf $c.conf; timeout 20 mailtrace diagnose --offline --config $c.conf olaf@prov.example >$c.out 2>&1 & done; wait; head -qn 1 mute.out loud.out | sed "s,$PWD/,,"
      mailtrace: 'mute' did not answer within 5 s
      mailtrace: 'loud' did not answer within 5 s
      $ with "command:$PWD/absent"
      $ mailtrace diagnose --offline --config conf olaf@prov.example 2>&1 | sed -n "1s,$PWD/,,p"
      mailtrace: cannot run 'absent': No such file or directory
      $ with "sqlite:$PWD/absent.db"
      $ mailtrace diagnose --offline --config conf olaf@prov.example 2>&1 | sed -n "1s,$PWD/,,p"
      mailtrace: cannot read accounts from 'absent.db': unable to open database file

What was typed may be anything.

      $ mailtrace diagnose --offline 'anna@prov,example' | sed -n '1,6p'
      anna@prov,example

      ✗ L1 is the address itself right?
        'anna@prov,example' is not an address: the domain holds a character that is
        not allowed
        → the sender must act: use anna@prov.example

      $ mailtrace diagnose
      mailtrace: diagnose what? an address, a domain or an IP is meant; see 'mailtrace diagnose --help'
      [2]
      $ mailtrace diagnose --via pigeon a@b.example
      mailtrace: bad --via 'pigeon': webmail or client is meant; see 'mailtrace diagnose --help'
      [2]
      $ mailtrace diagnose a@b.example c@d.example
      mailtrace: one target at a time: 'c@d.example'; see 'mailtrace diagnose --help'
      [2]
      $ mailtrace diagnose --offline --store nowhere a@b.example | sed -n '1,4p'
      a@b.example
        registered ? · name servers ? · MX ? · account not ours · received ? · sent ?
        blocked ? · full ?
        there is no store of logs yet

What is forwarded to somebody else is looked for there.

      $ cat >forward.log <<'END'
      > 2026-03-02T08:00:01.000000+00:00 mail postfix/smtpd[10]: 4AB0C1: client=c.example[198.51.100.7]
      > 2026-03-02T08:00:01.000000+00:00 mail postfix/qmgr[12]: 4AB0C1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T08:00:02.000000+00:00 mail postfix/smtp[13]: 4AB0C1: to=<tom@else.example>, orig_to=<tom@prov.example>, relay=mx.else.example[192.0.2.200]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK)
      > 2026-03-02T08:00:02.000000+00:00 mail postfix/qmgr[12]: 4AB0C1: removed
      > END
      $ mailtrace --store forward ingest --quiet forward.log; mailtrace --store forward diagnose --offline tom@prov.example | sed -n '/^✓/,/|/p' | grep -v '|'
      ✓ no link is broken
        mail arrives: the last one for tom@prov.example was passed on to
        tom@else.example at 2026-03-02 08:00
        → nobody needs to act: look into the mailbox of tom@else.example, the spam
          folder too; a 250 is not the inbox: what became of it there only
          mx.else.example can tell, by the time and the id
