What is asked for, and what is said when it cannot be understood: one line on
standard error, exit status 2.

      $ mailtrace from=nobody@nowhere.example
      nothing found
        nothing at all from the domain nowhere.example
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      [1]
      $ mailtrace trace
      mailtrace: nothing was asked for; see 'mailtrace trace --help'
      [2]
      $ mailtrace foo=bar
      mailtrace: unknown key 'foo'; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace from=
      mailtrace: 'from' needs a value (from=<> is the null sender); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace subject~'(' --store /nonexistent
      mailtrace: subject: bad pattern '(' at byte 1: missing closing parenthesis; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace size=big
      mailtrace: 'big' is no size (100k, 2M); 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace state=gone
      mailtrace: 'gone' is no state; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace since=tomorrowish to=a@b.example
      mailtrace: cannot read the time 'tomorrowish': try 2026-11-20, '2026-11-20 14:05', 14:05, yesterday, -2h or 7d; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace --limt 3 to=a@b.example
      mailtrace: unknown option '--limt': did you mean '--limit'?; see 'mailtrace trace --help'
      [2]
      $ mailtrace --limit 0 to=a@b.example
      mailtrace: bad --limit '0': a number from 1 to 1000000 is meant; see 'mailtrace trace --help'
      [2]
      $ mailtrace --limit
      mailtrace: option '--limit': its value (N) is missing; see 'mailtrace trace --help'
      [2]
      $ mailtrace --json=yes to=a@b.example
      mailtrace: option '--json=yes': it takes no value; see 'mailtrace trace --help'
      [2]
      $ mailtrace -z to=a@b.example
      mailtrace: unknown option '-z': 'mailtrace trace' has no such option; see 'mailtrace trace --help'
      [2]
      $ mailtrace --tz Mars/Olympus to=a@b.example
      mailtrace: bad --tz 'Mars/Olympus': a name such as Europe/Vienna or UTC is meant; see 'mailtrace trace --help'
      [2]
      $ for v in 'ndr --text x' check 'rules stats' reclassify report sql; do mailtrace $v --tz Mars/Olympus; done 2>&1 | grep -c "^mailtrace: bad --tz"
      6
      $ mailtrace --color perhaps to=a@b.example
      mailtrace: bad --color 'perhaps': auto, always or never is meant; see 'mailtrace trace --help'
      [2]
      $ mailtrace --wait soon to=a@b.example
      mailtrace: bad --wait 'soon': a time such as 30s, 5m or 1h is meant; see 'mailtrace trace --help'
      [2]
      $ mailtrace ingset /var/log/mail.log
      mailtrace: 'ingset' is no verb: did you mean 'ingest'?; 'mailtrace help terms' lists what can be asked for
      [2]
      $ mailtrace since=2026-01-02 until=2026-01-01 --tz UTC
      nothing found
        the time asked for ends before it begins
        searched: 50 878 lines of 8 hosts, 2026-01-02 00:00 to 2026-01-01 16:37
      [1]
      $ mailtrace status --since 2026-01-02 --until 2026-01-01
      mailtrace: the period ends before it begins; see 'mailtrace status --help'
      [2]
      $ mailtrace stauts
      nothing found
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      mailtrace: 'stauts' was looked for; the verb is 'status'
      [1]
      $ mailtrace help nothing
      mailtrace: no help about 'nothing': it is no verb; 'mailtrace help' lists them
      [2]
      $ mailtrace prune
      mailtrace: how long to keep is not said; use --older 90d, or set retention in [store]
      [2]
      $ mailtrace prune --older 90
      mailtrace: bad --older '90': a time such as 90d or 12w is meant; see 'mailtrace prune --help'
      [2]
      $ mailtrace verify everything
      mailtrace: 'everything': verify takes no operand; see 'mailtrace verify --help'
      [2]
      $ mailtrace - </dev/null
      mailtrace: standard input is empty: a reply, a Received line or a bounce is meant; 'mailtrace help terms' lists what can be asked for
      [2]

Options stand anywhere, long and short, with and without '='.

      $ mailtrace -n 1 --to=@greylist.test --csv --tz UTC --quiet | sed 1q
      time,state,group,class,from,to,original_to,subject,message_id,size_bytes,first_seen,last_seen,entry_host,client_name,client_ip,user,stopped_host,stopped_qid,remote_name,remote_ip,remote_qid,code,dsn,reply,attempts,block_ip,block_list,who_acts,why,next,path
      $ mailtrace -n1 -t @greylist.test --csv --tz=UTC --quiet | wc -l
      3
      $ mailtrace --limit=2 trace --to @greylist.test --jsonl --quiet | wc -l
      3
      $ mailtrace --store "$MAILTRACE_STORE" trace -n1 -- to=@greylist.test --jsonl
      nothing found
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      [1]
      $ mailtrace --version
      mailtrace 0.1.0
