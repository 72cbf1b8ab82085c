/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * lbuf-fwd: forwards packets between ports, each through a linked buffer.
 *
 * This file is the program's life: options, EAL, set-up, forwarding until a
 * signal, and giving all back again, from whatever point set-up had reached.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include <lbuf_hold.h>

#include "callbacks.h"
#include "cmd.h"
#include "events.h"
#include "fwd.h"
#include "loop.h"
#include "metrics.h"
#include "options.h"
#include "outside.h"
#include "period.h"
#include "prompt.h"
#include "sockets.h"
#include "vdev.h"

volatile sig_atomic_t fwd_quit;

static struct fwd fwd;

static void
on_signal(int sig)
{
	fwd_quit = sig;
	fwd_loop_wake();
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction now;

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* A closed terminal ends it, unless it was started so as to outlive that. */
	if (sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	/* Who reads the output may go; the ports are to be closed all the same. */
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* Index of "--", or argc. */
static int
find_separator(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			break;
	return i;
}

/* All that can be refused without starting EAL. */
static int
check_args(int argc, char **argv)
{
	struct fwd_args *args = &fwd.args;
	int sep = find_separator(argc, argv);
	char **own;
	int i, n;
	int ret;

	for (i = 1; i < sep; i++) {
		if (fwd_args_known(argv[i])) {
			FWD_ERR("%s: goes behind --, as in lbuf-fwd [EAL options] -- %s", argv[i],
					argv[i]);
			return -EINVAL;
		}
	}
	/* getopt reorders what it is given, and EAL wants to see all of it. */
	n = sep < argc ? argc - sep : 1;
	own = calloc((size_t)n + 1, sizeof(*own));
	if (own == NULL) {
		FWD_ERR("no memory for %d arguments", n);
		return -ENOMEM;
	}
	if (sep < argc)
		memcpy(own, &argv[sep], (size_t)n * sizeof(*own));
	own[0] = argv[0];
	fwd_eal_args_read(&fwd.eal, sep, argv);
	ret = fwd_args_parse(args, n, own);
	free(own);
	if (ret == 0 && !args->help && !args->version && args->rows == NULL)
		ret = fwd_env_check(args, &fwd.eal);
	return ret;
}

/* given are EAL's arguments as they were: it changes the order, and the last one. */
static int
start_eal(int argc, char **argv, char **given)
{
	int sep = find_separator(argc, argv);
	int own = argc - sep;
	int error;
	int ret;

	fwd_env_leave_at_exit();
	rte_set_application_usage_hook((rte_usage_hook_t)(void *)fwd_options_usage);
	fwd_env_watch_abort(true);
	ret = rte_eal_init(argc, argv);
	fwd_env_watch_abort(false);
	if (ret < 0) {
		error = rte_errno;
		fwd_env_leave(&fwd.eal, false);
		fwd_env_explain(&fwd.eal, error, sep, given);
		return ret;
	}
	/* EAL leaves what it does not know, in front of ours. */
	if (argc - ret > own + (own == 0)) {
		FWD_ERR("%s: no such argument: see lbuf-fwd --help", argv[ret + 1]);
		ret = -EINVAL;
	} else {
		ret = fwd_sockets_check_main();
		if (ret == 0)
			ret = fwd_vdev_check_probed(sep, given);
	}
	if (ret < 0)
		fwd_env_leave(&fwd.eal, true);
	return ret < 0 ? ret : 0;
}

/* As start_eal(), with a copy of the arguments. */
static int
start(int argc, char **argv)
{
	char **given = calloc((size_t)argc + 1, sizeof(*given));
	int ret;

	if (given == NULL) {
		FWD_ERR("no memory for %d arguments", argc);
		return -ENOMEM;
	}
	memcpy(given, argv, (size_t)argc * sizeof(*given));
	ret = start_eal(argc, argv, given);
	free(given);
	return ret;
}

/* Its prompt, and how its lines begin: testpmd's if it is called by that name. */
static void
choose_name(const char *argv0)
{
	const char *base = strrchr(argv0, '/');
	bool testpmd;

	base = base != NULL ? base + 1 : argv0;
	testpmd = strstr(base, "testpmd") != NULL;
	fwd.name = testpmd ? "testpmd" : "fwd";
	fwd.prompt = testpmd ? "testpmd> " : "lbuf-fwd> ";
	if (fwd.args.prompt != NULL)
		fwd.prompt = fwd.args.prompt;
}

/* What was asked for in place of forwarding. Whether it was. */
static bool
only_print(const struct fwd_args *args)
{
	if (args->help)
		fwd_options_usage();
	else if (args->version)
		fwd_options_version();
	else if (args->rows != NULL && strcmp(args->rows, "options") == 0)
		fwd_options_rows();
	else if (args->rows != NULL)
		fwd_cmd_rows();
	else
		return false;
	return true;
}

static void
announce(const struct fwd_args *args)
{
	if (args->interactive)
		printf("Interactive-mode selected\n");
	if (args->auto_start)
		printf("Auto-start selected\n");
	if (args->tx_first)
		printf("Ports to start sending a burst of packets first\n");
	if (args->mlockall && mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		FWD_NOTE("--mlockall: %s", strerror(errno));
	if (args->rxq > 1 && args->rxq > args->txq)
		fprintf(stderr,
				"Warning: nb_rxq=%u enables RSS configuration, but nb_txq=%u will "
				"prevent to fully test it.\n",
				args->rxq, args->txq);
}

static int
make_pool(void)
{
	fwd.pool = lbuf_pool_create("fwd", &fwd.args.pool);
	if (fwd.pool != NULL)
		return 0;
	FWD_ERR("no chunk pool: %s%s%s", rte_strerror(rte_errno), rte_errno == ENOMEM ? ": " : "",
			rte_errno == ENOMEM ? fwd_env_more_memory(&fwd.eal) : "");
	return -ENOMEM;
}

/* All that may be refused comes before anything takes time. */
static int
configure_ports(void)
{
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS && !fwd_quit; i++) {
		if (fwd.ports[i].found && fwd_port_configure(&fwd.args, &fwd.ports[i]) != 0)
			return -EINVAL;
		/* To be said, and done once more, where it starts. */
		fwd.ports[i].reconf = true;
	}
	return 0;
}

static void
set_promiscuous(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd.ports[i].found)
			continue;
		ret = rte_eth_promiscuous_enable((uint16_t)i);
		if (ret != 0 && ret != -ENOTSUP)
			FWD_NOTE("port %u: not promiscuous: %s", i, rte_strerror(-ret));
	}
}

