/*
 * cmd_check.c: `mailtrace check`: live checks of domains, addresses and our
 * own IPs: DNS by default, mail servers with --smtp, registries with
 * --registration.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/check.h"
#include "cli/wait.h"
#include "query/seen.h"
#include "base/banned.h"

enum {
	OPT_SMTP = ARG_FIRST,
	OPT_REGISTRATION,
	OPT_RESOLVER,
	OPT_TIMEOUT,
	OPT_FROM_IP,
	OPT_HELO,
	OPT_SELECTOR,
	OPT_LIST,
	OPT_OURS,
	OPT_DIFF,
	OPT_ASK_RECIPIENT,
	OPT_RELAY_TEST,
	OPT_CATALOGUE,
};

static const struct opt options[] = {
	{ "smtp", 0, NULL,
	    "speak to every mail server too, up to RCPT; "
	    "nothing is sent",
	    OPT_SMTP },
	{ "registration", 0, NULL, "ask the registry (RDAP) too",
	    OPT_REGISTRATION },
	{ "list", 0, "FILE",
	    "targets from a file, one a line, or a page "
	    "with mailto: links; - is standard input",
	    OPT_LIST },
	{ "ours", 0, NULL,
	    "all that the configuration names: domains, hosts, sending "
	    "addresses, services",
	    OPT_OURS },
	{ "diff", 0, NULL,
	    "only what changed since the last run; silent when nothing did",
	    OPT_DIFF },
	{ "resolver", 0, "ADDRESS", "ask this resolver (ADDRESS@PORT)",
	    OPT_RESOLVER },
	{ "timeout", 0, "TIME",
	    "wait at most that long for each answer of a "
	    "server",
	    OPT_TIMEOUT },
	{ "from-ip", 0, "ADDRESS", "connect from this address of ours",
	    OPT_FROM_IP },
	{ "helo", 0, "NAME", "greet with this name", OPT_HELO },
	{ "selector", 0, "NAME", "look at this DKIM key too", OPT_SELECTOR },
	{ "ask-recipient", 0, NULL,
	    "name the very address to its server, not "
	    "only postmaster",
	    OPT_ASK_RECIPIENT },
	{ "relay-test", 0, NULL,
	    "with --smtp: are servers of ours open "
	    "relays?",
	    OPT_RELAY_TEST },
	{ "catalogue", 0, NULL, "list all checks", OPT_CATALOGUE }, { 0 }
};

struct said {
	const char *resolver[8], *selector[16];
	size_t nresolver, nselector;
	bool ours, catalogue;
};

static int
read_timeout(struct check_run *run, const char *v, struct err *err)
{
	struct live_limits *l = &run->conf.limits;
	int64_t us;

	if (!duration_us(v, &us) || us < 1000)
		return err_set(err,
		    "bad --timeout '%s': a time such as 5s "
		    "is meant",
		    v);
	if (us < l->connect_us)
		l->connect_us = us;
	if (us < l->greeting_us)
		l->greeting_us = us;
	if (us < l->reply_us)
		l->reply_us = us;
	if (us < l->tls_us)
		l->tls_us = us;
	if (us < l->dns_query_us)
		l->dns_query_us = us;
	if (us < l->https_us)
		l->https_us = l->rdap_us = us;
	return 0;
}

static bool
is_file(const char *s)
{
	struct stat st;

	return strchr(s, '/') && stat(s, &st) == 0 && S_ISREG(st.st_mode);
}

static int
operand(struct check_run *run, const char *v, struct err *err)
{
	if (strcmp(v, "-") == 0 || is_file(v))
		return check_read_list(run, v, err);
	check_add(run, str_c(v), JOB_GUESS);
	return 0;
}

static int
one_option(struct check_run *run, struct said *said, int c, const char *v,
    struct err *err)
{
	struct live_conf *conf = &run->conf;
	char text[64];
	struct ip ip;

	switch (c) {
	case ARG_OPERAND:
		return operand(run, v, err);
	case OPT_LIST:
		return check_read_list(run, v, err);
	case OPT_SMTP:
		conf->smtp = true;
		return 0;
	case OPT_REGISTRATION:
		conf->registration = true;
		return 0;
	case OPT_OURS:
		said->ours = true;
		return 0;
	case OPT_DIFF:
		run->diff = true;
		return 0;
	case OPT_RESOLVER:
		if (!resolver_text(str_c(v), text, sizeof(text)))
			return err_set(err,
			    "bad --resolver '%s': an IP address, or "
			    "address@port, is meant",
			    v);
		if (said->nresolver < 8)
			said->resolver[said->nresolver++] =
			    arena_cstr(&run->arena, str_c(text));
		return 0;
	case OPT_SELECTOR:
		if (said->nselector < 16)
			said->selector[said->nselector++] = v;
		return 0;
	case OPT_TIMEOUT:
		return read_timeout(run, v, err);
	case OPT_FROM_IP:
		if (!ip_parse(str_c(v), &ip))
			return err_set(err,
			    "bad --from-ip '%s': an IP "
			    "address is meant",
			    v);
		conf->from_ip = v;
		return 0;
	case OPT_HELO:
		conf->helo = v;
		conf->helo_guessed = false;
		return 0;
	case OPT_ASK_RECIPIENT:
		conf->recipient_allowed = true;
		return 0;
	case OPT_RELAY_TEST:
		conf->relay_test = true;
		return 0;
	case OPT_CATALOGUE:
		said->catalogue = true;
		return 0;
	}
	return 0;
}

static int
catalogue(struct env *env)
{
	struct buf b = BUF_INIT(1 << 20);
	int rc;

	for (int i = 0; i < CHECK_COUNT; i++)
		buf_printf(&b, "%s  %-5s %s %s\n", checks[i].id,
		    severity_name(checks[i].severity), checks[i].link,
		    checks[i].title);
	rc = env_print(env, &b);
	buf_release(&b);
	return rc;
}

int
check_job_status(const struct job *j)
{
	switch (j->rating.word) {
	case RATING_SATISFACTORY:
		return 0;
	case RATING_IMPAIRED:
		return 3;
	case RATING_NOT_TESTABLE:
		return 2;
	default:
		return 4;
	}
}

int
check_status(const struct check_run *run)
{
	static const int rank[] = { 0, 0, 1, 2, 3 };
	int worst = 0;

	for (size_t i = 0; i < run->ntarget; i++) {
		int s = check_job_status(run->target[i].job);

		if (rank[s] > rank[worst])
			worst = s;
	}
	return worst;
}

/* The file of kept results, beside the store; NULL: there is no place. */
static const char *
kept_file(struct check_run *run)
{
	struct str store = str_c(env_store(run->env)), dir;
	ptrdiff_t slash;

	while (store.n > 1 && store.p[store.n - 1] == '/')
		store.n--;
	slash = str_rchr(store, '/');
	dir = slash < 0	 ? STR(".") :
	      slash == 0 ? STR("/") :
			   str_head(store, (size_t)slash);
	if (access(arena_cstr(&run->arena, dir), W_OK) < 0)
		return NULL;
	return arena_printf(&run->arena, STR_FMT ".checks", STR_ARG(store)).p;
}

