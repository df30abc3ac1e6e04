Help comes out of the tables of verbs, options and terms.

      $ mailtrace --help | sed -n 1,3p
      mailtrace tells what happened to a mail, from the logs of your mail servers.

      Usage: mailtrace TERM...      what became of these messages?
      $ mailtrace | sed 1q
      mailtrace tells what happened to a mail, from the logs of your mail servers.
      $ mailtrace --help >/dev/null
      $ mailtrace >/dev/null
      [2]
      $ mailtrace prune --help
      Usage: mailtrace prune [--older AGE]

      Drop the days that are older than the retention.

      Options:
            --older AGE           drop days older than that (90d, 12w); default:
                                  [store] retention
            --quiet               no progress and no remarks
            --store PATH          the store (else $MAILTRACE_STORE, the
                                  configuration, the default place)
            --config FILE         the configuration (else $MAILTRACE_CONFIG,
                                  /etc/mailtrace/mailtrace.conf)
            --color WHEN          auto, always or never
            --no-pager            never show the result in a pager
        -h, --help                say how this verb is used
      $ mailtrace help prune --json
      mailtrace: unknown option '--json': 'mailtrace help' has no such option; see 'mailtrace help --help'
      [2]
      $ for v in $(mailtrace help --list | cut -d' ' -f1); do mailtrace $v --help | sed 1q; done | grep -vc '^Usage: mailtrace [a-z]* '
      0
      [1]
      $ mailtrace help terms | grep -c '^  [a-z]'
      23

It is as wide as the terminal.

      $ COLUMNS=60 mailtrace trace --help | awk 'length > 60 && /^  /'

The completion is shell, and knows verbs, options and terms.

      $ mailtrace help --completion >complete
      $ bash -c '. ./complete; COMP_WORDS=(mailtrace ingest --ti); COMP_CWORD=2; _mailtrace; echo "${COMPREPLY[@]}"'
      --timezone
      $ bash -c '. ./complete; COMP_WORDS=(mailtrace sub); COMP_CWORD=1; _mailtrace 2>/dev/null; echo "${COMPREPLY[@]}"'
      subject=
      $ bash -c '. ./complete; COMP_WORDS=(mailtrace ver); COMP_CWORD=1; _mailtrace; echo "${COMPREPLY[@]}"'
      verify