static int
set_up(void)
{
	fwd_outside_open(&fwd);
	announce(&fwd.args);
	if (fwd_ports_find(&fwd) != 0 || fwd_lcores_find(&fwd) != 0 || fwd_streams_plan(&fwd) != 0)
		return -EINVAL;
	fwd_sockets_choose(&fwd);
	if (fwd_events_watch(&fwd) != 0 || make_pool() != 0 || configure_ports() != 0)
		return -EINVAL;
	if (fwd_quit)
		return 0;
	if (fwd_mempools_create(&fwd) != 0)
		return -EINVAL;
	fwd.set_up = true;
	fwd_streams_warn_odd(&fwd);
	if (!fwd.args.no_device_start && fwd_cmd_port_start(&fwd, FWD_ALL_PORTS) != 0)
		return -EINVAL;
	if (fwd_quit)
		return 0;
	set_promiscuous();
	fwd_metrics_open(&fwd.args);
	return fwd_prompt_init(&fwd);
}

/* Without a prompt: until a signal, or the enter key. */
static void
wait_for_end(void)
{
	bool input = true;
	ssize_t n;
	char c;

	if (fwd.args.stats_period != 0) {
		fwd_period_run(&fwd);
		return;
	}
	printf("Press enter to exit\n");
	while (!fwd_quit) {
		if (fwd_loop_wait(input ? STDIN_FILENO : -1, -1)) {
			n = read(STDIN_FILENO, &c, 1);
			if (n > 0)
				break;
			/* Nobody is there to press it. */
			input = false;
		}
		fwd_events_removed(&fwd);
	}
}

