What the filters beside a mail's way said is told with it: why a mail was thrown
away, who of ours refused it, and whether it was marked before it was delivered.

      $ cat >filter.log <<'END'
      > 2026-03-02T08:00:01.000000+00:00 mx postfix/smtpd[10]: 4AB0C1: client=c.example[198.51.100.7]
      > 2026-03-02T08:00:01.000000+00:00 mx postfix/cleanup[11]: 4AB0C1: message-id=<1@far.example>
      > 2026-03-02T08:00:01.000000+00:00 mx postfix/qmgr[12]: 4AB0C1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T08:00:02.000000+00:00 mx amavis[70]: (00070-01) Blocked INFECTED (Eicar-Test-Signature) {DiscardedInbound,Quarantined}, [198.51.100.7]:41487 <a@far.example> -> <b@isp.test>, quarantine: 5/virus-5H2Coq09St0E, Queue-ID: 4AB0C1, Message-ID: <1@far.example>, mail_id: 5H2Coq09St0E, Hits: -, size: 395, 152 ms
      > 2026-03-02T08:00:02.000000+00:00 mx postfix/smtp[13]: 4AB0C1: to=<b@isp.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.7.0, status=sent (250 2.7.0 Ok, discarded, id=00070-01 - INFECTED: Eicar-Test-Signature)
      > 2026-03-02T08:00:02.000000+00:00 mx postfix/qmgr[12]: 4AB0C1: removed
      > 2026-03-02T08:01:00.000000+00:00 mx postfix/smtpd[10]: 4AB0C2: client=c.example[198.51.100.7]
      > 2026-03-02T08:01:00.000000+00:00 mx postfix/cleanup[11]: 4AB0C2: message-id=<2@far.example>
      > 2026-03-02T08:01:01.000000+00:00 mx rspamd[7]: <b24869>; proxy; rspamd_task_write_log: id: <2@far.example>, qid: <4AB0C2>, ip: 198.51.100.7, from: <a@far.example>, (default: T (reject): [nan/15.00] [OUR_LIST(0.00){far.example;}]), len: 236, time: 0.5ms, dns req: 0, digest: <87a3>, rcpts: <b@isp.test,c@isp.test>, forced: reject "we do not like this one"; score=nan (set by multimap)
      > 2026-03-02T08:01:01.000000+00:00 mx postfix/cleanup[11]: 4AB0C2: milter-reject: END-OF-MESSAGE from c.example[198.51.100.7]: 5.7.1 we do not like this one; from=<a@far.example> to=<c@isp.test> proto=ESMTP helo=<c.example>
      > 2026-03-02T08:02:00.000000+00:00 mx postfix/smtpd[10]: 4AB0C3: client=c.example[198.51.100.7]
      > 2026-03-02T08:02:00.000000+00:00 mx postfix/cleanup[11]: 4AB0C3: message-id=<3@far.example>
      > 2026-03-02T08:02:00.000000+00:00 mx spamd[9]: spamd: result: Y 12 - BAYES_99,URIBL_BLACK scantime=0.9,size=9066,user=carl,uid=501,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=40902,mid=<3@far.example>,bayes=0.99,autolearn=spam
      > 2026-03-02T08:02:01.000000+00:00 mx postfix/qmgr[12]: 4AB0C3: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T08:02:02.000000+00:00 mx postfix/virtual[13]: 4AB0C3: to=<d@isp.test>, relay=virtual, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to maildir)
      > 2026-03-02T08:02:02.000000+00:00 mx postfix/qmgr[12]: 4AB0C3: removed
      > END
      $ mailtrace --store s ingest --quiet filter.log
      $ mailtrace --store s to=b@isp.test id=1@far.example | head -n 6
      ✗ DISCARDED at mx  content: virus, for good
        It was accepted and thrown away on purpose at mx: amavis said INFECTED
        (Eicar-Test-Signature).
        We must act: the copy in quarantine (5/virus-5H2Coq09St0E) can be released if
        it was wanted.
      $ mailtrace --store s to=b@isp.test id=2@far.example | head -n 8
      2 recipients: 2 rejected
      ✗ REJECTED at mx  policy: policy rejected, for good (a guess)
        for b@isp.test, c@isp.test
        It was refused at our door: refused by a policy that is not explained ("5.7.1
        we do not like this one"); rspamd said reject, set by its multimap.
        We must act: a filter of ours refused it: the line of rspamd says which of
        its rules did; change them if the mail was wanted.
      $ mailtrace --store s to=d@isp.test | head -n 6
      ✓ DELIVERED at mx
        It was delivered to d@isp.test on mx.
        Nobody needs to act.
        Spamd marked it as spam, score 12 (BAYES_99, URIBL_BLACK): look into the spam
        folder of the mail program.
      $ mailtrace --store s to=d@isp.test --json | grep -A 5 '"filter"'
                "filter": {
                  "name": "spamd",
                  "verdict": "spam",
                  "score": "12",
                  "quarantine": null
                },

Asked by what it is: the class of what a filter stopped is the filter's word.

      $ mailtrace --store s class=virus --csv | cut -d, -f 1-4 | head -n 3
      time,state,group,class
      2026-03-02T08:00:02.000000+00:00,discarded,content,virus
      $ mailtrace --store s group=content --jsonl | wc -l
      1

Of several filters on the way the one that marked the mail counts.

      $ cat >two.log <<'END'
      > 2026-03-02T09:00:00.000000+00:00 mx postfix/smtpd[10]: 4AB0D1: client=c.example[198.51.100.7]
      > 2026-03-02T09:00:00.000000+00:00 mx postfix/cleanup[11]: 4AB0D1: message-id=<4@far.example>
      > 2026-03-02T09:00:00.000000+00:00 mx rspamd[7]: <b24869>; proxy; rspamd_task_write_log: id: <4@far.example>, qid: <4AB0D1>, ip: 198.51.100.7, from: <a@far.example>, (default: F (add header): [7.30/15.00] [BAYES_SPAM(5.10){99.99%;},SUBJ_ALL_CAPS(2.20){12;},ARC_NA(0.00){}]), len: 236, time: 0.5ms, dns req: 0, digest: <87a3>, rcpts: <e@isp.test>
      > 2026-03-02T09:00:00.000000+00:00 mx clamav-milter[9]: Clean message 4AB0D1 from <a@far.example> to <<e@isp.test>> with subject 'hi' message-id '<4@far.example>' date 'Mon, 02 Mar 2026 09:00:00 +0000'
      > 2026-03-02T09:00:01.000000+00:00 mx postfix/qmgr[12]: 4AB0D1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T09:00:02.000000+00:00 mx postfix/smtp[13]: 4AB0D1: to=<e@isp.test>, relay=box.isp.test[10.0.0.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 5AB0D1)
      > 2026-03-02T09:00:02.000000+00:00 mx postfix/qmgr[12]: 4AB0D1: removed
      > 2026-03-02T09:00:02.000000+00:00 box.isp.test postfix/smtpd[10]: 5AB0D1: client=mx[10.0.0.1]
      > 2026-03-02T09:00:02.000000+00:00 box.isp.test postfix/cleanup[11]: 5AB0D1: message-id=<4@far.example>
      > 2026-03-02T09:00:02.000000+00:00 box.isp.test spamd[9]: spamd: result: . 1 - HTML_MESSAGE scantime=0.9,size=9066,user=carl,uid=501,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=40902,mid=<4@far.example>,autolearn=no
      > 2026-03-02T09:00:02.000000+00:00 box.isp.test postfix/qmgr[12]: 5AB0D1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T09:00:03.000000+00:00 box.isp.test postfix/virtual[13]: 5AB0D1: to=<e@isp.test>, relay=virtual, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to maildir)
      > 2026-03-02T09:00:03.000000+00:00 box.isp.test postfix/qmgr[12]: 5AB0D1: removed
      > END
      $ mailtrace --store s ingest --quiet two.log
      $ mailtrace --store s to=e@isp.test | sed -n '1p;/marked/,/^$/p'
      ✓ DELIVERED at box.isp.test
        Rspamd marked it as spam, score 7.30 (BAYES_SPAM, SUBJ_ALL_CAPS): look into
        the spam folder of the mail program.

