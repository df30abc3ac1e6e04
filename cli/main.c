/*
 * main.c: finds the verb, reads the configuration, runs it.
 *
 * The verb is the first argument that is no option and names one; without,
 * it is `trace`: `mailtrace from=a@b.example` is the main job.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"
#include "cli/version.h"
#include "base/banned.h"

/* Index of the verb in argv, or argc; options before it are passed over. */
static int
find_verb(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] &&
	       strcmp(argv[i], "--") != 0) {
		int n = args_span(&cmd_trace, argc, argv, i);

		if (!n)
			return argc;
		i += n;
	}
	return i < argc && cmd_by_name(argv[i]) ? i : argc;
}

/* --config must be known before the verb runs; all else the verb reads. */
static int
load_config(struct env *env, int argc, char **argv)
{
	const char *file = NULL;
	struct err err;

	for (int i = 0; i < argc; i++) {
		int n = args_span(env->cmd, argc, argv, i);

		if (strcmp(argv[i], "--") == 0)
			break;
		if (strncmp(argv[i], "--config=", 9) == 0)
			file = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			file = argv[i + 1];
		if (n == 2)
			i++;
	}
	if (config_load(&env->config, file, &err) < 0)
		return cmd_fail(env, &err,
		    "mend it, or name another with "
		    "--config FILE");
	return 0;
}

int
main(int argc, char **argv)
{
	struct env env = { .cmd = &cmd_trace };
	int verb = find_verb(argc, argv);
	int n = argc - 1, rc = 0;
	bool help = false;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error like others */
	setlocale(LC_CTYPE, "");
	tty_init(&env.tty);
	if (argc == 2 &&
	    (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
		printf("mailtrace %s\n", MAILTRACE_VERSION);
		return fflush(stdout) == 0 ? 0 : 2;
	}
	if (verb < argc) {
		env.cmd = cmd_by_name(argv[verb]);
		for (int i = verb; i > 1; i--)
			argv[i] = argv[i - 1];
		argv++;
		n--;
	}
	argv++;
	for (int i = 0; i < n && strcmp(argv[i], "--") != 0; i++)
		help |= strcmp(argv[i], "--help") == 0 ||
			strcmp(argv[i], "-h") == 0;
	if (help || argc == 1) {
		struct buf out = BUF_INIT(1 << 20);

		help_print(&out, argc == 1 || verb == argc ? NULL : env.cmd,
		    env.tty.width);
		rc = env_print(&env, &out);
		buf_release(&out);
		return argc == 1 && !rc ? 2 : rc;
	}
	if (env.cmd != cmd_by_name("help")) /* works without */
		rc = load_config(&env, n, argv);
	if (!rc)
		rc = env.cmd->run(n, argv, &env);
	config_release(&env.config);
	return rc;
}
