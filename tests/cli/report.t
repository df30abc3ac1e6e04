Reports count over a period; days are days of --tz.

      $ mailtrace report rejected --since 2025-12-28 --until 2026-01-02 --tz UTC
      rejected  2025-12-28 to 2026-01-02
      96 refused, 304 refused for now (4xx)
      Refusals           ▂▆▅▆▆▅▅█▆▅▂▄▃▃▂▁▁▂▁▂▂▁▁ ▁▂▂▁
                most: 44 in the 3 h from 2025-12-30 00:00

      Refused at our door
      reason            refused               for now  clients              last
      user_unknown           22 ████████████        0        2  2026-01-01 11:04
          550 5.1.1 <ben.gruber@isp.test>: Recipient address rejected: User unknown in relay recipient table
      ip_blocklisted         19 ██████████▎         0        7  2026-01-01 10:40
          554 5.7.1 Service unavailable; Client host [192.0.2.56] blocked using bl.dnsbl.test; Listed, see https://bl.dnsbl.test/192.0.2.56
      sender_rejected        14 ███████▋            6       10  2026-01-01 10:46
          553 5.7.1 <elena.tauber@isp.test>: Sender address rejected: not owned by user jonas.gruber@customers.test
      content_rejected       12 ██████▌             0        7  2026-01-01 12:31
          5.7.1 Message content rejected (rule SUBJ-12)
      protocol_error          8 ████▎               0        3  2026-01-01 13:39
          550 5.5.1 Protocol error
      rate_limited            6 ███▎                0        4  2025-12-29 21:11
          554 5.7.1 <karin.lang@remote-postfix.test>: Recipient address rejected: Daily recipient quota exceeded for bulk@isp.test
      relay_denied            6 ███▎                0        5  2025-12-31 13:33
          554 5.7.1 <victim19@remote-exim.test>: Relay access denied
      rdns_helo               5 ██▋                 0        4  2026-01-01 08:33
          554 5.7.1 <localhost>: Helo command rejected: you are not localhost
      mailbox_disabled        4 ██▏                 0        2  2026-01-01 09:16
          550 5.1.6 <gone@customers.test>: Recipient address rejected: Mailbox disabled, customer left
      greylisted              0                   298        6  2026-01-01 10:58
          450 4.2.0 <carla.irmler@isp.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/isp.test.html

      Logs were read up to 2026-01-01 16:37: what came later is not counted.
      $ mailtrace report rejected --on 2025-12-30 --tz Europe/Vienna --by client --csv --top 3
      what,group,refused,for_now,clients,recipients,first,last,series,host,client,sample
      203.0.113.10,content,12,74,1,53,2025-12-30T00:29:01+01:00,2025-12-30T23:59:16+01:00,2 3 4 5 3 4 7 2 5 1 2 6 4 2 1 2 1 2 2 2 1 0 3 0 1 2 6 3 2 0 0 0 0 0 0 0 0 1 0 0 0 0 2 1 0 0 2 2,mx1.isp.test,203.0.113.10,5.7.1 Message content rejected (rule SUBJ-12)
      192.0.2.51,blocked,3,0,1,3,2025-12-30T00:29:02+01:00,2025-12-30T21:03:48+01:00,1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 1 0 0 0 0 0,mx1.isp.test,192.0.2.51,"550 5.7.1 Service unavailable; client [192.0.2.51] blocked using zen.dnsbl.test"
      198.51.100.20,rate,2,65,1,40,2025-12-30T00:29:01+01:00,2025-12-30T21:16:56+01:00,2 1 4 2 3 3 3 0 3 1 0 4 1 1 0 8 0 2 0 2 1 1 0 0 0 1 1 2 1 0 0 0 1 1 6 0 1 2 1 0 0 7 1 0 0 0 0 0,mx1.isp.test,198.51.100.20,"450 4.2.0 <deferuser@customers.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/customers.test.html"
      $ mailtrace report rejected --on 2025-12-30 --tz UTC --json | sed -n 1,11p
      {
        "schema": "mailtrace.report.rejected/1",
        "report": "rejected",
        "by": "class",
        "from": "2025-12-30T00:00:00.000000+00:00",
        "until": "2025-12-31T00:00:00.000000+00:00",
        "headline": null,
        "totals": {
          "refused": 30,
          "for_now": 135
        },
      $ mailtrace report rejected --on 2024-01-01 --tz UTC
      rejected  2024-01-01
      0 refused, 0 refused for now (4xx)

      Refused at our door
        nothing was refused

      No log of this period was read: the store holds 2025-12-29 04:39 to 2026-01-01
      16:37.
      [1]

Our addresses blocked elsewhere, and clients we refuse.

      $ mailtrace report blocked --on 2025-12-30 --tz UTC
      blocked  2025-12-30
      2 of our addresses blocked, 8 messages, 8 recipients refused for it,
      8 refused by us for reputation, 0 for their name or HELO
      Refused for our address   ▆ ▆  ▆  ▆ ▆  ▆  ▃  ▃  ▁  ▁            ▁▃▃ ▁▁▁
                               most: 3 in the 30 min from 2025-12-30 00:30

      Our addresses, blocked elsewhere
      our address  blocked by      kind        at                recipients  senders  first   last  now      new
      10.77.1.41   bl.dnsbl.test   list        remote-exim.test           4        4  19:55  22:11  refused   no
          https://bl.dnsbl.test/10.77.1.41
          host mail.remote-exim.test[198.51.100.20] said: 550-5.7.1 Service unavailable; Client host [10.77.1.41] blocked using 550 5.7.1 bl.dnsbl.test; Listed, see https://bl.dnsbl.test/10.77.1.41 (in reply to RCPT TO command)
      10.77.1.41   badbanner.test  reputation  badbanner.test             2        2  00:35  22:55  refused   no
          host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.41]
      10.77.1.42   badbanner.test  reputation  badbanner.test             2        2  00:35  10:05  refused   no
          host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.42]

      Clients we refused for their reputation
      client      reason    list            by          refused         for now   last
      192.0.2.51  list      zen.dnsbl.test  postscreen        2 ██████        0  20:03
          carla.irmler@isp.test, felix.jansen@isp.test
      192.0.2.54  list      bl.dnsbl.test   smtpd             2 ██████        0  19:49
          elena.tauber@isp.test, olga.reiter@isp.test
      192.0.2.56  list      bl.dnsbl.test   smtpd             2 ██████        0  15:59
          david.gruber@isp.test, ines.reiter@isp.test
      192.0.2.52  list      zen.dnsbl.test  postscreen        1 ███           0  22:11
          david.irmler@isp.test
      192.0.2.58  pregreet                  postscreen        1 ███           0  04:44
          hugo.adler@isp.test

      No country and network of clients: no MaxMind database was found ([geo]
      country, asn).
      $ mailtrace report blocked --on 2025-12-30 --tz UTC --by receiver --csv --top 2
      ip,ip_from,host,operator,kind,receiver,messages,recipients,senders,domains,attempts,first,last,status,healed,new,series,lookup_url,sample,live,live_reason
      10.77.1.41,reply,out1.isp.test,remote-exim.test,list,remote-exim.test,4,4,4,1,4,2025-12-30T19:55:38+00:00,2025-12-30T22:11:06+00:00,refused,,no,0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 0 0 1 0 0 0,https://bl.dnsbl.test/10.77.1.41,"host mail.remote-exim.test[198.51.100.20] said: 550-5.7.1 Service unavailable; Client host [10.77.1.41] blocked using 550 5.7.1 bl.dnsbl.test; Listed, see https://bl.dnsbl.test/10.77.1.41 (in reply to RCPT TO command)",,
      10.77.1.41,reply,out1.isp.test,badbanner.test,reputation,badbanner.test,2,2,2,1,14,2025-12-30T00:35:50+00:00,2025-12-30T22:55:02+00:00,refused,,no,0 1 0 1 0 0 1 0 0 1 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 0 1 0 1 0 0,,host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.41],,
      $ mailtrace report blocked --since 2025-12-28 --until 2026-01-02 --tz UTC --ips --min 3
      192.0.2.51
      192.0.2.54
      192.0.2.56
      192.0.2.50
      192.0.2.58
      192.0.2.59
      $ printf '[geo]\ncountry = /nowhere.mmdb\nasn = /etc/passwd\n' >geo.conf
      $ mailtrace report blocked --config geo.conf --on 2025-12-30 --tz UTC | tail -n 4

      The country database '/nowhere.mmdb' cannot be used: there is no such file; the
      ASN database '/etc/passwd' cannot be used: The MaxMind DB file contains invalid
      metadata.