The helpdesk hears it too; and what a rule threw away is not the filter's doing
when the filter let it pass.

      $ cat >dump.log <<'END'
      > 2026-03-02T10:00:00.000000+00:00 mx postfix/smtpd[10]: 4AB0E1: client=c.example[198.51.100.7]
      > 2026-03-02T10:00:00.000000+00:00 mx postfix/cleanup[11]: 4AB0E1: message-id=<5@far.example>
      > 2026-03-02T10:00:00.000000+00:00 mx rspamd[7]: <b24869>; proxy; rspamd_task_write_log: id: <5@far.example>, qid: <4AB0E1>, ip: 198.51.100.7, from: <a@far.example>, (default: F (no action): [1.00/15.00] [ARC_NA(0.00){}]), len: 236, time: 0.5ms, dns req: 0, digest: <87a3>, rcpts: <dump@isp.test>
      > 2026-03-02T10:00:01.000000+00:00 mx postfix/qmgr[12]: 4AB0E1: from=<a@far.example>, size=900, nrcpt=1 (queue active)
      > 2026-03-02T10:00:02.000000+00:00 mx postfix/local[13]: 4AB0E1: to=<dump@isp.test>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to file: /dev/null)
      > 2026-03-02T10:00:02.000000+00:00 mx postfix/qmgr[12]: 4AB0E1: removed
      > END
      $ mailtrace --store s ingest --quiet dump.log
      $ mailtrace --store s diagnose --offline --tz UTC d@isp.test | sed -n '/^✓/,/→/p'
      ✓ no link is broken
        mail arrives: the last one for d@isp.test was put into the mailbox at
        2026-03-02 08:02; spamd marked it as spam, score 12 (BAYES_99, URIBL_BLACK)
        → nobody needs to act: look into the spam folder of the mail program; if it
      $ mailtrace --store s diagnose --offline --csv dump@isp.test | grep ,first, | cut -d, -f1-3
      target,link,state
      dump@isp.test,L6,weak
