One user, one sender, one domain, one of our addresses, one destination, or
everybody?

      $ mailtrace scope to=@strict.test --tz UTC
      Everybody who writes to strict.test from 10.77.1.41: 14 of 14 refused since
      2025-12-29 09:44; otherwise there 0 of 18; all others 18 % (381 of 2148).
        2025-12-29 04:39 to 2026-01-01 16:37: 2180 copies, 395 failed; asked for: 32, 14 failed
        why: ip_blocklisted 14

        slice                                                        failed       rate          (95 %)     all others
      ▸ our address       10.77.1.41                            14 of     14 ████████████ 100 % (78-100)    0.0 %
        login             viktor.pichler@isp.test                3 of      3 ████████████ 100 % (44-100)   37.9 %
        login             carla.gruber@customers.test            1 of      1 ████████████ 100 % (21-100)   41.9 %
        login             david.irmler@isp.test                  1 of      1 ████████████ 100 % (21-100)   41.9 %
        login             david.lang@customers.test              1 of      1 ████████████ 100 % (21-100)   41.9 %
        login             leo.huber@isp.test                     1 of      1 ████████████ 100 % (21-100)   41.9 %
        sender            anna.huber@remote-postfix.test         1 of      1 ████████████ 100 % (21-100)   41.9 %
        sender            carla.conrad@remote-exim.test          1 of      1 ████████████ 100 % (21-100)   41.9 %
        sender            hugo.fischer@remote-postfix.test       1 of      1 ████████████ 100 % (21-100)   41.9 %
        sender            hugo.novak@remote-exim.test            1 of      1 ████████████ 100 % (21-100)   41.9 %
        recipient         contact@strict.test                    6 of     11 ███████       55 % (28-79)   38.1 %
        recipient         client.nine@strict.test                4 of      8 ██████        50 % (22-78)   41.7 %
      $ mailtrace scope to=@webmail.test --tz UTC
      Nobody in particular: 0 of 76 failed (0 %).
        2025-12-29 04:39 to 2026-01-01 16:37: 2180 copies, 395 failed; asked for: 76, 0 failed
      $ mailtrace scope from=viktor.pichler@isp.test group=blocked --tz UTC --csv
      slice,value,failed,copies,rate,rate_low,rate_high,others_failed,others_copies,chance,stands_out
      destination,strict.test,14,32,0.4375,0.2817,0.6067,34,2148,2.89e-16,1
      recipient,contact@strict.test,6,11,0.5455,0.2801,0.7873,42,2169,3.52e-08,1
      our_ip,10.77.1.41,20,434,0.0461,0.0300,0.0701,28,1746,0.000403,0
      recipient,bob@strict.test,4,13,0.3077,0.1268,0.5763,44,2167,0.000128,1
      sender,viktor.pichler@isp.test,3,14,0.2143,0.0757,0.4759,45,2166,0.00308,0
      user,viktor.pichler@isp.test,3,16,0.1875,0.0659,0.4301,45,2164,0.00459,0
      receiver,remote-exim.test,14,337,0.0415,0.0249,0.0685,34,1843,0.0109,0
      sender_domain,isp.test,12,506,0.0237,0.0136,0.0410,36,1674,0.439,0
      network,10.77.2.0/24,20,949,0.0211,0.0137,0.0323,28,1231,0.657,0
      host,smtp.isp.test,20,954,0.0210,0.0136,0.0322,28,1226,0.669,0
      $ mailtrace scope to=@badbanner.test --tz UTC --json | head -n 40
      {
        "schema": "mailtrace.scope/1",
        "from": "2025-12-29T04:39:46.000000+00:00",
        "until": "2026-01-01T16:37:19.000000+00:00",
        "answer": "destination",
        "sentence": "Everybody who writes to badbanner.test: 8 of 8 refused since 2025-12-29 05:52; all others 18 % (387 of 2172).",
        "copies": 8,
        "failed": 8,
        "all_copies": 2180,
        "all_failed": 395,
        "sampled": false,
        "best": {
          "slice": "destination",
          "value": "badbanner.test",
          "copies": 8,
          "failed": 8,
          "rate": 1,
          "rate_low": 0.675584,
          "rate_high": 1,
          "others_copies": 2172,
          "others_failed": 387,
          "chance": 1.09579e-06,
          "stands_out": true,
          "first_failure": "2025-12-29T05:52:55.000000+00:00",
          "last_failure": "2026-01-01T15:47:27.000000+00:00"
        },
        "within": null,
        "same_mails": null,
        "classes": [
          {
            "class": "bad_reputation",
            "failed": 8
          }
        ],
        "slices": [
          {
            "slice": "sender_domain",
            "value": "isp.test",
            "copies": 506,
            "failed": 130,
      $ mailtrace scope from=nobody@nowhere.test --tz UTC
      No mail of that kind in this time.
        2025-12-29 04:39 to 2026-01-01 16:37: 2180 copies, 395 failed; asked for: 0, 0 failed
      [1]
      $ mailtrace scope group=blocked on=2025-12-31 --tz UTC | head -n 4
      Several things: destination strict.test 3 of 8, sender's domain sender.test 3
      of 12; none of them is most of the 8 of 711 that failed.
        2025-12-31 00:00 to 2025-12-31 23:59: 711 copies, 8 failed
        why: ip_blocklisted 6, bad_reputation 2
      $ mailtrace scope colour=red
      mailtrace: unknown key 'colour'; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace --store nowhere scope to=a@b.example
      mailtrace: there is no store at 'nowhere'; read logs into it first: mailtrace ingest /var/log/mail.log
      [2]

The network of an IPv6 client is written as one.

      $ for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
      >   [ $i -lt 18 ] && ip=2001:db8::$i why='5.7.1, status=bounced (host mx.far.example said: 550 5.7.1 Access denied for policy reasons (in reply to RCPT TO command))' ||
      >     { ip=2001:db8:5:1::$i; why='2.0.0, status=sent (250 2.0.0 Ok)'; }
      >   t="2026-03-02T08:00:$i.000000+00:00 out1"
      >   echo "$t postfix/smtpd[10]: 4AB0C$i: client=c$i.example[$ip]"
      >   echo "$t postfix/qmgr[12]: 4AB0C$i: from=<a$i@s$i.example>, size=900, nrcpt=1 (queue active)"
      >   echo "$t postfix/smtp[13]: 4AB0C$i: to=<b$i@f$i.example>, relay=mx.f$i.example[192.0.2.$i]:25, delay=1, delays=0/0/0/1, dsn=$why"
      >   echo "$t postfix/qmgr[12]: 4AB0C$i: removed"
      > done >six.log; mailtrace --store six ingest --quiet six.log
      $ mailtrace --store six scope --tz UTC | head -n 1
      One client network, 2001:db8::/48: 8 of 8 refused since 2026-03-02 08:00; all
