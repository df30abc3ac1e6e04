Bounce mails as the helpdesk gets them.  One whose message is in the store: by
its Message-ID;

      $ { cat <<'EOF'; echo; cat <<'EOF2'; } >notice
      > From: MAILER-DAEMON@filter.isp.test (Mail Delivery System)
      > To: maria.adler@remote-exim.test
      > Subject: Undelivered Mail Returned to Sender
      > Date: Thu, 1 Jan 2026 13:31:23 +0100
      > EOF
      > This is the mail system at host filter.isp.test.
      > <ghostbox@isp.test>: host mbox.isp.test[10.77.1.51] said: 550 5.1.1
      >     <ghostbox@isp.test> User doesn't exist: ghostbox@isp.test (in reply to
      >     RCPT TO command)
      > EOF2
      $ { cat notice; printf '\n------ This is a copy of the message, including all the headers. ------\n\n'
      >   echo 'Message-ID: <CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test>'
      >   echo 'From: maria.adler@remote-exim.test'; } >with-id
      $ mailtrace ndr with-id
      with-id: bounce (postfix)
          message   <CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test> from
                    maria.adler@remote-exim.test
        ghostbox@isp.test: bounced
          why       user_unknown: there is no such mailbox at a domain that exists
                    (permanent)
          who       the sender must act
          next      check the spelling with the recipient by another channel and
                    remove the address from lists
          rule      dovecot.user, confidence 3 of 3
          reply     host mbox.isp.test[10.77.1.51] said: 550 5.1.1
                    <ghostbox@isp.test> User doesn't exist: ghostbox@isp.test (in
                    reply to RCPT TO command)
          trace     on filter.isp.test as 4dhnlt23RRz1h1bb, bounced, found by
                    Message-ID
          see       mailtrace
                    'id=CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test'

when it does not come with it, by who wrote to whom, and when;

      $ mailtrace ndr <notice | grep -A 1 trace
          trace     on filter.isp.test as 4dhnlt23RRz1h1bb, bounced, found by sender,
                    recipient and time (a guess)
          see       mailtrace
                    'id=CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test'
      $ sed 's/2026/2024/' notice | mailtrace ndr | grep trace
      [1]
      $ mailtrace ndr --json notice | sed -n '/"trace"/,$p'
            "trace": {
              "message_id": "CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test",
              "host": "filter.isp.test",
              "qid": "4dhnlt23RRz1h1bb",
              "from": "maria.adler@remote-exim.test",
              "subject": "[#43202] Reminder training minutes order draft",
              "first_seen": "2026-01-01T13:31:22.000000+00:00",
              "state": "bounced",
              "how": "sender, recipient and time (a guess)",
              "term": "id=CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test"
            }
          }
        ]
      }

without a store what can be said all the same:

      $ mailtrace ndr --store nowhere notice | sed -n 2,7p
        ghostbox@isp.test: bounced
          why       user_unknown: there is no such mailbox at a domain that exists
                    (permanent)
          who       the sender must act
          next      check the spelling with the recipient by another channel and
                    remove the address from lists

What is no bounce, an automatic answer, a complaint:

      $ ln -s $ROOT/fixtures/bounce b
      $ mailtrace ndr b/ordinary.eml
      b/ordinary.eml: no bounce
      [1]
      $ mailtrace ndr --store x b/vacation.eml b/feedback-report.eml
      b/vacation.eml: automatic reply, no bounce
          message   <20261116.0900.garden@isp.example>

      b/feedback-report.eml: complaint (feedback report) (arf)
          message   <20261116.0900.garden@isp.example> from anna@isp.example,
                    subject: Offer for the garden house
        bert@far.example: info
          why       complaint: a recipient marked the message as spam (feedback
                    report)
          who       the sender must act
          next      remove the recipient from the list, and look at what was sent
          rule      notice, confidence 3 of 3

