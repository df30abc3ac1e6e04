require ["fileinto"];
fileinto "
