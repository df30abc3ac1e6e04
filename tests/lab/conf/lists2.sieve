require ["fileinto", "copy", "imap4flags"];
fileinto :copy "Lists";
fileinto "Archive";
