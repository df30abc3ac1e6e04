require ["copy"];
redirect "thanks@other.test";
redirect "friend@remote.test";