Mails given up on, and addresses a sender should remove.

      $ mailtrace report bounces --on 2025-12-30 --tz UTC --top 4
      bounces  2025-12-30
      61 bounced, 21 expired
      Given up on  ▂▄▁▂▁▁▁▁   ▂▁ ▂▁▁   ▂ ▁▃▂▁▄  ▄▂▄  ▁ ▄  ▇▄▂  ▄▂ ▁
                   most: 10 in the 30 min from 2025-12-30 19:30

      Given up on
      where             why                bounced             expired  senders   last
      remote-exim.test  user_unknown            12 ██████████        0        9  20:59
          host mail.remote-exim.test[198.51.100.20] said: 550 Unknown user (in reply to RCPT TO command)
      mbox.isp.test     mailbox_full             6 █████             0        5  19:59
          host mbox.isp.test[10.77.1.51] said: 552 5.2.2 <fullbox@isp.test> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)
      fullcloud.test    mailbox_full             5 ████▏             0        5  22:00
          host mx.fullcloud.test[198.51.100.106] said: 552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to 552 5.2.2  https://support.fullcloud.test/mail/?p=OverQuotaPerm (in reply to RCPT TO command)
      dead.test         connection_failed        0                   5        5  20:59
          delivery temporarily suspended: connect to mx.dead.test[203.0.113.66]:25: Connection refused
        (24 more: --top 0 shows all)
      $ mailtrace report bounces --since 2025-12-28 --until 2026-01-02 --tz UTC --by recipient --permanent --min 5 --csv | cut -d, -f 1-7
      what,class,group,receiver,bounced,expired,recipients
      no.such.user@remote-exim.test,user_unknown,recipient,remote-exim.test,17,0,1
      nobody.here@remote-postfix.test,user_unknown,recipient,remote-postfix.test,7,0,1
      ghostbox@isp.test,user_unknown,recipient,mbox.isp.test,6,0,1
      nobody@nomx.test,domain_not_found,dns,nomx.test,5,0,1
      gone.user@remote-exim.test,user_unknown,recipient,remote-exim.test,5,0,1
      failuser@customers.test,user_unknown,recipient,mbox2.isp.test,5,0,1

