require ["enotify", "fileinto", "mailbox"];
notify :message "there is mail" "mailto:bob@isp.test";
fileinto :create "Made";
