/*
 * test_live_real.c: real mail servers on loopback, where they are installed:
 * Exim and Postfix are started with a configuration of our own, spoken to,
 * and stopped.  ($EXIM and $POSTFIX_SBIN name other places; Postfix need not
 * be installed: tests/live/postfix.sh.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "live/job.h"
#include "live/smtp.h"
#include "tests/live/fake_smtp.h"
#include "tests/live/folder.h"
#include "tests/live/lo.h"

static struct fake_ca ca;

static bool
listens(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 100; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int rc = connect(fd, (struct sockaddr *)&a, sizeof(a));

		close(fd);
		if (rc == 0)
			return true;
		usleep(50000);
	}
	return false;
}

/* Certificate and key for the server's name. */
static void
write_cert(const char *dir)
{
	EVP_PKEY *key = fake_key();
	X509 *x = fake_cert(key, "mx.shop.test", -86400, 86400 * 90, ca.cert,
	    ca.key, 0);
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tls.pem", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(f, x);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* One conversation about a domain; what RCPT said is in M11. */
static void
speak(int port, const char *domain, enum check_result m11,
    enum server_state state)
{
	struct dns_map map = { .from_any = true, .to_port = (uint16_t)port };
	struct live_conf c = live_conf_default();
	struct finding f;
	struct live *live;
	struct probe *p;
	struct smtp *s;
	struct job *j;
	struct err err;

	assert_true(ip_parse(STR("127.0.0.1"), &map.to));
	c.map = &map;
	c.nmap = 1;
	c.offline = true;
	c.test_world = true;
	c.helo = "out.isp.test";
	c.ca_file = ca.path;
	live = live_open(&c, &err);
	assert_non_null(live);
	j = live_add(live, str_c(domain), JOB_DOMAIN);
	j->route.nhost = 1;
	p = arena_new(&j->arena, struct probe);
	p->job = j;
	p->name = STR("mx.shop.test");
	assert_true(ip_parse(STR("192.0.2.40"), &p->ip));
	s = smtp_start(live, p);
	while (!p->done)
		loop_turn(live->loop, loop_now_us() + 1000000);
	for (int i = M01; i <= M14; i++) {
		f = (struct finding){ .check = &checks[i], .probe = p };
		checks[i].run(j, &f);
		if (i != M11 &&
		    (f.result == CHECK_FAIL || f.result == CHECK_WARN))
			fail_msg("%s %s: %.*s", domain, checks[i].id,
			    STR_ARG(f.say));
		if (i == M11 && f.result != m11)
			fail_msg("%s M11: %s, %.*s", domain,
			    check_result_name(f.result), STR_ARG(f.say));
	}
	assert_true(p->tls_ok);
	assert_true(p->cert.trusted && p->cert.name_fits);
	assert_int_equal(p->state, state);
	smtp_free(s);
	live_close(live);
}

static const char exim_conf[] =
    "primary_hostname = mx.shop.test\n"
    "exim_user = %s\nexim_group = %s\n"
    "spool_directory = %s\nlog_file_path = %s/%%slog\n"
    "local_interfaces = 127.0.0.1\ndaemon_smtp_ports = %d\n"
    "pid_file_path = %s/pid\nkeep_environment =\n"
    "host_lookup =\nrfc1413_query_timeout = 0s\n"
    "domainlist here = shop.test\n"
    "tls_advertise_hosts = *\n"
    "tls_certificate = %s/tls.pem\ntls_privatekey = %s/tls.pem\n"
    "acl_smtp_rcpt = rcpt\n"
    "begin acl\nrcpt:\n  accept domains = +here\n"
    "  deny message = relay not permitted\n"
    "begin routers\nhere:\n  driver = redirect\n  data = :blackhole:\n";

static void
exim(void **state)
{
	const char *bin = getenv("EXIM") ? getenv("EXIM") : "/usr/sbin/exim4";
	struct passwd *pw = getpwuid(getuid());
	char dir[] = "/tmp/mt-exim-XXXXXX", conf[64];
	int port, rc;
	pid_t pid;

	(void)state;
	if (!lo_there())
		skip();
	if (access(bin, X_OK) < 0) {
		fprintf(stderr, "skipped: exim4 is not installed\n");
		skip();
	}
	port = lo_free_port();
	if (getuid() == 0)
		pw = getpwnam("nobody");
	assert_non_null(mkdtemp(dir));
	write_cert(dir);
	folder_write(dir, "conf", exim_conf, pw->pw_name,
	    getuid() == 0 ? "nogroup" : "", dir, dir, port, dir, dir, dir);
	rc = chmod(dir, 0755);
	snprintf(conf, sizeof(conf), "%s/tls.pem", dir);
	rc |= chown(dir, pw->pw_uid, pw->pw_gid);
	rc |= chown(conf, pw->pw_uid, pw->pw_gid);
	snprintf(conf, sizeof(conf), "%s/conf", dir);
	assert_int_equal(rc, 0);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		execl(bin, "exim4", "-C", conf, "-bdf", (char *)NULL);
		_exit(127);
	}
	if (!listens(port))
		fail_msg("exim4 does not listen");
	speak(port, "shop.test", CHECK_PASS, SERVER_OK);
	speak(port, "far.test", CHECK_FAIL, SERVER_FAILED);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	assert_int_equal(folder_drop(dir), 0);
}

