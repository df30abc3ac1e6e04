Reports count over a period; days are days of --tz.

      $ mailtrace report rejected --since 2025-12-28 --until 2026-01-02 --tz UTC
      rejected  2025-12-28 to 2026-01-02
      96 refused, 304 refused for now (4xx)
      Refusals           ▂▆▅▆▆▅▅█▆▅▂▄▃▃▂▁▁▂▁▂▂▁▁ ▁▂▂▁
                most: 44 in the 3 h from 2025-12-30 00:00

      Refused at our door
      reason            refused               for now  clients              last
      user_unknown           28 ████████████        0        6  2026-01-01 11:04
          550 5.1.1 <ben.gruber@isp.test>: Recipient address rejected: User unknown in relay recipient table
      ip_blocklisted         19 ████████▏           0        7  2026-01-01 10:40
          554 5.7.1 Service unavailable; Client host [192.0.2.56] blocked using bl.dnsbl.test; Listed, see https://bl.dnsbl.test/192.0.2.56
      sender_rejected        14 ██████              6       10  2026-01-01 10:46
          553 5.7.1 <elena.tauber@isp.test>: Sender address rejected: not owned by user jonas.gruber@customers.test
      protocol_error          8 ███▍                0        3  2026-01-01 13:39
          550 5.5.1 Protocol error
      content_rejected        7 ███                 0        2  2026-01-01 12:31
          5.7.1 Message content rejected (rule SUBJ-12)
      relay_denied            6 ██▌                 0        5  2025-12-31 13:33
          554 5.7.1 <victim19@remote-exim.test>: Relay access denied
      rdns_helo               5 ██▏                 0        4  2026-01-01 08:33
          554 5.7.1 <localhost>: Helo command rejected: you are not localhost
      unknown                 5 ██▏                 0        5  2026-01-01 07:18
          5.7.1 DLP: confidential material may not leave
      mailbox_disabled        4 █▋                  0        2  2026-01-01 09:16
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
