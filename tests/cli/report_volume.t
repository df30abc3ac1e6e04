Reports on how much, who, how long, and what the answers stand on.

      $ mailtrace report volume --since 2025-12-28 --until 2026-01-02 --tz UTC
      volume  2025-12-28 to 2026-01-02
      1 376 mails, 673 from outside, 574 to outside, 129 inside,
      283 notices made here, 6 given up by the client
      Mails that came in           ▃▄▆█▆▄▅█▆▅▄▅▆▆▆▆▅▇▇█▅▅▆▃▆▇▇▅
                          most: 73 in the 3 h from 2025-12-31 12:00

      Mails that came in
                  messages                in  out  inside  recipients    size
      2025-12-29       299 ████████▍     147  123      29         337  2.0 MB
      2025-12-30       399 ███████████▏  212  148      39         440  3.1 MB
      2025-12-31       427 ████████████  202  188      37         449  2.5 MB
      2026-01-01       251 ███████       112  115      24         314  2.0 MB

      Logs were read up to 2026-01-01 16:37: what came later is not counted.
      $ mailtrace report volume --on 2025-12-31 --by domain --csv --tz Europe/Vienna | cut -d, -f 1,3-8
      what,messages,inbound,outbound,internal,recipients,bytes
      isp.test,250,116,112,22,274,1596588
      customers.test,164,76,77,11,175,933860
      unknown,9,9,0,0,0,0
      lists.isp.test,8,7,0,1,8,16525
      smtp.isp.test,1,0,0,1,1,965
      $ mailtrace report top --since 2025-12-28 --until 2026-01-02 --top 3 --tz UTC
      top  2025-12-28 to 2026-01-02

      Senders
      sender                            mails         of all  recipients      size  failed
      ben.conrad@remote-postfix.test       31 ██████   2.3 %          32  105.0 kB       1  5.6 %
      ben.irmler@remote-postfix.test       28 █████▍   2.0 %          26  503.1 kB       5   31 %
      nils.fischer@remote-postfix.test     28 █████▍   2.0 %          28  157.0 kB       2   10 %
        (89 more: --top 0 shows all)

      Recipients
      recipient              copies               of all  failed
      david.gruber@isp.test      40 ████████████   1.9 %       0
      leo.huber@isp.test         40 ████████████   1.9 %       0
      jonas.jansen@isp.test      37 ███████████    1.8 %       0
        (255 more: --top 0 shows all)

      Domains that were written to
      domain               copies               of all  failed
      isp.test                729 ████████████    35 %      48  6.6 %
      customers.test          432 ███████         21 %      33  7.6 %
      remote-postfix.test     355 █████▊          17 %      27  7.6 %
        (25 more: --top 0 shows all)

      Logins
      login                        mails               of all  recipients     size
      maria.moser@customers.test      24 ████████████   3.5 %          24  77.6 kB
      carla.gruber@customers.test     23 ███████████▌   3.4 %          31  69.8 kB
      david.sommer@isp.test           23 ███████████▌   3.4 %          27  67.6 kB
        (39 more: --top 0 shows all)

      Logs were read up to 2026-01-01 16:37: what came later is not counted.
      $ mailtrace report top --by user --on 2025-12-31 --top 2 --csv --tz UTC
      what,messages,share,recipients,bytes,failed,failed_share,last,series
      greta.keller@isp.test,10,0.0448,10,24460,,,2025-12-31T23:48:19+00:00,1 1 0 0 0 0 0 0 1 0 0 0 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 2 0 0 0 0 0 0 2
      leo.huber@isp.test,9,0.0404,9,18126,,,2025-12-31T23:56:09+00:00,0 1 2 1 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 1 0 0 0 0 0 0 2
      $ mailtrace report delay --since 2025-12-28 --until 2026-01-02 --top 5 --tz UTC
      delay  2025-12-28 to 2026-01-02

      At our hosts, until it was handed on or stored
      host             copies  half within    90 %                99 %      longest  retried  waiting
      filter.isp.test   3 415         9 ms  313 ms ███▏         12 min    4 h 8 min    1.2 %        1
      smtp.isp.test       850       263 ms  591 ms ██████   3 h 23 min   4 h 42 min    4.5 %        0
      mx1.isp.test        664       186 ms  558 ms █████▋   4 h 47 min      1 d 9 h    5.3 %        8
      mbox.isp.test       650          0 s     0 s                 0 s          0 s    0.8 %        0
      out1.isp.test       485        29 ms  234 ms ██▍     10 h 46 min  18 h 40 min    4.5 %        7
        (3 more: --top 0 shows all)

      Until the other side had it
      destination          copies  half within         90 %                99 %     longest  retried  waiting
      remote-postfix.test     336        19 ms        69 ms ▏            156 ms      240 ms      0 %        1
      remote-exim.test        262       209 ms       263 ms ▏       40 min 22 s  2 h 39 min    6.9 %        0
      webmail.test             52        58 ms       110 ms ▏            186 ms      190 ms      0 %        0
      busy.test                12        58 ms  14 min 16 s ▉       17 min 59 s  18 min 2 s     17 %        0
      slowaccept.test           9  35 min 58 s   1 h 30 min ██████   1 h 30 min  1 h 31 min    100 %        0
        (9 more: --top 0 shows all)

      Logs were read up to 2026-01-01 16:37: what came later is not counted.
      $ mailtrace report auth --since 2025-12-28 --until 2026-01-02 --top 3 --tz UTC
      auth  2025-12-28 to 2026-01-02
      20 logins failed, 0 logins logged on their own, 0 addresses shut out,
      0 accounts to look at

      Accounts
      login                  logins  failed         addresses  networks  mails  came back
      david.gruber@isp.test       0       6 ██████         12         1     18          6
      ben.dorn@isp.test           0       4 ████           12         1     14          6
      karin.conrad@isp.test       0       2 ██             12         1     14          2
        (39 more: --top 0 shows all)

      Where logins failed
      client      failed           logins tried  succeeded  shut out              last
      10.77.2.11       5 ████████             2          0         0  2026-01-01 13:27
      10.77.2.17       4 ██████▍              2          0         0  2026-01-01 11:08
      10.77.2.13       3 ████▊                1          0         0  2025-12-29 20:54
        (4 more: --top 0 shows all)

      Logs were read up to 2026-01-01 16:37: what came later is not counted.
      $ mailtrace report coverage --since 2025-12-28 --until 2026-01-02 --top 3 --tz UTC | sed "/^Files/,$d"
      sed: -e expression #1, char 9: unexpected `,'
      [1]
      $ mailtrace report volume --on 2025-12-31 --tz UTC --json | sed -n 1,16p
      {
        "schema": "mailtrace.report.volume/1",
        "report": "volume",
        "by": "time",
        "from": "2025-12-31T00:00:00.000000+00:00",
        "until": "2026-01-01T00:00:00.000000+00:00",
        "headline": null,
        "totals": {
          "messages": 427,
          "inbound": 202,
          "outbound": 188,
          "internal": 37,
          "notices": 90,
          "aborted": 2
        },
        "charts": {
      $ mailtrace report volume --on 2020-01-01 --tz UTC
      volume  2020-01-01
      0 mails, 0 from outside, 0 to outside, 0 inside, 0 notices made here,
      0 given up by the client

      Mails that came in
        no mail came in

      No log of this period was read: the store holds 2025-12-29 04:39 to 2026-01-01
      16:37.
      [1]
      $ mailtrace report top --by colour
      mailtrace: report top: bad --by 'colour': one of: all, sender, recipient, domain, user; see 'mailtrace report --help'
      [2]

The days on which summer time begins and ends have 23 and 25 hours, and what is
shown twice is two hours.

      $ for t in 2026-03-28T22:30 2026-03-28T23:30 2026-03-29T10:00 2026-03-29T21:59 2026-03-29T22:01 2026-10-24T22:30 2026-10-25T00:30 2026-10-25T01:30 2026-10-25T22:59 2026-10-25T23:30; do
      >   q=4AB0$(echo "$t" | tr -dc 0-9); t="$t:00.000000+00:00 mx"
      >   echo "$t postfix/smtpd[10]: $q: client=c.example[198.51.100.7]"
      >   echo "$t postfix/qmgr[12]: $q: from=<a@far.example>, size=900, nrcpt=1 (queue active)"
      >   echo "$t postfix/virtual[13]: $q: to=<b@isp.test>, relay=virtual, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to maildir)"
      >   echo "$t postfix/qmgr[12]: $q: removed"
      > done >summer.log; mailtrace --store summer ingest --quiet summer.log
      $ v() { mailtrace --store summer report volume --tz Europe/Vienna --csv "$@" | cut -d, -f 1-3; }
      $ v --since 2026-03-27 --until 2026-03-31 --by day; v --since 2026-10-24 --until 2026-10-26 --by day
      what,start,messages
      2026-03-28,2026-03-28T00:00:00+01:00,1
      2026-03-29,2026-03-29T00:00:00+01:00,3
      2026-03-30,2026-03-30T00:00:00+02:00,1
      what,start,messages
      2026-10-25,2026-10-25T00:00:00+02:00,4
      2026-10-26,2026-10-26T00:00:00+01:00,1
      $ v --on 2026-10-25 --by hour
      what,start,messages
      2026-10-25 00:00,2026-10-25T00:00:00+02:00,1
      2026-10-25 02:00,2026-10-25T02:00:00+02:00,1
      2026-10-25 02:00,2026-10-25T02:00:00+01:00,1
      2026-10-25 23:00,2026-10-25T23:00:00+01:00,1