static const char postfix_main[] =
    "compatibility_level = 3.6\n"
    "queue_directory = %s/queue\ndata_directory = %s/data\n"
    "daemon_directory = %s\ncommand_directory = %s\n"
    "mail_owner = mail\nsetgid_group = uucp\n"
    "import_environment = MAIL_CONFIG LD_LIBRARY_PATH\n"
    "myhostname = mx.shop.test\nmydestination = shop.test\n"
    "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n"
    "local_recipient_maps =\nalias_maps =\nmynetworks = 192.0.2.1/32\n"
    "smtpd_recipient_restrictions = reject_unauth_destination\n"
    "smtpd_relay_restrictions = reject_unauth_destination\n"
    "smtpd_tls_security_level = may\n"
    "smtpd_tls_cert_file = %s/tls.pem\nsmtpd_tls_key_file = %s/tls.pem\n"
    "maillog_file = %s/log\nmaillog_file_prefixes = /tmp\n"
    "shlib_directory = %s\nsmtpd_peername_lookup = no\n";

static const char postfix_master[] =
    "127.0.0.1:%d inet n - n - - smtpd\n"
    "cleanup unix n - n - 0 cleanup\nrewrite unix - - n - - "
    "trivial-rewrite\nproxymap unix - - n - - proxymap\n"
    "tlsmgr unix - - n 1000? 1 tlsmgr\nanvil unix - - n - 1 anvil\n"
    "postlog unix-dgram n - n - 1 postlogd\n"
    "qmgr unix n - n 300 1 qmgr\ndiscard unix - - n - - discard\n";

static void
postfix_place(char *to, size_t size)
{
	const char *said = getenv("POSTFIX_SBIN");
	char cmd[300];
	FILE *f;

	snprintf(to, size, "%s", said ? said : "/nonexistent");
	snprintf(cmd, sizeof(cmd), "sh tests/live/postfix.sh '%s'",
	    getenv("BUILD") ? getenv("BUILD") : "build");
	f = said ? NULL : popen(cmd, "r");
	if (f && fgets(to, (int)size, f))
		to[strcspn(to, "\n")] = '\0';
	if (f)
		pclose(f);
}

static void
postfix(void **state)
{
	static const char *const sub[] = { "queue", "data", "queue/active",
		"queue/bounce", "queue/corrupt", "queue/defer",
		"queue/deferred", "queue/flush", "queue/hold", "queue/incoming",
		"queue/maildrop", "queue/pid", "queue/private", "queue/public",
		"queue/saved", "queue/trace" };
	char sbin[200], lib[210];
	char dir[] = "/tmp/mt-postfix-XXXXXX", path[256];
	int port;
	struct passwd *pw = getpwnam("mail");
	pid_t pid;

	(void)state;
	if (!lo_there())
		skip();
	postfix_place(sbin, sizeof(sbin));
	snprintf(lib, sizeof(lib), "%s/..", sbin);
	snprintf(path, sizeof(path), "%s/master", sbin);
	if (access(path, X_OK) < 0 || getuid() != 0) {
		fprintf(stderr, "skipped: postfix is not installed, or we "
				"are not root\n");
		skip();
	}
	port = lo_free_port();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	for (size_t i = 0; i < sizeof(sub) / sizeof(*sub); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, sub[i]);
		assert_int_equal(mkdir(path, 0755), 0);
		if (strcmp(sub[i], "queue") != 0 &&
		    strcmp(sub[i], "queue/pid") != 0)
			assert_int_equal(chown(path, pw->pw_uid, pw->pw_gid),
			    0);
	}
	write_cert(dir);
	folder_write(dir, "main.cf", postfix_main, dir, dir, sbin, sbin, dir,
	    dir, dir, lib);
	folder_write(dir, "master.cf", postfix_master, port);
	snprintf(path, sizeof(path), "%s/master", sbin);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		setenv("LD_LIBRARY_PATH", lib, 1);
		setsid();
		execl(path, "master", "-c", dir, "-d", (char *)NULL);
		_exit(127);
	}
	if (!listens(port)) {
		kill(pid, SIGTERM);
		fail_msg("postfix does not listen");
	}
	speak(port, "shop.test", CHECK_PASS, SERVER_OK);
	speak(port, "far.test", CHECK_FAIL, SERVER_FAILED);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	assert_int_equal(folder_drop(dir), 0);
}

static int
start(void **state)
{
	(void)state;
	fake_ca_make(&ca);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	fake_ca_drop(&ca);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(exim),
		cmocka_unit_test(postfix),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
