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
      $ sed 's/^#\([a-z_]* = \)/\1/; /^rules = /d' "$ROOT/docs/mailtrace.conf.example" >all.conf
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