What one sender should take off his lists; the terms of a report.

      $ mailtrace report bounces from=@isp.test --since 2025-12-28 --until 2026-01-02 --tz UTC --by recipient --permanent --min 2 --csv | cut -d, -f 1-7
      what,class,group,receiver,bounced,expired,recipients
      no.such.user@remote-exim.test,user_unknown,recipient,remote-exim.test,9,0,1
      nobody@nomx.test,domain_not_found,dns,nomx.test,4,0,1
      felix.ortner@isp.test,user_unknown,recipient,mbox.isp.test,2,0,1
      paul.engel@remote-exim.test,user_unknown,recipient,remote-exim.test,2,0,1
      nils.reiter@nomx.test,domain_not_found,dns,nomx.test,2,0,1
      $ mailtrace report bounces 'from=@isp.test' class=user_unknown --since 2025-12-28 --until 2026-01-02 --tz UTC --json | grep -A 1 '"notes"'
        "notes": [
          "Only what fits from=@isp.test class=user_unknown.",
      $ mailtrace report deferred 'to=@badbanner.test' --until '2026-01-01 15:00' --tz UTC
      deferred  2026-01-01 15:00
      4 messages, 4 recipients deferred, 0 on hold, 0 not tried yet,
      0 of them bounces and reports of ours

      In the queue
      waits for       state     why             recipients                    since      last attempt             until
      badbanner.test  deferred  bad_reputation           4 ██████  2026-01-01 05:23  2026-01-01 14:39  2026-01-06 11:56
          host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.41]

      Only what fits to=@badbanner.test.
      $ mailtrace report quota to=nobody@nowhere.example --on 2025-12-30 --tz UTC --csv
      mailbox,where,receiver,refused,waiting,bytes,senders,since,first,last,status,host,series,sample
      [1]
      $ mailtrace report volume from=a@isp.test
      mailtrace: report volume takes no terms; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces user=anna
      mailtrace: a report takes no term 'user='; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces anna@isp.test
      mailtrace: a report takes no bare address: from= or to= is meant; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces since=-2d
      mailtrace: 'since=-2d': --since, --until and --on say the period of a report; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces rejected
      mailtrace: 'rejected': one report at a time; see 'mailtrace report --help'
      [2]

