A mistake in the configuration is an error that names file and line.

      $ printf '[ours]\nhosts = mx1.isp.test\n\n[store]\nretain = 90d\n' >bad.conf
      $ mailtrace --config bad.conf to=a@b.example
      mailtrace: bad.conf:5: unknown key 'retain' in [store]; mend it, or name another with --config FILE
      [2]
      $ printf '[ours]\nnetworks = 10.0.0.0/33\n' >bad.conf
      $ MAILTRACE_CONFIG=bad.conf mailtrace status
      mailtrace: bad.conf:2: 'networks': '10.0.0.0/33' is not a network such as 192.0.2.0/24; mend it, or name another with --config FILE
      [2]
      $ mailtrace --config=nowhere.conf status
      mailtrace: cannot read the configuration 'nowhere.conf': No such file or directory; mend it, or name another with --config FILE
      [2]
      $ printf '[ours]\nhosts\n' >bad.conf
      $ mailtrace --config bad.conf status
      mailtrace: bad.conf:2: neither '[section]' nor 'key = value'; mend it, or name another with --config FILE
      [2]

Help needs none.

      $ MAILTRACE_CONFIG=bad.conf mailtrace help prune | sed 1q
      Usage: mailtrace prune [--older AGE]

The example is accepted, and all it holds too.

      $ mailtrace --config "$ROOT/docs/mailtrace.conf.example" from=nobody@nowhere.example
      nothing found
        nothing at all from the domain nowhere.example
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      [1]
      $ sed 's/^#\([a-z_]* = \)/\1/; /^rules = /d; /^axigen_patterns = /d' "$ROOT/docs/mailtrace.conf.example" >all.conf
      $ mailtrace --config all.conf from=nobody@nowhere.example
      nothing found
        nothing at all from the domain nowhere.example
        searched: 50 878 lines of 8 hosts, 2025-12-29 04:39 to 2026-01-01 16:37
      [1]

Rules of one's own that are not there are an error.

      $ printf '[ndr]\nrules = /nonexistent/my.rules\n' >rules.conf
      $ mailtrace --config rules.conf from=nobody@nowhere.example
      mailtrace: cannot open '/nonexistent/my.rules': No such file or directory
      [2]

Patterns of one's own for Axigen are asked first; a wrong row is an error.

      $ printf 'O SMTP-OUT delivery sent id=queue Relayed <{to}> to {relay_name}[{relay_ip:ip}]: {reply}\n' >my.patterns
      $ printf '[ours]\ndomains = isp.example\n[ingest]\naxigen_patterns = %s/my.patterns\n' "$PWD" >ax.conf
      $ cat >ax.log <<'END'
      > 2026-01-05 10:00:05 +0100 08 mx PROCESSING:002C2605: Set recipient <ann@remote.example> state to RECEIVED
      > 2026-01-05 10:00:05 +0100 08 mx SMTP-IN:0000001B: New mail <m1@isp.example> received from desk (192.0.2.20) with envelope from <bob@isp.example>, recipients=1 (ann@remote.example), size=2210, enqueued with id 2C2605
      > 2026-01-05 10:00:06 +0100 08 mx SMTP-OUT:002C2605: Relayed <ann@remote.example> to mx.remote.example[192.0.2.9]: 250 2.0.0 queued
      > END
      $ mailtrace --config ax.conf ingest ax.log --store ax.store --quiet
      $ mailtrace --config ax.conf --store ax.store qid=2C2605 --tz UTC | sed -n '1,2p'
      ✓ LEFT to mx.remote.example [192.0.2.9]
        It left us: mx.remote.example [192.0.2.9] accepted it.
      $ printf 'O SMTP-OUT delivered sent - Relayed\n' >my.patterns
      $ mailtrace --config ax.conf status 2>&1 | sed "s,$PWD/,,"
      mailtrace: ax.conf: 'axigen_patterns': my.patterns:1: unknown event 'delivered'; mend it, or name another with --config FILE
