redirect "other@remote.test";
