What other rules would say of what is stored; the version of the rules is left
out here, it changes with each of them.

      $ cp -r "$MAILTRACE_STORE" copy
      $ cat >mine.rules <<'EOF'
      > rule my.greylist
      > class server_error
      > text greylisting
      > test 450 greylisting in action
      > EOF
      $ mailtrace reclassify | sed 's/rules .*/rules V/'
      3 238 refusals and failures, 0 of them differ under the rules V
      $ mailtrace reclassify --store copy --rules mine.rules | sed 's/rules .*/rules V/'
      3 238 refusals and failures, 14 of them differ under the rules V
             14  greylisted -> server_error  (general.greylisted -> my.greylist)
                 host mail.remote-exim.test[198.51.100.20] said: 451 4.7.1 Greylisting in action, please come back later (in reply to RCPT TO command)
      nothing was written; --write does
      $ mailtrace reclassify --store copy --rules mine.rules --quiet
      [1]
      $ mailtrace reclassify --store copy --rules mine.rules --write | tail -n 1
      14 changed in 4 day files
      $ mailtrace reclassify --store copy --rules mine.rules | sed 's/rules .*/rules V/'
      3 238 refusals and failures, 0 of them differ under the rules V
      $ mailtrace verify --store copy
      sound: 9 111 records, 34 845 events, 4 days

Back again, first a part; what is asked does not change by it:

      $ mailtrace reclassify --store copy --tz Asia/Tokyo --since 2026-01-01 >a; mailtrace reclassify --store copy --since 2026-01-01 --tz Asia/Tokyo | cmp - a
      $ mailtrace reclassify --store copy --since 2025-12-31 --write | tail -n 1
      7 changed in 2 day files
      $ mailtrace reclassify --store copy --write | tail -n 1
      7 changed in 2 day files
      $ mailtrace reclassify --store copy --quiet
      $ mailtrace class=greylisted --json --limit 20 >a
      $ mailtrace class=greylisted --json --limit 20 --store copy >b
      $ cmp a b
      $ mailtrace reclassify --store nowhere
      mailtrace: there is no store at 'nowhere'
      [2]
      $ mailtrace reclassify now
      mailtrace: 'now': reclassify takes no operand; see 'mailtrace reclassify --help'
      [2]
