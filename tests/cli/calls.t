"My e-mail is not working": what a helpdesk is called for, one customer each
(fixtures/diagnose/calls), and whether the first lines say what is broken, who
must act and what to tell the customer.  By the logs alone; what needs the DNS
is in tests/unit/test_diagnose.c.

      $ cat >conf <<'EOF'
      > [ours]
      > networks = 10.20.0.0/16
      > domains = prov.example, firma.example
      > hosts = mail.prov.example
      > outgoing = mail.prov.example 192.0.2.9
      > [ingest]
      > timezone = UTC
      > [source:mail]
      > host = mail.prov.example
      > EOF
      $ export MAILTRACE_CONFIG=$PWD/conf MAILTRACE_STORE=$PWD/store
      $ mailtrace ingest --quiet "$ROOT/fixtures/diagnose/calls"
      $ call() { mailtrace diagnose --offline --tz UTC "$1" | sed -n '/^$/,/^  |/p' | grep -v '^  |\|^$' | sed '/^  [✓✗?!·]/,$d'; }

1. Our address is blocked at a large provider: the sender, the recipient, the
address itself.

      $ call paula@prov.example
      ! L7 may the mail be sent there?
        mx.bigmail.test refused mail of paula@prov.example at 2026-03-03 08:00: the
        receiver blocks the sending address by a rule of its own ("550 5.7.1
        Unfortunately, messages from [192.0.2.9] weren't sent. Please contact your
        Internet service provider since part of their network is on our block list
        ...")
        → we must act: ask for removal at Microsoft (consumer mailboxes: olcsupport
          form; business: sender.office.com); a lookup in public lists will show
          nothing
      $ call rolf@bigmail.test
      ✗ L7 may the mail be sent there?
        mx.bigmail.test refuses our server mail.prov.example (192.0.2.9) at
        2026-03-03 08:00 ("550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't
        sent. Please contact your Internet service provider since part of their
        network is on our block list ...")
        → we must act: stop the cause first (look for the account in the logs), then
          ask for removal at Microsoft (consumer mailboxes: olcsupport form;
          business: sender.office.com); a lookup in public lists will show nothing
      $ call 192.0.2.9
      ✗ L7 may the mail be sent there?
        mx.bigmail.test refuses our server mail.prov.example (192.0.2.9) since
        2026-03-03 08:00 (2 times, last at 2026-03-03 08:30) ("550 5.7.1
        Unfortunately, messages from [192.0.2.9] weren't sent. Please contact your
        Internet service provider since part of their network is on our block list
        ...")
        → we must act: stop the cause first (look for the account in the logs), then
          ask for removal at Microsoft (consumer mailboxes: olcsupport form;
          business: sender.office.com); a lookup in public lists will show nothing

2. Greylisted there, and here.

      $ call greta@prov.example
      ! L7 may the mail be sent there?
        mx.grey.test asks our server to come back later (greylisting): mail of
        greta@prov.example to amt@grey.test waits since 2026-03-03 09:00 ("450 4.2.0
        <amt@grey.test>: Recipient address rejected: Greylisted, see
        http://postgrey.example/help/grey.test.html")
        → nobody needs to act: wait: the normal retry delivers it; check that retries
          come from the same address
      $ call amt@grey.test
      ! L7 may the mail be sent there?
        mx.grey.test asks our server to come back later (greylisting): mail for
        amt@grey.test waits since 2026-03-03 09:00 ("450 4.2.0 <amt@grey.test>:
        Recipient address rejected: Greylisted, see
        http://postgrey.example/help/grey.test.html")
        → nobody needs to act: wait: the normal retry delivers it; check that retries
          come from the same address
      $ call zoe@prov.example
      ? what the logs know last
        the last mail for zoe@prov.example, from lotte@slow.example, was asked to
        come back later (greylisting) at 2026-03-03 09:53, and has not come back
        since
        → nobody needs to act: wait: the normal retry delivers it; check that retries
          come from the same address

3. Too big: refused there, and at our own door.

      $ call bigi@prov.example
      ? what the logs know last
        the last mail of bigi@prov.example that failed, to druck@printer.test, was
        bounced at 2026-03-03 09:05: the message, a header or the number of
        attachments is over a limit ("message size 41000000 exceeds size limit
        26214400 of server mx.printer.test[198.51.100.42]")
        → the customer must act: send a link instead, or split it; the limit is often
          in the text
      $ call moritz@prov.example
      ? what the logs know last
        the last mail of moritz@prov.example that failed was rejected at 2026-03-03
        09:06: the message, a header or the number of attachments is over a limit
        ("552 5.3.4 Message size exceeds fixed limit")
        → the customer must act: send a link instead, or split it; the limit is often
          in the text

4. The sender's domain does not say that we may send for it; to the other one
that is the sender's trouble, not ours.

      $ call chef@firma.example
      ! L7 may the mail be sent there?
        mx.gmailish.test refused mail of chef@firma.example at 2026-03-03 09:10: SPF,
        DKIM, DMARC or ARC did not pass, or is missing ("550-5.7.26 Your email has
        been blocked because the sender is unauthenticated. 550-5.7.26 SPF
        [firma.example] with ip: [192.0.2.9] = did not pass 550 5.7.26 For ...")
        → the customer must act: check SPF, DKIM and alignment for the From domain in
          the header of the message; forwarding breaks SPF
      $ call tom@gmailish.test
      ! L7 may the mail be sent there?
        mx.gmailish.test refused mail from chef@firma.example for tom@gmailish.test
        at 2026-03-03 09:10: SPF, DKIM, DMARC or ARC did not pass, or is missing
        ("550-5.7.26 Your email has been blocked because the sender is
        unauthenticated. 550-5.7.26 SPF [firma.example] with ip: [192.0.2.9] = did
        not pass 550 5.7.26 For ...")
        → the sender must act: check SPF, DKIM and alignment for the From domain in
          the header of the message; forwarding breaks SPF

5. An alias that leads to a mailbox that is gone, and that mailbox.

      $ call info@prov.example
      ! L6 does the mailbox exist there?
        info@prov.example leads to exmitarbeiter@prov.example, and that fails at
        2026-03-03 09:20: there is no such mailbox at a domain that exists ("550
        5.1.1 <exmitarbeiter@prov.example> User doesn't exist:
        exmitarbeiter@prov.example")
        → we must act: take exmitarbeiter@prov.example out of the alias, or make that
          mailbox work again
      $ call exmitarbeiter@prov.example
      ✗ L6 does the mailbox exist there?
        there is no mailbox exmitarbeiter@prov.example here: mail for it was returned
        at 2026-03-03 09:20
        → the customer must act: check the spelling; if the customer should have this
          address, we create it

6. A forward that breaks the sender's SPF.

      $ call fiona@prov.example
      ! L7 may the mail be sent there?
        mail for fiona@prov.example is forwarded to fiona@gmailish.test, and
        mx.gmailish.test does not take it, at 2026-03-03 09:30: SPF, DKIM, DMARC or
        ARC did not pass, or is missing ("550 5.7.26 Unauthenticated email from
        strictshop.test is not accepted due to domain's DMARC policy.")
        → we must act: forwarding breaks the sender's SPF: rewrite the sender of what
          is forwarded (SRS), or let the customer's other account fetch the mail
          instead

7. Our own mailbox server is down; a remote is silent for hours.

      $ call ute@prov.example
      ✗ L5 does that server answer and take mail for the domain?
        mail for ute@prov.example waits since 2026-03-03 09:40: no connection to the
        server, or it broke before an answer ("connect to
        mail.prov.example[private/dovecot-lmtp]: Connection refused")
        → we must act: a service of our own host does not answer: see that it runs,
          then look at its socket and its error log
      $ call ivan@prov.example
      ? what the logs know last
        mail of ivan@prov.example to werk@silent.test waits since 2026-03-03 05:00,
        last tried at 2026-03-03 09:01: no connection to the server, or it broke
        before an answer ("connect to mx.silent.test[198.51.100.44]:25: Connection
        timed out")
        → the other side's postmaster must act: test port 25 of that host from our
          machine, compare with other destinations, then contact their administrator
      $ call werk@silent.test
      ✗ L5 does that server answer and take mail for the domain?
        mail for werk@silent.test waits since 2026-03-03 05:00: no connection to the
        server, or it broke before an answer ("connect to
        mx.silent.test[198.51.100.44]:25: Connection timed out")
        → the other side's postmaster must act: test port 25 of that host from our
          machine, compare with other destinations, then contact their administrator

8. Port 25 from a home line, without a login.

      $ call xenia@prov.example
      ? what the logs know last
        somebody at 203.0.113.122 sent as xenia@prov.example without logging in, and
        was refused at 2026-03-03 09:45: a named block list contains the sending
        address ("554 5.7.1 Service unavailable; Client host [203.0.113.122] blocked
        using zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.122")
        → the customer must act: if that was the customer's own mail program: sending
          needs a login, and a port for it (465 or 587, not 25); else somebody forged
          the address

9. The certificate of our service has ended.

      $ call 203.0.113.130
      ! L9 is the mail program set up right?
        the mail program does not accept the certificate of our server, from
        203.0.113.130 at 2026-03-03 09:46
        → we must act: look at the certificates of our client services ('mailtrace
          check --ours'); if they are in order: the server's name in the mail program
          must be the one of the settings below

10. It is there, in the spam folder.

      $ call junker@prov.example
      ✓ no link is broken
        mail arrives: the last one for junker@prov.example was put into the mailbox
        at 2026-03-03 09:48, folder Junk
        → nobody needs to act: look into the spam folder: it lies there; mark it as
          no spam, and see the filters

11. No such person there; full there; full here.

      $ call niemand@bigmail.test
      ✗ L6 does the mailbox exist there?
        there is no mailbox niemand@bigmail.test, says mx.bigmail.test: mail for it
        was returned at 2026-03-03 09:50
        → the sender must act: ask the recipient for the right address, by another
          way than mail
      $ call yvonne@prov.example
      ? what the logs know last
        the last mail of yvonne@prov.example that failed, to voll@grey.test, was
        bounced at 2026-03-03 09:51: the recipient's mailbox has no room left ("552
        5.2.2 <voll@grey.test>: Recipient's mailbox is full")
        → the customer must act: tell the recipient by telephone; wait, do not resend
          in a loop
      $ call quirin@prov.example
      ✗ L8 is the mailbox full or the account locked?
        the mailbox quirin@prov.example is full: mail for it waits since 2026-03-03
        09:52
        → the customer must act: make room: delete or move old mail, empty Trash and
          Junk; what waits then comes in by itself

12. A forged mail from elsewhere was refused: nothing is wrong with who it was
for.

      $ call wanda@prov.example
      ✓ no link is broken
        mail arrives: the last one for wanda@prov.example was put into the mailbox at
        2026-03-03 06:00
        → nobody needs to act: look into the spam folder, the filters and the rules
          of the mail program
      $ call 198.51.100.71
      ✗ L7 may the mail be sent there?
        our servers refuse what 198.51.100.71 sends, at 2026-03-03 09:54: SPF, DKIM,
        DMARC or ARC did not pass, or is missing ("550 5.7.23 <wanda@prov.example>:
        Recipient address rejected: Message rejected due to: SPF fail - not
        authorized. Please see http://www.open-spf.example/Why?s=mf...")
        → the sender must act: check SPF, DKIM and alignment for the From domain in
          the header of the message; forwarding breaks SPF
