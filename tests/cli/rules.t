A file of rules that cannot be read as such: the line, and what is wrong with
it; nothing is classified with half a file.

      $ printf 'rule a.b\nclass virus\ntext zzzz\n' >bad.rules
      $ mailtrace rules check --rules bad.rules
      mailtrace: bad.rules:1: no test for rule 'a.b'
      [2]
      $ printf '# mine\nrule a.b\nclass viruses\n' >bad.rules
      $ mailtrace rules check --rules bad.rules
      mailtrace: bad.rules:3: no class is named 'viruses'
      [2]
      $ printf 'rule a.b\nclass virus\npattern a(b\ntest 550 ab\n' >bad.rules
      $ mailtrace rules check --rules bad.rules
      mailtrace: bad.rules:3: bad pattern 'a(b' at byte 3: missing closing parenthesis
      [2]
      $ mailtrace rules check --rules nowhere.rules
      mailtrace: cannot open 'nowhere.rules': No such file or directory
      [2]
      $ mailtrace rules
      mailtrace: what about the rules?; see 'mailtrace rules --help'
      [2]
      $ mailtrace rules destroy
      mailtrace: 'destroy' is not check, list, test, explain or stats; see 'mailtrace rules --help'
      [2]
      $ mailtrace rules explain
      mailtrace: no text was given; see 'mailtrace rules --help'
      [2]

A test that another rule decides, and a pattern that takes too long:

      $ printf 'rule a.b\nclass virus\ntier weak\ntext full\ntest 550 mailbox full\n' >bad.rules
      $ mailtrace rules check --rules bad.rules | head -n 1
      bad.rules:5: a.b: test is decided by general.mailbox-full (mailbox_full): 550 mailbox full
      $ printf 'rule a.b\nclass virus\npattern (?:a|aa)+[bc]\ntest 550 aaab\n' >slow.rules
      $ mailtrace rules check --rules slow.rules | grep -o 'slow pattern: [0-9]* us.*' | tr -d 0-9
      slow pattern:  us, ran into a limit

The words of a reply, hostile ones among them:

      $ mailtrace rules test '550 5.1.1 no such user' "$(printf '552 \033[31mmailbox full\033[0m')"
      user_unknown         2  general.user-unknown             builtin
      mailbox_full         2  general.mailbox-full             builtin
      $ mailtrace rules explain "$(printf '552 \033[31mmailbox full')" | sed -n 1,2p
      text         552 ?[31mmailbox full
      reply        552 ?[31mmailbox full

What was learnt from the laboratory's logs:

      $ mailtrace rules stats --limit 3
      replies by rule, of 3 238
           1712   52.9 %  connection_failed    postfix.connect
            312    9.6 %  greylisted           general.greylisted
            300    9.3 %  server_error         general.server-error

      the most frequent that only a code or weak words decided, or nothing:
      $ mailtrace rules stats --since 2026-01-01T16:00 --limit 1
      replies by rule, of 1
              1  100.0 %  relay_denied         general.relay

      the most frequent that only a code or weak words decided, or nothing:
      $ mailtrace rules stats --tz Asia/Tokyo --since 2026-01-01 --limit 1 >a; mailtrace rules stats --since 2026-01-01 --tz Asia/Tokyo --limit 1 | cmp - a
      $ mailtrace rules stats --since 2030-01-01
      no refusal and no failure of that time
      [1]
