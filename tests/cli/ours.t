Who must act, when one of our own hosts refused it: we, and what a frozen mail
of Exim's waits for.

      $ cat >conf <<'EOF'
      > [ours]
      > networks = 10.1.0.0/16
      > hosts = mx.isp.example, out.isp.example
      > EOF
      $ export MAILTRACE_CONFIG=$PWD/conf MAILTRACE_STORE=$PWD/store
      $ cat >mail.log <<'EOF'
      > 2025-03-03T08:00:00.000000+00:00 mx postfix/qmgr[2]: 4AA1B2C0DD1: from=<anna@isp.example>, size=900, nrcpt=2 (queue active)
      > 2025-03-03T08:00:01.000000+00:00 mx postfix/smtp[14]: 4AA1B2C0DD1: to=<ben@far.example>, relay=10.1.0.4[10.1.0.4]:25, delay=1, delays=1/0/0/0, dsn=5.4.0, status=bounced (host 10.1.0.4[10.1.0.4] said: 554 5.4.0 Error: too many hops (in reply to end of DATA command))
      > 2025-03-03T08:00:01.000000+00:00 mx postfix/smtp[14]: 4AA1B2C0DD1: to=<cleo@far.example>, relay=10.1.0.4[10.1.0.4]:25, delay=1, delays=1/0/0/0, dsn=4.3.0, status=deferred (host 10.1.0.4[10.1.0.4] said: 451 4.3.0 Temporary lookup failure (in reply to RCPT TO command))
      > EOF
      $ cat >mainlog <<'EOF'
      > 2025-03-03 09:00:00 1u2Bab-000Aaa-01 <= anna@isp.example H=desk.isp.example [10.1.9.9] P=esmtp S=900 id=c@isp.example for dora@self.example
      > 2025-03-03 09:00:01 1u2Bab-000Aaa-01 == dora@self.example R=itself defer (-1): remote host address is the local host
      > 2025-03-03 09:00:01 1u2Bab-000Aaa-01 Frozen
      > EOF
      $ mailtrace ingest --quiet --timezone UTC --host mx.isp.example mail.log mainlog
      $ mailtrace to=ben@far.example,cleo@far.example --tz UTC | sed -n '/^  It/,/^$/p'
        It was given up: the message went in a circle; 10.1.0.4 said "554 5.4.0
        Error: too many hops".
        We must act: read the Received chain for the pair of hosts that repeats, and
        remove that forwarding or mend the MX or transport.

        It waits in the queue for the next attempt: the mail system itself failed;
        10.1.0.4 said "451 4.3.0 Temporary lookup failure".
        We must act: 10.1.0.4 is ours: look into its own log of that moment.
        Next attempt by 2025-03-03 09:11.
      $ mailtrace to=dora@self.example --tz UTC | sed -n '/^  It/,/^$/p'
        It is on hold at mx.isp.example (remote host address is the local host).
        We must act: an administrator releases or deletes it (Exim: exim -Mt
        1u2Bab-000Aaa-01).
