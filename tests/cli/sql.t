The store in SQL (docs/STORE.md has more). A table, JSON, JSON lines, CSV.

      $ mailtrace sql "select qid, recipient, state from delivery where recipient = 'Paul.Engel@fullcloud.test' and state is not null"
      qid          recipient                  state
      72CD6B02B80  paul.engel@fullcloud.test  bounced
      $ mailtrace sql "select state, time, epoch, block_ip from delivery where recipient = 'paul.engel@fullcloud.test' and state is not null" --json --tz UTC
      {
        "schema": "mailtrace.sql/1",
        "columns": [
          "state",
          "time",
          "epoch",
          "block_ip"
        ],
        "rows": [
          {
            "state": "bounced",
            "time": "2025-12-31 12:57:29",
            "epoch": 1767185849.0,
            "block_ip": null
          }
        ],
        "truncated": false
      }
      $ mailtrace sql "select 1 as a, 2 as a, 'x' as b, null as c, 2.5" --jsonl
      {"a":1,"a:1":2,"b":"x","c":null,"2.5":2.5}
      $ mailtrace sql "select 1 as a union select 2 union select 3" -n 2 --jsonl
      {"a":1}
      {"a":2}
      {"truncated":true,"limit":2}
      mailtrace: only 2 rows are shown: --limit shows more
      $ mailtrace sql "select -1 as n, '=cmd()' as f, 'a,b' as t, null as z" --csv
      n,f,t,z
      -1,"'=cmd()","a,b",
      $ echo "select count(*) as messages from message where message_id = '92007a39-3a4f-6edb-2cc8-4943b3b2fb80@isp.test'" | mailtrace sql -
      messages
             1

What nobody matches, and a result that is cut.

      $ mailtrace sql "select * from hop where qid = 'NOSUCHID'"
      nothing found
      [1]
      $ mailtrace sql "select host from hop where time >= '2026-01-01 15' group by 1 order by 1" -n 2
      host
      filter.isp.test
      mbox.isp.test
      mailtrace: only 2 rows are shown: --limit shows more
      $ mailtrace sql "select host from hop where time >= '2026-01-01 15' group by 1 order by 1" -n 2 --csv
      host
      filter.isp.test
      mbox.isp.test
      # cut by --limit 2: there are more
      mailtrace: only 2 rows are shown: --limit shows more

Times are those of --tz, also where they are compared.

      $ mailtrace sql "select min(time) from hop" --tz Europe/Vienna
      min(time)
      2025-12-29 06:01:00
      $ mailtrace sql "select count(*) from hop where time < '2025-12-29 06:03:00'" --tz Europe/Vienna
      count(*)
            18
      $ mailtrace sql "select count(*) from hop where time < '2025-12-29 05:03:00'" --tz UTC
      count(*)
            18

Escape sequences of others steer nothing.

      $ mailtrace sql "select char(27) || '[31mred' as x"
      x
      \x1b[31mred
      $ mailtrace sql "select char(27) || '[31mred' as x" --csv | od -An -c | tr -d ' '
      x\n[31mred\n

Nothing is written, nothing else is opened.

      $ mailtrace sql "delete from hop"
      mailtrace: table hop may not be modified; 'mailtrace sql --help' lists the tables
      [2]
      $ mailtrace sql "attach '/etc/passwd' as x"
      mailtrace: ATTACH is not allowed: the store is only read, by one SELECT; 'mailtrace sql --help' lists the tables
      [2]
      $ mailtrace sql "pragma table_info(hop)"
      mailtrace: PRAGMA is not allowed: the store is only read, by one SELECT; 'mailtrace sql --help' lists the tables
      [2]
      $ mailtrace sql "select 1; select 2"
      mailtrace: one statement at a time; 'mailtrace sql --help' lists the tables
      [2]
      $ mailtrace sql "create table x(a)"
      mailtrace: a statement that changes something is not allowed: the store is only read, by one SELECT; 'mailtrace sql --help' lists the tables
      [2]
      $ mailtrace sql
      mailtrace: a query is meant, such as 'select state, count(*) from delivery group by 1'; see 'mailtrace sql --help'
      [2]
      $ mailtrace sql "select 1" "select 2"
      mailtrace: one query is meant: put it into quotes; see 'mailtrace sql --help'
      [2]
      $ mailtrace sql "select 1" --limit none
      mailtrace: 'none': a number from 1 to 2147483647 is meant; see 'mailtrace sql --help'
      [2]
      $ mailtrace sql "select 1" --timeout soon
      mailtrace: bad --timeout 'soon': a time such as 30s is meant; see 'mailtrace sql --help'
      [2]
      $ mailtrace sql "select 1" --memory 0
      mailtrace: '0': a number from 1 to 1048576 is meant; see 'mailtrace sql --help'
      [2]
      $ mailtrace --store nowhere sql "select 1 from hop"
      mailtrace: there is no store at 'nowhere'; read logs into it first: mailtrace ingest /var/log/mail.log
      [2]
      $ mailtrace sql --timeout 1s "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
      mailtrace: the query took more than 1 s; 'mailtrace sql --help' lists the tables
      [2]

Exim writes a refusal to its main log and to its reject log: one row.

      $ mkdir box
      $ echo '2025-11-21 12:05:01.000 [540] H=(desk.far.example) [192.0.2.9]:51632 F=<x8@far.example> rejected RCPT <gone@isp.example>: no such user' | tee box/mainlog >box/rejectlog
      $ mailtrace ingest --quiet --store twice --host box.isp.example box
      $ mailtrace sql --store twice "select count(*) as refusals from refusal" --csv
      refusals
      1

An address of any length is found by its domain.

      $ long=$(yes y | head -n 1500 | tr -d '\n')
      $ { echo "2026-03-02T08:00:01.000000+00:00 mx postfix/qmgr[12]: 4AB0C1: from=<$long@long.example>, size=900, nrcpt=1 (queue active)"
      >   echo "2026-03-02T08:00:02.000000+00:00 mx postfix/smtp[13]: 4AB0C1: to=<$long@far.example>, relay=mx.far.example[192.0.2.200]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK)"
      >   echo "2026-03-02T08:00:02.000000+00:00 mx postfix/qmgr[12]: 4AB0C1: removed"; } >long.log
      $ mailtrace --store long ingest --quiet long.log
      $ for t in from=@long.example to=@far.example from=$long@long.example; do mailtrace --store long $t --jsonl | wc -l; done
      1
      1
      1