A mailbox, a maildir, a folder; what cannot be read is named and the rest goes
on:

      $ for f in gmail-not-found qmail-remote ordinary; do
      >   echo 'From MAILER-DAEMON Mon Nov 16 09:00:59 2026'; cat b/$f.eml; echo
      > done >mbox
      $ mailtrace ndr --store x mbox | grep -v '^   '
      mbox: bounce (gmail)
        bert@far.example: bounced

      mbox:2: bounce (qmail)
        bert@far.example: bounced

      mbox:3: no bounce
      $ mkdir -p dir/cur dir/new dir/tmp
      $ cp b/sendmail-old-text.eml dir/new/1
      $ cp b/domino.eml dir/cur/2:2,S
      $ cp b/groupwise.eml dir/tmp/3
      $ mailtrace ndr --store x dir nowhere mbox | grep -c '^dir'
      mailtrace: cannot open 'nowhere': No such file or directory; the rest was read
      2
      $ mailtrace ndr --store x nowhere dir --quiet | grep '^dir' | sort
      mailtrace: cannot open 'nowhere': No such file or directory; the rest was read
      dir/cur/2:2,S: bounce (domino)
      dir/new/1: bounce (sendmail)
      $ mailtrace ndr --store x nowhere >/dev/null
      mailtrace: cannot open 'nowhere': No such file or directory; the rest was read
      [2]
      $ mailtrace ndr --store x --jsonl dir mbox | wc -l
      5

Nothing, half a mail, bytes of any kind:

      $ mailtrace ndr --store x </dev/null
      mailtrace: there was no mail to read
      [1]
      $ head -c 700 b/postfix-unknown.eml | mailtrace ndr --store x | head -n 2
      -: bounce (postfix)
      $ printf 'From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<a@b.example>:\n550 \033[31mno\0such user\n' | mailtrace ndr --store x | tail -n 1
          reply     550 \x1b[31mno\x00such user

One reply, with what is known beside it:

      $ mailtrace ndr --text '550 5.4.1 Recipient address rejected: Access denied.' --rhost x.mail.protection.outlook.com | sed -n 2,3p
          why       user_unknown: there is no such mailbox at a domain that exists
                    (permanent)
      $ mailtrace ndr --text 'Host or domain name not found. Name service error for name=far.example type=MX: Host not found, try again' --mta postfix | sed -n 2,3p
          why       dns_failure: the DNS lookup itself failed: nothing is known about
                    the domain
      $ printf 'id\ttext\nr1\t421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred\nr2\t\n' | mailtrace ndr --tsv - | sed 's/\t*$//'
      r1	bad_reputation	blocked	temp	remote	3	yahoo.reputation	192.0.2.7
      r2	unknown	unknown			0

Rules of the operator's own come from the configuration:

      $ printf 'rule my.ghost\nclass mailbox_disabled\ntext user does not exist\npattern .user .?does ?n.t exist\ntest 550 User does not exist\nadvice it was closed in spring\n' >my.rules
      $ { cat $MAILTRACE_CONFIG; printf '[ndr]\nrules = %s/my.rules\n' "$PWD"; } >my.conf
      $ mailtrace --config my.conf ndr notice | grep -E '^    (why|next|rule)' | sed "s,$PWD/,,"
          why       mailbox_disabled: the mailbox exists or existed, but is
          next      it was closed in spring
          rule      my.ghost, confidence 3 of 3, my.rules:1

or from the command line, before these:

      $ printf 'rule mine.ghost\nclass mailbox_moved\ntext user does not exist\ntest 550 User does not exist\n' >other.rules
      $ mailtrace --config my.conf ndr --rules other.rules --text '550 User does not exist' | grep -E '^    (why|rule)' | sed "s,$PWD/,,"
          why       mailbox_moved: the address was replaced by another one
          rule      mine.ghost, confidence 3 of 3, other.rules:1
      $ mailtrace ndr --rules none.rules --text '550 User does not exist'
      mailtrace: cannot open 'none.rules': No such file or directory
      [2]
