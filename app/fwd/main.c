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
#include <time.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "fwd.h"
#include "vdev.h"

/* How often the main lcore looks whether there is something to do. */
#define TICK_NS 50000000

volatile sig_atomic_t fwd_quit;

static struct fwd fwd;

static void
on_signal(int sig)
{
	fwd_quit = sig;
}

static void
catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
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
	if (ret == 0 && !args->help)
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
	rte_set_application_usage_hook((rte_usage_hook_t)(void *)fwd_args_usage);
	ret = rte_eal_init(argc, argv);
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

static int
set_up(void)
{
	if (fwd_ports_find(&fwd) != 0 || fwd_streams_plan(&fwd) != 0)
		return -EINVAL;
	fwd.pool = lbuf_pool_create("fwd", &fwd.args.pool);
	if (fwd.pool == NULL) {
		FWD_ERR("no chunk pool: %s%s%s", rte_strerror(rte_errno),
				rte_errno == ENOMEM ? ": " : "",
				rte_errno == ENOMEM ? fwd_env_more_memory(&fwd.eal) : "");
		return -ENOMEM;
	}
	if (fwd_ports_configure(&fwd) != 0)
		return -EINVAL;
	if (fwd_quit)
		return 0;
	if (fwd_mempools_create(&fwd) != 0 || fwd_ports_start(&fwd) != 0)
		return -EINVAL;
	if (fwd_quit)
		return 0;
	fwd_stats_start(&fwd);
	fwd_ports_show(&fwd);
	if (fwd_streams_create(&fwd) != 0)
		return -ENOMEM;
	fwd_ports_link_wait(&fwd);
	return 0;
}

static void
wait_for_signal(void)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	uint64_t period = fwd.args.stats_period * rte_get_tsc_hz();
	uint64_t next = rte_rdtsc() + period;

	while (!fwd_quit) {
		nanosleep(&tick, NULL);
		if (period != 0 && !fwd_quit && rte_rdtsc() >= next) {
			fwd_stats_period(&fwd);
			next += period;
		}
	}
}

static int
forward(void)
{
	int ret = fwd_lcores_start(&fwd);

	if (ret == 0) {
		fwd_streams_show(&fwd);
		wait_for_signal();
		printf("\nSignal %d received, preparing to exit...\n", (int)fwd_quit);
	}
	printf("Telling cores to stop...\nWaiting for lcores to finish...\n");
	fwd_lcores_stop(&fwd);
	if (ret == 0) {
		fwd_stats_total(&fwd);
		printf("\nDone.\n");
	}
	return ret;
}

/* Give all back. Returns 0 if nothing leaked. */
static int
tear_down(void)
{
	uint64_t chunks = 0;
	uint32_t mbufs;

	fwd_ports_drain(&fwd);
	fwd_streams_free(&fwd);
	fwd_ports_close(&fwd);
	mbufs = fwd_ports_free(&fwd);
	mbufs += fwd_mempools_free(&fwd);
	if (fwd.pool != NULL)
		chunks = lbuf_pool_chunks_out(fwd.pool);
	if (chunks != 0)
		lbuf_pool_dump(fwd.pool, stdout);
	else
		lbuf_pool_free(fwd.pool);
	printf("lbuf: chunks out %" PRIu64 ", mbufs out %" PRIu32 "\n", chunks, mbufs);
	return chunks == 0 && mbufs == 0 ? 0 : -EBUSY;
}

int
main(int argc, char **argv)
{
	int ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	catch_signals();
	if (check_args(argc, argv) != 0)
		return EXIT_FAILURE;
	if (fwd.args.help) {
		fwd_args_usage();
		return EXIT_SUCCESS;
	}
	if (start(argc, argv) != 0)
		return EXIT_FAILURE;

	ret = fwd_quit ? 0 : set_up();
	if (ret == 0 && !fwd_quit)
		ret = forward();
	if (tear_down() != 0)
		ret = -EBUSY;
	fwd_env_leave(&fwd.eal, true);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
