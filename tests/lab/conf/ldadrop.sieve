if header :contains "subject" "drop" { discard; stop; }
if header :contains "subject" "send on" { redirect "thanks@other.test"; stop; }
