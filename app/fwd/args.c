/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Options behind "--", spelled as testpmd spells them.
 */

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fwd.h"

#define BURST_DEFAULT 32
#define TX_PKT_LEN_DEFAULT 64
#define TX_PKT_LEN_MIN 42 /* Ethernet, IPv4 and UDP headers */
#define MBUF_SIZE_MIN (RTE_PKTMBUF_HEADROOM + 64)
#define TOTAL_MBUFS_MIN 1025 /* testpmd: over 1024 */
#define TOTAL_MBUFS_MAX (1u << 30)
#define PKT_LEN_MAX 65535 /* of an mbuf, of an IPv4 packet */
#define STATS_PERIOD_MAX 86400

struct option_def {
	const char *name;
	const char *value; /* as the help shows it */
	const char *help;
	/* Sets what is not a number; NULL for a number, which goes to where. */
	int (*set)(struct fwd_args *args, const char *val);
	size_t where;
	uint32_t min;
	uint32_t max;
};

static int
set_mode(struct fwd_args *args, const char *val)
{
	unsigned int i;

	for (i = 0; fwd_modes[i] != NULL; i++) {
		if (strcmp(fwd_modes[i]->name, val) == 0) {
			args->mode = fwd_modes[i];
			return 0;
		}
	}
	fprintf(stderr, "lbuf-fwd: --forward-mode=%s: accepted values are", val);
	for (i = 0; fwd_modes[i] != NULL; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : ",", fwd_modes[i]->name);
	fprintf(stderr, "\n");
	return -EINVAL;
}

static int
set_topology(struct fwd_args *args, const char *val)
{
	static const char *const names[] = {
		[FWD_PAIRED] = "paired",
		[FWD_CHAINED] = "chained",
		[FWD_LOOP] = "loop",
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(names); i++) {
		if (strcmp(names[i], val) == 0) {
			args->topology = (enum fwd_topology)i;
			args->topology_given = true;
			return 0;
		}
	}
	FWD_ERR("--port-topology=%s: accepted values are paired, chained, loop", val);
	return -EINVAL;
}

