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
      client      reason    list            by          refused               for now   last
      192.0.2.51  list      zen.dnsbl.test  postscreen        2 ████████████        0  20:03
          felix.jansen@isp.test, carla.irmler@isp.test
      192.0.2.54  list      bl.dnsbl.test   smtpd             2 ████████████        0  19:49
          elena.tauber@isp.test, olga.reiter@isp.test
      192.0.2.56  list      bl.dnsbl.test   smtpd             2 ████████████        0  15:59
          ines.reiter@isp.test, david.gruber@isp.test
      192.0.2.52  list      zen.dnsbl.test  postscreen        1 ██████              0  22:11
          david.irmler@isp.test
      192.0.2.58  pregreet                  postscreen        1 ██████              0  04:44
          hugo.adler@isp.test

      No country and network of clients: no MaxMind database was found ([geo]
      country, asn).
      $ mailtrace report blocked --on 2025-12-30 --tz UTC --by receiver --csv --top 2
      ip,ip_from,host,operator,kind,receiver,messages,recipients,senders,domains,attempts,first,last,status,healed,new,series,lookup_url,sample
      10.77.1.41,reply,out1.isp.test,remote-exim.test,list,remote-exim.test,4,4,4,1,4,2025-12-30T19:55:38+00:00,2025-12-30T22:11:06+00:00,refused,,no,0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 0 0 1 0 0 0,https://bl.dnsbl.test/10.77.1.41,"host mail.remote-exim.test[198.51.100.20] said: 550-5.7.1 Service unavailable; Client host [10.77.1.41] blocked using 550 5.7.1 bl.dnsbl.test; Listed, see https://bl.dnsbl.test/10.77.1.41 (in reply to RCPT TO command)"
      10.77.1.41,reply,out1.isp.test,badbanner.test,reputation,badbanner.test,2,2,2,1,14,2025-12-30T00:35:50+00:00,2025-12-30T22:55:02+00:00,refused,,no,0 1 0 1 0 0 1 0 0 1 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 0 1 0 1 0 0,,host mx.badbanner.test[198.51.100.102] refused to talk to me: 554 5.7.1 mx.badbanner.test Your access to this mail system has been rejected due to the sending MTA's poor reputation [10.77.1.41]
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
