require ["reject"];
reject "I do not want this";
