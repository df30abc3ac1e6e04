require ["fileinto"];
fileinto "INBOX.Not/../../Allowed";
