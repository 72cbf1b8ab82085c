/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "config.h"
#include "report.h"
#include "events.h"
#include "mode.h"
#include "opt_set.h"
#include "opt_value.h"

#define TX_PKT_LEN_MIN 42 /* Ethernet, IPv4 and UDP headers */
#define TX_PKT_LEN_MAX 65535
#define MBUF_SIZE_MIN (RTE_PKTMBUF_HEADROOM + 64)
#define MBUF_SIZES_MAX 8

static bool
any_mode(const struct fwd_mode *mode)
{
	return mode != NULL;
}

/* A mode that noisy can be in front of. */
static bool
edits(const struct fwd_mode *mode)
{
	return mode->edit != NULL;
}

/* Of those modes that the function accepts. */
static int
find_mode(const char *name, const char *val, bool (*accept)(const struct fwd_mode *mode),
		const struct fwd_mode **mode)
{
	const char *sep = "";
	unsigned int i;

	for (i = 0; fwd_modes[i] != NULL; i++) {
		if (accept(fwd_modes[i]) && strcmp(fwd_modes[i]->name, val) == 0) {
			*mode = fwd_modes[i];
			return 0;
		}
	}
	fprintf(stderr, "lbuf-fwd: --%s=%s: accepted values are", name, val);
	for (i = 0; fwd_modes[i] != NULL; i++) {
		if (!accept(fwd_modes[i]))
			continue;
		fprintf(stderr, "%s %s", sep, fwd_modes[i]->name);
		sep = ",";
	}
	fprintf(stderr, "\n");
	return -EINVAL;
}

int
fwd_set_mode(struct fwd_args *args, const char *name, const char *val)
{
	return find_mode(name, val, any_mode, &args->mode);
}

int
fwd_set_noisy_mode(struct fwd_args *args, const char *name, const char *val)
{
	return find_mode(name, val, edits, &args->noisy_mode);
}

int
fwd_set_topology(struct fwd_args *args, const char *name, const char *val)
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
	FWD_ERR("--%s=%s: accepted values are paired, chained, loop", name, val);
	return -EINVAL;
}

int
fwd_set_peer(struct fwd_args *args, const char *name, const char *val)
{
	struct rte_ether_addr addr;
	const char *end;
	uint64_t port;

	if (fwd_value_number(val, 10, 0, RTE_MAX_ETHPORTS - 1, &port, &end) != 0 || *end != ',' ||
			rte_ether_unformat_addr(end + 1, &addr) != 0) {
		FWD_ERR("--%s=%s: accepted is PORT,MAC with a port from 0 to %u and "
			"a MAC address as 02:00:00:00:00:01",
				name, val, RTE_MAX_ETHPORTS - 1);
		return -EINVAL;
	}
	args->peer[port].given = true;
	args->peer[port].addr = addr;
	return 0;
}

int
fwd_set_peers_file(struct fwd_args *args, const char *name, const char *val)
{
	unsigned int port = 0;
	FILE *f = fopen(val, "r");
	char line[64];
	int ret = 0;

	if (f == NULL) {
		FWD_ERR("--%s=%s: cannot be read: %s", name, val, strerror(errno));
		return -EINVAL;
	}
	while (ret == 0 && port < RTE_MAX_ETHPORTS && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (rte_ether_unformat_addr(line, &args->peer[port].addr) != 0) {
			FWD_ERR("--%s=%s: line %u: accepted is a MAC address as "
				"02:00:00:00:00:01",
					name, val, port + 1);
			ret = -EINVAL;
		}
		args->peer[port++].given = ret == 0;
	}
	fclose(f);
	return ret;
}

