The result in every format; what a limit cut says so in each.

      $ mailtrace qid=4dhnlt1PWlz1h1nk --tz UTC
      ✗ BOUNCED at filter.isp.test  recipient: user unknown, for good
        It was given up: there is no such mailbox at a domain that exists;
        mbox.isp.test [10.77.1.51] said "550 5.1.1 <ghostbox@isp.test> User doesn't
        exist: ghostbox@isp.test".
        The sender must act: check the spelling with the recipient by another channel
        and remove the address from lists.
        A notice went to maria.adler@remote-exim.test as 4dhnlt2711z1h1cW and left
        us.

        from     maria.adler@remote-exim.test
        subject  [#43202] Reminder training minutes order draft
        id       CA2CCBF9D65E78FE230A7A600=3092bdfb@mail.remote-exim.test
        when     2026-01-01 13:31:22, 3.8 kB
        client   mail.remote-exim.test [198.51.100.20], TLSv1.3

        13:31:22  mx1.isp.test  4dhnlt1PWlz1h1nk
        13:31:22  └─ filter.isp.test  29927-05
        13:31:22     └─ filter.isp.test  4dhnlt23RRz1h1bb
        13:31:22        └─ ✗ ghostbox@isp.test  bounced by mbox.isp.test [10.77.1.51]
                             host mbox.isp.test[10.77.1.51] said: 550 5.1.1 <ghostbox@isp.test> User doesn't exist: ghostbox@isp.test (in reply to RCPT TO command)
      $ mailtrace state=bounced -n 2 --jsonl | tail -n 1
      mailtrace: only the newest 2 messages are shown: --limit 20 shows more
      {"truncated":true,"limit":2}
      $ mailtrace state=bounced -n 2 --csv --quiet | tail -n 1
      # cut by --limit 2: there are more
      $ mailtrace state=bounced -n 2 --csv 2>&1 >csv
      mailtrace: only the newest 2 messages are shown: --limit 20 shows more
      $ mailtrace state=bounced -n 2 --json | grep -E '^  "(schema|truncated)'
        "schema": "mailtrace.trace/1",
        "truncated": true,
      $ mailtrace state=bounced -n 2 --html | grep -c '<article>'
      2

Nothing found is told in JSON too, with exit status 1.

      $ mailtrace from=nobody@nowhere.example --json | grep -c '"messages": \[\]'
      1
      $ mailtrace from=nobody@nowhere.example --json >/dev/null
      [1]
      $ mailtrace from=nobody@nowhere.example --jsonl
      [1]

A result that cannot be written is an error; a reader that has enough is none
to be told about.

      $ mailtrace state=bounced -n 2 >/dev/full
      mailtrace: cannot write the result: No space left on device
      [2]
      $ mailtrace state=bounced -n 50 -v | sed -n '1{s/ .*//;p;q;}'
      ✗

The exit status of a message that arrived, waits, failed.

      $ mailtrace --exit-status state=left -n 1 >/dev/null
      $ mailtrace --exit-status state=deferred -n 1 >/dev/null
      [3]
      $ mailtrace --exit-status state=bounced -n 1 >/dev/null
      [4]
      $ mailtrace --exit-status from=nobody@nowhere.example >/dev/null
      [1]

Colour only when asked for, or for a terminal.

      $ mailtrace state=left -n 1 | grep -c "$(printf '\033')"
      0
      [1]
      $ mailtrace state=left -n 1 --color=always | grep -c "$(printf '\033')" | sed 's/[0-9][0-9]*/some/'
      some

Whoever is masked stays masked, in every format.

      $ for f in --json --jsonl --csv --html -vv; do mailtrace --redact user=olga.gruber@isp.test $f; done | grep -c -e olga.gruber -e '10\.77\.'
      0
      [1]

What to paste for the other side.

      $ mailtrace --proof to=jonas.pichler@greylist.test -n 1 --tz Europe/Vienna
      The message <e8739f16-b67c-9982-177c-49e4876e261a@isp.test> from
      <olga.gruber@isp.test> to <jonas.pichler@greylist.test> (1436 bytes) was handed
      over by out1.isp.test [10.77.1.41] to mail.remote-exim.test [198.51.100.20],
      port 25, at 2026-01-01T14:46:39.000000+01:00 (2026-01-01 13:46:39 UTC), which
      accepted it. Its answer: "250 OK id=1va5Hn-0002tC-0o". The id it gave:
      1va5Hn-0002tC-0o. Our queue id: 4A275B029C2. Please tell from your logs what
      became of it after that.

A bare argument is what it looks like; a reply can come from standard input.

      $ mailtrace '250 OK id=1va5Hn-0002tC-0o' --csv | cut -d, -f2,5,6
      state,from,to
      left,olga.gruber@isp.test,jonas.pichler@greylist.test
      $ echo 'said: 250 2.0.0 Ok: queued as E9F6EB02971' >reply; mailtrace - --csv <reply | cut -d, -f2,5,6
      state,from,to
      left,david.conrad@isp.test,carla.reiter@remote-postfix.test

--wait ends when the message has come to its end.

      $ mailtrace --wait 20s --quiet to=jonas.pichler@greylist.test -n 1 --csv | cut -d, -f2,6
      state,to
      left,jonas.pichler@greylist.test