/* A decimal number; what follows it starts at *end. */
static int
number(const char *val, uint32_t min, uint32_t max, uint32_t *out, const char **end)
{
	unsigned long long n;
	char *e;

	/* strtoull() takes blanks and signs, which no number here has. */
	if (val[0] < '0' || val[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(val, &e, 10);
	if (errno != 0 || n < min || n > max)
		return -ERANGE;
	*out = (uint32_t)n;
	*end = e;
	return 0;
}

static int
set_peer(struct fwd_args *args, const char *val)
{
	struct rte_ether_addr addr;
	const char *end;
	uint32_t port;

	if (number(val, 0, RTE_MAX_ETHPORTS - 1, &port, &end) != 0 || *end != ',' ||
			rte_ether_unformat_addr(end + 1, &addr) != 0) {
		FWD_ERR("--eth-peer=%s: accepted is PORT,MAC with a port from 0 to %u and "
			"a MAC address as 02:00:00:00:00:01",
				val, RTE_MAX_ETHPORTS - 1);
		return -EINVAL;
	}
	args->peer[port].given = true;
	args->peer[port].addr = addr;
	return 0;
}

static int
set_config(struct fwd_args *args, const char *val)
{
	return fwd_config_load(&args->pool, val);
}

static int
set_help(struct fwd_args *args, const char *val)
{
	RTE_SET_USED(val);
	args->help = true;
	return 0;
}

#define NUMBER(field) .where = offsetof(struct fwd_args, field)

static const struct option_def options[] = {
	{ "forward-mode", "MODE", "io, mac, macswap, rxonly, txonly or icmpecho [io]",
			.set = set_mode },
	{ "nb-cores", "N", "forwarding lcores; the main one never forwards [1]", NUMBER(nb_cores),
			.min = 1, .max = RTE_MAX_LCORE - 1 },
	{ "rxq", "N", "RX queues of a port [1]", NUMBER(rxq), .min = 1,
			.max = RTE_MAX_QUEUES_PER_PORT },
	{ "txq", "N", "TX queues of a port [1]", NUMBER(txq), .min = 1,
			.max = RTE_MAX_QUEUES_PER_PORT },
	{ "rxd", "N", "descriptors of an RX queue [the driver's preference]", NUMBER(rxd), .min = 1,
			.max = UINT16_MAX },
	{ "txd", "N", "descriptors of a TX queue [the driver's preference]", NUMBER(txd), .min = 1,
			.max = UINT16_MAX },
	{ "burst", "N", "most packets in a burst [32]", NUMBER(burst), .min = 1,
			.max = LBUF_BURST_MAX },
	{ "mbuf-size", "N", "data room of an mbuf with its headroom, bytes [2176]",
			NUMBER(mbuf_size), .min = MBUF_SIZE_MIN, .max = UINT16_MAX },
	{ "total-num-mbufs", "N", "mbufs of each socket's pool [what the queues need]",
			NUMBER(total_mbufs), .min = TOTAL_MBUFS_MIN, .max = TOTAL_MBUFS_MAX },
	{ "max-pkt-len", "N", "longest frame with its CRC, bytes [1518]", NUMBER(max_pkt_len),
			.min = RTE_ETHER_MIN_LEN, .max = PKT_LEN_MAX },
	{ "txpkts", "N", "length of the frames of txonly, bytes [64]", NUMBER(tx_pkt_len),
			.min = TX_PKT_LEN_MIN, .max = PKT_LEN_MAX },
	{ "port-topology", "KIND", "paired, chained or loop [paired]", .set = set_topology },
	{ "eth-peer", "PORT,MAC", "who is behind a port, for mac and txonly", .set = set_peer },
	{ "config", "FILE", "settings of the chunk pool, from lbuf-perf --tune --write FILE",
			.set = set_config },
	{ "stats-period", "SEC", "show figures every so many seconds [0: never]",
			NUMBER(stats_period), .min = 0, .max = STATS_PERIOD_MAX },
	{ "help", NULL, "show this text", .set = set_help },
};

void
fwd_args_usage(void)
{
	char opt[32];
	unsigned int i;

	printf("Usage: lbuf-fwd [EAL options] -- [options]\n\n"
	       "Forwards packets between ports, each through a linked buffer.\n\n");
	for (i = 0; i < RTE_DIM(options); i++) {
		snprintf(opt, sizeof(opt), "--%s%s%s", options[i].name,
				options[i].value != NULL ? "=" : "",
				options[i].value != NULL ? options[i].value : "");
		printf("  %-22s %s\n", opt, options[i].help);
	}
	printf("\nSIGINT and SIGTERM end it: it shows its figures, frees all it has, and\n"
	       "returns 0 unless chunks or mbufs leaked.\n");
}

bool
fwd_args_known(const char *arg)
{
	size_t len;
	unsigned int i;

	if (strncmp(arg, "--", 2) != 0)
		return false;
	len = strcspn(arg + 2, "=");
	for (i = 0; i < RTE_DIM(options); i++) {
		/* --help is EAL's as well. */
		if (options[i].set != set_help && strlen(options[i].name) == len &&
				strncmp(options[i].name, arg + 2, len) == 0)
			return true;
	}
	return false;
}

static int
set_option(struct fwd_args *args, const struct option_def *def, const char *val)
{
	const char *end;
	uint32_t n;

	if (def->set != NULL)
		return def->set(args, val);
	if (number(val, def->min, def->max, &n, &end) != 0 || *end != '\0') {
		FWD_ERR("--%s=%s: accepted values are %u to %u", def->name, val, def->min,
				def->max);
		return -EINVAL;
	}
	memcpy((char *)args + def->where, &n, sizeof(n));
	return 0;
}

static int
parse(struct fwd_args *args, int argc, char **argv)
{
	struct option longopts[RTE_DIM(options) + 1] = { 0 };
	unsigned int i;
	int c;

	for (i = 0; i < RTE_DIM(options); i++) {
		longopts[i].name = options[i].name;
		longopts[i].has_arg = options[i].value != NULL ? required_argument : no_argument;
		longopts[i].val = (int)i;
	}
	opterr = 0;
	optind = 1;
	/* The values of getopt's own errors lie above those of the table. */
	while ((c = getopt_long(argc, argv, ":h", longopts, NULL)) != -1) {
		if (c == 'h') {
			args->help = true;
		} else if (c == ':') {
			FWD_ERR("%s needs a value: see lbuf-fwd -- --help", argv[optind - 1]);
			return -EINVAL;
		} else if (c < 0 || c >= (int)RTE_DIM(options)) {
			FWD_ERR("%s: no such option: see lbuf-fwd -- --help", argv[optind - 1]);
			return -EINVAL;
		} else if (set_option(args, &options[c], optarg) != 0) {
			return -EINVAL;
		}
	}
	if (optind < argc) {
		FWD_ERR("%s: no such argument: see lbuf-fwd -- --help", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

int
fwd_args_parse(struct fwd_args *args, int argc, char **argv)
{
	memset(args, 0, sizeof(*args));
	args->mode = &fwd_mode_io;
	args->nb_cores = 1;
	args->rxq = 1;
	args->txq = 1;
	args->burst = BURST_DEFAULT;
	args->mbuf_size = RTE_MBUF_DEFAULT_BUF_SIZE;
	args->tx_pkt_len = TX_PKT_LEN_DEFAULT;
	return parse(args, argc, argv);
}