/* The bits of a hexadecimal number, in order. */
static int
mask_to_list(const char *name, const char *val, struct fwd_list *list)
{
	uint64_t mask;
	uint16_t i;

	if (fwd_value_number(val, 16, 1, UINT64_MAX, &mask, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted is a hexadecimal number of bits, as 0x3", name, val);
		return -EINVAL;
	}
	list->nb = 0;
	for (i = 0; i < 64; i++)
		if ((mask & RTE_BIT64(i)) != 0)
			list->ids[list->nb++] = i;
	return 0;
}

int
fwd_set_cores(struct fwd_args *args, const char *name, const char *val)
{
	int ret = mask_to_list(name, val, &args->cores);

	if (ret == 0)
		args->nb_cores = args->cores.nb;
	return ret;
}

int
fwd_set_ports(struct fwd_args *args, const char *name, const char *val)
{
	int n;

	if (strcmp(name, "portmask") == 0)
		return mask_to_list(name, val, &args->ports);
	n = fwd_value_list(val, true, RTE_MAX_ETHPORTS, args->ports.ids, RTE_MAX_ETHPORTS);
	if (n < 0) {
		FWD_ERR("--%s=%s: accepted are ports from 0 to %u, none of them twice, as 0,2-3",
				name, val, RTE_MAX_ETHPORTS - 1);
		return n;
	}
	args->ports.nb = (uint32_t)n;
	return 0;
}

int
fwd_set_mbuf_size(struct fwd_args *args, const char *name, const char *val)
{
	const char *end = val;
	unsigned int nb = 0;
	uint64_t n;

	do {
		if (fwd_value_number(end, 10, MBUF_SIZE_MIN, UINT16_MAX, &n, &end) != 0 ||
				(*end != ',' && *end != '\0') || nb == MBUF_SIZES_MAX) {
			FWD_ERR("--%s=%s: accepted values are %u to %u", name, val, MBUF_SIZE_MIN,
					UINT16_MAX);
			return -EINVAL;
		}
		if (nb++ == 0)
			args->mbuf_size = (uint32_t)n;
	} while (*end++ == ',');
	if (nb > 1)
		FWD_NOTE("--%s: sizes behind the first have no meaning here: packets are not split",
				name);
	return 0;
}

int
fwd_set_txpkts(struct fwd_args *args, const char *name, const char *val)
{
	uint16_t segs[FWD_TX_SEGS_MAX];
	const char *end = val;
	uint32_t nb = 0;
	uint64_t n, sum = 0;

	do {
		if (nb == FWD_TX_SEGS_MAX ||
				fwd_value_number(end, 10, 1, TX_PKT_LEN_MAX, &n, &end) != 0 ||
				(*end != ',' && *end != '\0'))
			goto refuse;
		segs[nb++] = (uint16_t)n;
		sum += n;
	} while (*end++ == ',');
	if (sum < TX_PKT_LEN_MIN || sum > TX_PKT_LEN_MAX)
		goto refuse;
	memcpy(args->tx_segs, segs, nb * sizeof(*segs));
	args->nb_tx_segs = nb;
	args->tx_pkt_len = (uint32_t)sum;
	return 0;
refuse:
	FWD_ERR("--%s=%s: accepted are up to %u lengths whose sum is %u to %u", name, val,
			FWD_TX_SEGS_MAX, TX_PKT_LEN_MIN, TX_PKT_LEN_MAX);
	return -EINVAL;
}

int
fwd_set_tx_ip(struct fwd_args *args, const char *name, const char *val)
{
	const char *comma = strchr(val, ',');
	char first[INET_ADDRSTRLEN];
	struct in_addr src, dst;

	if (comma == NULL || (size_t)(comma - val) >= sizeof(first))
		goto refuse;
	snprintf(first, sizeof(first), "%.*s", (int)(comma - val), val);
	if (inet_pton(AF_INET, first, &src) != 1 || inet_pton(AF_INET, comma + 1, &dst) != 1)
		goto refuse;
	args->tx_ip_src = rte_be_to_cpu_32(src.s_addr);
	args->tx_ip_dst = rte_be_to_cpu_32(dst.s_addr);
	return 0;
refuse:
	FWD_ERR("--%s=%s: accepted are two IPv4 addresses, as 198.18.0.1,198.18.0.2", name, val);
	return -EINVAL;
}

int
fwd_set_tx_udp(struct fwd_args *args, const char *name, const char *val)
{
	uint64_t src, dst;
	const char *end;

	if (fwd_value_number(val, 10, 0, UINT16_MAX, &src, &end) != 0)
		goto refuse;
	dst = src;
	if (*end != '\0' &&
			(*end != ',' ||
					fwd_value_number(end + 1, 10, 0, UINT16_MAX, &dst, NULL) !=
							0))
		goto refuse;
	args->tx_udp_src = (uint32_t)src;
	args->tx_udp_dst = (uint32_t)dst;
	return 0;
refuse:
	FWD_ERR("--%s=%s: accepted are one or two ports from 0 to %u, as 9,9", name, val,
			UINT16_MAX);
	return -EINVAL;
}

int
fwd_set_tx_offloads(struct fwd_args *args, const char *name, const char *val)
{
	if (fwd_value_number(val, 16, 0, UINT64_MAX, &args->tx_offloads, NULL) != 0) {
		FWD_ERR("--%s=%s: accepted is a hexadecimal number, as 0x8000", name, val);
		return -EINVAL;
	}
	args->tx_offloads_given = true;
	return 0;
}

int
fwd_set_rss(struct fwd_args *args, const char *name, const char *val)
{
	RTE_SET_USED(val);
	if (strcmp(name, "rss-ip") == 0)
		args->rss_hf = RTE_ETH_RSS_IP;
	else
		args->rss_hf = strcmp(name, "rss-udp") == 0 ? RTE_ETH_RSS_UDP : 0;
	return 0;
}

int
fwd_set_speed(struct fwd_args *args, const char *name, const char *val)
{
	static const uint16_t speeds[] = { 1, 10, 25, 40, 50, 100, 200 }; /* Gbps */
	static const uint32_t bits[] = { RTE_ETH_LINK_SPEED_1G, RTE_ETH_LINK_SPEED_10G,
		RTE_ETH_LINK_SPEED_25G, RTE_ETH_LINK_SPEED_40G, RTE_ETH_LINK_SPEED_50G,
		RTE_ETH_LINK_SPEED_100G, RTE_ETH_LINK_SPEED_200G };
	unsigned int i;
	uint64_t n;

	if (fwd_value_number(val, 10, 0, UINT32_MAX, &n, NULL) == 0) {
		for (i = 0; i < RTE_DIM(speeds); i++) {
			if (n == speeds[i] * 1000u) {
				args->link_speed = RTE_ETH_LINK_SPEED_FIXED | bits[i];
				return 0;
			}
		}
	}
	FWD_ERR("--%s=%s: accepted values are 1000, 10000, 25000, 40000, 50000, 100000, 200000",
			name, val);
	return -EINVAL;
}

int
fwd_set_numa(struct fwd_args *args, const char *name, const char *val)
{
	RTE_SET_USED(name);
	RTE_SET_USED(val);
	args->no_numa = false;
	return 0;
}

int
fwd_set_no_mlockall(struct fwd_args *args, const char *name, const char *val)
{
	RTE_SET_USED(name);
	RTE_SET_USED(val);
	args->mlockall = false;
	return 0;
}

int
fwd_set_events(struct fwd_args *args, const char *name, const char *val)
{
	uint32_t bits = fwd_events_by_name(val);
	char names[256];

	if (bits == 0) {
		fwd_events_names(names, sizeof(names));
		FWD_ERR("--%s=%s: accepted values are %s", name, val, names);
		return -EINVAL;
	}
	if (strcmp(name, "print-event") == 0)
		args->print_events |= bits;
	else
		args->print_events &= ~bits;
	return 0;
}

int
fwd_set_xstats(struct fwd_args *args, const char *name, const char *val)
{
	size_t len;

	for (; *val != '\0'; val += len + (val[len] == ',')) {
		len = strcspn(val, ",");
		if (len == 0)
			continue;
		if (args->nb_xstats == FWD_XSTATS_MAX) {
			FWD_ERR("--%s: accepted are at most %u names", name, FWD_XSTATS_MAX);
			return -EINVAL;
		}
		args->xstats[args->nb_xstats] = strndup(val, len);
		if (args->xstats[args->nb_xstats] == NULL) {
			FWD_ERR("--%s: no memory", name);
			return -ENOMEM;
		}
		args->nb_xstats++;
	}
	return 0;
}

int
fwd_set_cmdline_file(struct fwd_args *args, const char *name, const char *val)
{
	args->cmdline_file = val;
	args->cmdline_echo = strcmp(name, "cmdline-file") == 0;
	printf("CLI commands to be read from %s\n", val);
	return 0;
}

int
fwd_set_prompt(struct fwd_args *args, const char *name, const char *val)
{
	/* rte_cmdline cuts it behind 31 characters. */
	if (val != NULL && strlen(val) > 31) {
		FWD_ERR("--%s=%s: accepted are at most 31 characters", name, val);
		return -EINVAL;
	}
	args->prompt = val != NULL ? val : "testpmd> ";
	return 0;
}

int
fwd_set_config(struct fwd_args *args, const char *name, const char *val)
{
	RTE_SET_USED(name);
	return fwd_config_load(&args->pool, val);
}

int
fwd_set_mem_limit(struct fwd_args *args, const char *name, const char *val)
{
	if (fwd_value_bytes(val, LBUF_LIMIT_MIN, SIZE_MAX, &args->pool.limit_bytes) != 0) {
		FWD_ERR("--%s=%s: accepted are %zu bytes and more, as 512M", name, val,
				LBUF_LIMIT_MIN);
		return -EINVAL;
	}
	return 0;
}

int
fwd_set_class_size(struct fwd_args *args, const char *name, const char *val)
{
	bool small = strcmp(name, "small-max") == 0;
	size_t n;

	/* The small tier ends where the middle one begins. */
	if (fwd_value_bytes(val, LBUF_CLASS_MIN - small, LBUF_CLASS_MAX - small, &n) != 0) {
		FWD_ERR("--%s=%s: accepted are %zu to %zu bytes", name, val,
				(size_t)(LBUF_CLASS_MIN - small), (size_t)(LBUF_CLASS_MAX - small));
		return -EINVAL;
	}
	if (small)
		args->pool.middle_min = n + 1;
	else
		args->pool.middle_max = n;
	return 0;
}

int
fwd_set_numa_policy(struct fwd_args *args, const char *name, const char *val)
{
	if (strcmp(val, "prefer") != 0 && strcmp(val, "strict") != 0) {
		FWD_ERR("--%s=%s: accepted values are prefer, strict", name, val);
		return -EINVAL;
	}
	args->pool.policy = strcmp(val, "strict") == 0 ? LBUF_POLICY_STRICT : LBUF_POLICY_PREFER;
	return 0;
}