static int
forward(void)
{
	int ret;

	printf("No commandline core given, start packet forwarding\n");
	ret = fwd_forward_start(&fwd, fwd.args.tx_first);
	if (ret == 0)
		wait_for_end();
	return ret;
}

static int
run(void)
{
	int ret = 0;

	if (fwd.args.cmdline_file != NULL)
		fwd_prompt_load(&fwd, fwd.args.cmdline_file, fwd.args.cmdline_echo);
	if (fwd_quit)
		return 0;
	if (!fwd.args.interactive && !fwd.forwarding)
		return forward();
	if (fwd.args.auto_start && !fwd.forwarding) {
		printf("Start automatic packet forwarding\n");
		ret = fwd_forward_start(&fwd, 0);
	}
	if (fwd.args.interactive)
		fwd_prompt_run(&fwd);
	else
		wait_for_end();
	return fwd.args.interactive ? 0 : ret;
}

static void
close_ports(void)
{
	unsigned int i;

	fwd.args.no_link_check = true;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		fwd_port_drain(&fwd, &fwd.ports[i]);
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd.ports[i].found)
			continue;
		printf("\nStopping port %u...\n", i);
		fwd_cmd_port_stop(&fwd, (uint16_t)i);
	}
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		if (!fwd.ports[i].found)
			continue;
		printf("\nShutting down port %u...\n", i);
		fwd_cmd_port_close(&fwd, (uint16_t)i);
	}
}

/* Give all back. Returns 0 if nothing leaked. */
static int
tear_down(void)
{
	uint64_t chunks = 0;
	uint32_t mbufs;

	if (fwd.forwarding)
		fwd_forward_stop(&fwd);
	fwd_streams_free(&fwd);
	fwd_metrics_close();
	close_ports();
	fwd_callbacks_free(&fwd);
	fwd_events_unwatch();
	fwd_prompt_free();
	fwd_outside_close();
	mbufs = fwd_ports_free_bridges(&fwd);
	mbufs += fwd_mempools_free(&fwd);
	if (fwd.pool != NULL)
		chunks = lbuf_pool_chunks_out(fwd.pool);
	if (chunks != 0)
		lbuf_pool_dump(fwd.pool, stdout);
	else
		lbuf_pool_free(fwd.pool);
	if (mbufs != 0)
		lbuf_hold_holders_dump(stdout);
	printf("lbuf: chunks out %" PRIu64 ", mbufs out %" PRIu32 "\n", chunks, mbufs);
	return chunks == 0 && mbufs == 0 ? 0 : -EBUSY;
}

/* With EAL, until the end. */
static int
live(void)
{
	int ret = fwd_quit ? 0 : set_up();

	if (ret == 0 && !fwd_quit)
		ret = run();
	if (fwd_quit)
		printf("\nSignal %d received, preparing to exit...\n", (int)fwd_quit);
	if (tear_down() != 0)
		ret = -EBUSY;
	fwd_env_leave(&fwd.eal, true);
	printf("\nBye...\n");
	return ret;
}

int
main(int argc, char **argv)
{
	int ret = -EINVAL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (fwd_loop_init() != 0)
		return EXIT_FAILURE;
	catch_signals();
	if (check_args(argc, argv) == 0) {
		choose_name(argv[0]);
		if (only_print(&fwd.args))
			ret = 0;
		else if (start(argc, argv) == 0)
			ret = live();
	}
	fwd_args_free(&fwd.args);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
