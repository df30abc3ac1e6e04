require ["fileinto", "vacation"];
if header :contains "subject" "for the bin" { discard; stop; }
if header :contains "subject" "for a folder" { fileinto "Lists"; stop; }
if header :contains "subject" "on holiday" { vacation "I am away"; }