/* Who had a recipient named to somebody else's server, and when. */
static int
note_asked(struct check_run *run, const char *kept, struct err *err)
{
	struct str path = arena_printf(&run->arena, "%s.asked", kept);
	int fd =
	    open(path.p, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, KEEP_MODE);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "a");

	if (!f)
		return err_set(err, "cannot write '%s': %s", path.p,
		    strerror(errno));
	for (size_t i = 0; i < run->ntarget; i++) {
		const struct job *j = run->target[i].job;

		if (j->kind == JOB_ADDRESS && j->nprobe)
			fprintf(f, "%lld uid %u " STR_FMT "\n",
			    (long long)time(NULL), (unsigned)getuid(),
			    STR_ARG(j->address.normal));
	}
	return fclose(f) == 0 ? 0 :
				err_set(err, "cannot write '%s': %s", path.p,
				    strerror(errno));
}

static bool
none_tested(const struct check_run *run)
{
	for (size_t i = 0; i < run->ntarget; i++)
		if (run->target[i].job->rating.word != RATING_NOT_TESTABLE)
			return false;
	return true;
}

static int
work(struct check_run *run)
{
	const char *path = kept_file(run);
	struct env *env = run->env;
	struct buf out = BUF_INIT(256u << 20);
	struct err err = { "" };
	int rc;

	if (!path && run->diff) {
		err_set(&err,
		    "cannot keep results beside the store '%s': no such "
		    "folder, or it cannot be written",
		    env_store(env));
		return cmd_fail(env, &err, "name another with --store PATH");
	}
	if (path && keep_read(&run->kept, path, &err) < 0)
		cmd_note(env, "%s", err.msg);
	run->conf.kept = &run->kept;
	run->live = live_open(&run->conf, &err);
	if (!run->live) {
		rc = cmd_fail(env, &err, NULL);
		goto out;
	}
	for (size_t i = 0; i < run->ntarget; i++) {
		run->target[i].job = live_add(run->live, run->target[i].text,
		    run->target[i].kind);
		if (!run->target[i].job) {
			err_set(&err, "too many targets");
			rc = cmd_fail(env, &err, NULL);
			goto out;
		}
		if (run->target[i].broken_link)
			live_broken_link(run->target[i].job);
	}
	if (check_logs(env, &run->arena, run->live, SEEN_WAY | SEEN_KEY, &err) <
	    0)
		cmd_note(env, "the logs are left out: %s", err.msg);
	live_run(run->live);
	if (env->format == FMT_JSON)
		check_json(run, &out);
	else if (env->format == FMT_CSV)
		check_csv(run, &out);
	else if (env->format == FMT_HTML)
		check_html(run, &out);
	else
		check_text(run, &out);
	rc = env_print(env, &out);
	if (path && !run->conf.offline) {
		if (keep_update(path, run->live, time(NULL), &err) < 0)
			cmd_note(env, "%s", err.msg);
		if (run->conf.recipient_allowed &&
		    note_asked(run, path, &err) < 0)
			cmd_note(env, "%s", err.msg);
	}
	if (!rc)
		rc = check_status(run);
	if (run->diff && rc == 2 && none_tested(run))
		cmd_note(env, "nothing could be tested: no resolver answers");
out:
	live_close(run->live);
	buf_release(&out);
	return rc;
}

