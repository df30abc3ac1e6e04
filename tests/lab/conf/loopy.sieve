redirect "loopy@isp.test";