The queue, full mailboxes, failures that look alike.

      $ mailtrace report deferred --until '2026-01-01 15:00' --tz UTC --by class
      deferred  2026-01-01 15:00
      29 messages, 21 recipients deferred, 8 on hold, 0 not tried yet,
      1 of them bounces and reports of ours

      In the queue
      state     why                recipients                    since      last attempt             until
      deferred  connection_failed          10 ██████  2025-12-31 21:21  2026-01-01 14:28  2026-01-06 11:12
          conversation with mx.hanging.test[198.51.100.108] timed out while sending RCPT TO
      held                                  8 ████▊   2025-12-29 05:48
      deferred  bad_reputation              4 ██▍     2026-01-01 05:23  2026-01-01 14:39  2026-01-06 11:56
          host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.41]
      deferred  server_error                3 █▊      2025-12-31 16:55  2026-01-01 14:28  2026-01-06 11:04
          temporary failure
      deferred  dns_failure                 2 █▏      2025-12-31 19:22  2026-01-01 14:28  2026-01-06 11:56
          Host or domain name not found. Name service error for name=dnsfail.test type=MX: Host not found, try again
      deferred  tls_failed                  1 ▌       2026-01-01 06:10  2026-01-01 14:28  2026-01-06 06:10
          Server certificate not verified
      deferred  relay_denied                1 ▌       2026-01-01 09:12  2026-01-01 13:39  2026-01-06 09:12
          host mail.remote-postfix.test[203.0.113.10] said: 454 4.7.1 <ghost@sender.test>: Relay access denied (in reply to RCPT TO command)
      $ mailtrace report quota --on 2025-12-31 --tz UTC
      quota  2025-12-31
      5 full mailboxes, 12 mails refused by ours, 2 by others, 2 still waiting
      Refused or waiting    ▁    ▁▁ ▁▁ ▁     ▁     ▅ ▁▁  ▅           ▁   ▅
                          most: 2 in the 30 min from 2025-12-31 12:30

      Full mailboxes
      mailbox                    where   refused         waiting      size        full since   last  now
      fullhouse@customers.test   ours          5 ██████        0  451.5 kB  2025-12-29 05:48  15:44  full
          mailbox is full (MTA-imposed quota exceeded while writing to tmp/1767195869.M857587P5076.mbox2.isp.test)
      fullbox@isp.test           ours          4 ████▊         0  245.0 kB             05:07  14:06  takes mail again
          host mbox.isp.test[10.77.1.51] said: 552 5.2.2 <fullbox@isp.test> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)
      overquota@isp.test         ours          3 ███▌          0  183.9 kB  2025-12-30 01:50  21:54  full
          host mbox.isp.test[10.77.1.51] said: 552 5.2.2 <overquota@isp.test> Quota exceeded (mailbox for user is full) (in reply to end of DATA command)
      tempfull@remote-exim.test  remote        1 █▏            2    2.2 kB  2025-12-29 05:16  23:56  full
          host mail.remote-exim.test[198.51.100.20] said: 452 4.2.2 <tempfull@remote-exim.test>: mailbox full, try later (in reply to RCPT TO command)
      paul.engel@fullcloud.test  remote        1 █▏            0    2.3 kB             12:57  12:57  full
          host mx.fullcloud.test[198.51.100.106] said: 552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to 552 5.2.2  https://support.fullcloud.test/mail/?p=OverQuotaPerm (in reply to RCPT TO command)
      $ mailtrace report incidents --on 2025-12-30 --tz UTC --min 8
      incidents  2025-12-30
      Failed attempts  ▂▃▂▃▁▂▃▁▁▄▂▄▂▂▄▃▁▃▁▁▃ ▁▃▂▂▄▁ ▃▂▆▃█▄▃▂  ▅▂▄▁▁▄▁▃▁
                       most: 111 in the 30 min from 2025-12-30 16:30

      Failures that look alike
      why                at                recipients               since   last
      connection_failed  filter.isp.test           30 ████████████  15:46  21:28
          28 more than the day before (30) since 2025-12-30 15:46 to filter.isp.test (3 domains) from 10.77.1.11
          conversation with filter.isp.test[10.77.1.20] timed out while receiving the initial server greeting
      connection_failed  mbox.isp.test             27 ██████████▊   04:44  07:42
          27 since 2025-12-30 04:44 to mbox.isp.test from 10.77.1.20
          connect to mbox.isp.test[10.77.1.51]:24: Connection refused
      connection_failed  filter.isp.test           22 ████████▊     15:46  21:28
          19 more than the day before (22) since 2025-12-30 15:46 to filter.isp.test (7 domains) from 10.77.1.30
          conversation with filter.isp.test[10.77.1.20] timed out while receiving the initial server greeting
      user_unknown       remote-exim.test           8 ███▏          08:13  20:59
          6 more than the day before (8) since 2025-12-30 08:13 to remote-exim.test from 10.77.1.42
          host mail.remote-exim.test[198.51.100.20] said: 550 Unknown user (in reply to RCPT TO command)

