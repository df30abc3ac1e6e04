require ["copy"];
redirect :copy "thanks@other.test";