static int
run(int argc, char **argv, struct env *env)
{
	struct check_run all = { .env = env }, *r = &all;
	struct said said = { .ours = false };
	struct args a;
	struct err err = { "" };
	int c, rc;

	args_init(&a, argc, argv, env);
	if (check_conf(env, &r->arena, &r->conf, &err) < 0) {
		rc = cmd_fail(env, &err, "see [checks] in the configuration");
		goto out;
	}
	while ((c = args_next(&a)) > 0)
		if (one_option(r, &said, c, a.value, &a.err) < 0)
			break;
	if (c != 0) {
		rc = c < 0 ? cmd_usage(env, &a.err) :
			     cmd_fail(env, &a.err, NULL);
		goto out;
	}
	if (said.catalogue) {
		rc = catalogue(env);
		goto out;
	}
	r->conf.offline = env->offline;
	if (said.nresolver)
		r->conf.resolvers =
		    (struct strs){ said.resolver, said.nresolver };
	if (said.nselector)
		r->conf.selectors =
		    (struct strs){ said.selector, said.nselector };
	check_laboratory(env, &r->arena, &r->conf);
	if (said.ours) {
		check_add_ours(r);
	} else {
		r->conf.services = (struct strs){ NULL, 0 };
	}
	if (!r->ntarget) {
		err_set(&err,
		    said.ours ?
			"nothing of ours is configured" :
			"check what? a domain, an address or an IP is meant");
		rc = cmd_usage(env, &err);
		goto out;
	}
	if (r->left_out)
		cmd_note(env, "%zu targets more than %d are left out",
		    r->left_out, CHECK_MAX_TARGETS);
	rc = work(r);
out:
	keep_release(&r->kept);
	arena_release(&r->arena);
	return rc;
}

const struct cmd cmd_check = {
	.name = "check",
	.about = "ask the network now: domains, addresses, our own IPs",
	.usage = "TARGET... [--smtp] [OPTIONS]",
	.more = "A TARGET is a domain, an address, an IP of ours, a file with "
		"such (its path holds a\n/), or - for standard input.  DNS is "
		"asked by default; mail servers only with --smtp,\nup to RCPT "
		"TO:<postmaster@...>: nothing is sent.  Exit status: 0 "
		"satisfactory,\n3 impaired, 4 compromised or no mail, 2 could "
		"not be tested.\n",
	.options = options,
	.common = TAKES_STORE | TAKES_JSON | TAKES_CSV | TAKES_HTML |
		  TAKES_VERBOSE | TAKES_LIVE | TAKES_TZ | TAKES_QUIET,
	.run = run,
};