By mail: text and HTML side by side, handed to sendmail(8).

      $ cat >sendmail <<'END'
      > #!/bin/sh
      > echo "$@" >args; cat >mail; exit ${EX:-0}
      > END
      $ chmod +x sendmail; export MAILTRACE_SENDMAIL="$PWD/sendmail"
      $ mailtrace report blocked --on 2025-12-30 --tz UTC --mail-to team@isp.example,root
      $ cat args; grep -v '^[A-Za-z0-9+/=]*$' mail
      -oi -- team@isp.example root
      To: team@isp.example,root
      Subject: mailtrace report blocked, 2025-12-30
      MIME-Version: 1.0
      Auto-Submitted: auto-generated
      Content-Type: multipart/alternative;
      	boundary="=_mailtrace_report"
      --=_mailtrace_report
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: base64
      --=_mailtrace_report
      Content-Type: text/html; charset=utf-8
      Content-Transfer-Encoding: base64
      --=_mailtrace_report--
      $ awk '/^$/ { part++; next } part == 2' mail | base64 -d 2>/dev/null | sed -n 1,2p
      blocked  2025-12-30
      2 of our addresses blocked, 8 messages, 8 recipients refused for it,
      $ awk '/^$/ { part++; next } part == 4 && !/^--/' mail | base64 -d | sed -n 1,2p
      <!DOCTYPE html>
      <html lang="en">
      $ awk 'length > 80' mail
      $ EX=75 mailtrace report blocked --on 2025-12-30 --mail-to a@b.example 2>&1 | sed 's,/.*/,,'
      mailtrace: 'sendmail' did not take the mail (status 75)
      $ mailtrace report blocked --mail-to '-oQ/tmp@b.example'
      mailtrace: bad --mail-to '-oQ/tmp@b.example': an address is meant, or several with commas; see 'mailtrace report --help'
      [2]
      $ mailtrace report blocked --mail-to 'a@b.example
      > Bcc: c@d.example'
      mailtrace: bad --mail-to 'a@b.example?Bcc: c@d.example': an address is meant, or several with commas; see 'mailtrace report --help'
      [2]
      $ MAILTRACE_SENDMAIL=/nowhere mailtrace report blocked --on 2025-12-30 --mail-to a@b.example
      mailtrace: cannot run '/nowhere'
      [2]

      $ mailtrace report | sed -n 1,4p
      blocked    our addresses blocked elsewhere, and clients we block
                 --by ip, receiver, domain, client
      rejected   what we refused at our door, by reason, client or recipient
                 --by class, client, sender, recipient, domain, host, user

A wrong name, a wrong word, a wrong time: one line.

      $ mailtrace report rejectd
      mailtrace: there is no report 'rejectd': did you mean 'rejected'?; see 'mailtrace report --help'
      [2]
      $ mailtrace report rejected --by moon
      mailtrace: report rejected: bad --by 'moon': one of: class, client, sender, recipient, domain, host, user; see 'mailtrace report --help'
      [2]
      $ mailtrace report rejected --min 3
      mailtrace: report rejected takes no --min; see 'mailtrace report --help'
      [2]
      $ mailtrace report rejected --on 2025-12-30 --since 2025-12-29
      mailtrace: --on and --since or --until: one of them is meant; see 'mailtrace report --help'
      [2]
      $ mailtrace report rejected --since 2025-12-31 --until 2025-12-29
      mailtrace: the period ends before it begins; see 'mailtrace report --help'
      [2]
      $ mailtrace report rejected --top x
      mailtrace: bad --top 'x': a number up to 100000 is meant; see 'mailtrace report --help'
      [2]
      $ mailtrace report bounces --permanent
      mailtrace: --permanent goes with --by recipient
      [2]

The mailboxes that are full are as many, whatever a row stands for.

      $ for by in '' '--by domain' '--min 5'; do mailtrace report quota --since 2025-12-28 --until 2026-01-02 --tz UTC $by | sed -n 2p; done
      11 full mailboxes, 28 mails refused by ours, 19 by others, 0 still waiting
      11 full mailboxes, 28 mails refused by ours, 19 by others, 0 still waiting
      11 full mailboxes, 28 mails refused by ours, 19 by others, 0 still waiting
