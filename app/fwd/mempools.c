/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * mbuf pools: one on each socket that has a port.
 */

#include <errno.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <lbuf_needed.h>

#include "fwd.h"

/* Descriptors that testpmd reckons with, whatever a queue has. */
#define DESC_RECKONED 2048
/* Most memory for mbufs that only commands can ask for. It is touched, which takes time. */
#define COMMANDS_BYTES (384u << 20)
/* mbuf, and the mempool's own header and padding. */
#define MBUF_OVERHEAD 256

/*
 * mbufs that a port may hold: both rings of each queue pair, bursts, and what noisy and
 * impairments hold.
 */
static uint32_t
held_by_port(const struct fwd_args *args, uint32_t rxd, uint32_t txd)
{
	struct lbuf_mbufs_conf conf = {
		.rx_queues = args->rxq,
		.rx_desc = rxd,
		.tx_queues = args->txq,
		.tx_desc = txd,
		.burst = args->burst,
		.hold = args->rx_hold < FWD_HOLD_ALL ? args->rx_hold : 0,
		.frame = args->max_pkt_len,
		.room = args->mbuf_size - RTE_PKTMBUF_HEADROOM,
	};

	return lbuf_port_mbufs_needed(&conf) +
			args->rxq * (args->noisy_buffer + fwd_impair_holds(&args->impair));
}

static uint32_t
held_by_lcores(const struct fwd_args *args, uint32_t nb_lcores)
{
	uint32_t streams = args->mode == &fwd_mode_stream ? fwd_tcp_holds(&args->tcp) : 0;

	return (nb_lcores + 1) * lbuf_mbufs_cached(args->mbcache) + nb_lcores * streams;
}

/*
 * Descriptors of a queue, before the driver has its say. Where none were asked for, what testpmd
 * reckons with, whatever the queue has.
 */
static uint32_t
descriptors(uint32_t given, uint32_t preferred)
{
	return given != 0 ? given : RTE_MAX(preferred, (uint32_t)DESC_RECKONED);
}

static uint32_t
rx_descriptors(const struct fwd_args *args, const struct fwd_port *port)
{
	return descriptors(args->rxd, port->info.default_rxportconf.ring_size);
}

static uint32_t
tx_descriptors(const struct fwd_args *args, const struct fwd_port *port)
{
	return descriptors(args->txd, port->info.default_txportconf.ring_size);
}

/* Commands may ask for more queues, and ports: what testpmd makes, unless it is much. */
static uint32_t
for_commands(const struct fwd *fwd)
{
	uint32_t n = RTE_MAX_ETHPORTS *
			(2 * DESC_RECKONED + fwd->nb_cfg_cores * fwd->args.mbcache +
					LBUF_BURST_MAX);

	return RTE_MIN(n, COMMANDS_BYTES / (MBUF_OVERHEAD + fwd->args.mbuf_size));
}

uint32_t
fwd_mempools_estimate(const struct fwd_args *args, unsigned int nb_ports)
{
	if (args->total_mbufs != 0)
		return args->total_mbufs;
	return nb_ports * held_by_port(args, descriptors(args->rxd, 0), descriptors(args->txd, 0)) +
			held_by_lcores(args, args->nb_cores);
}

/* What a socket's ports receive may wait in the TX rings of other ports. */
static uint32_t
socket_mbufs(const struct fwd *fwd, int socket)
{
	uint32_t n = held_by_lcores(&fwd->args, fwd->nb_lcores);
	const struct fwd_port *port;
	unsigned int i;

	if (fwd->args.total_mbufs != 0)
		return fwd->args.total_mbufs;
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		port = &fwd->ports[i];
		if (!port->found)
			continue;
		if (port->mem_socket == socket)
			n += held_by_port(&fwd->args, rx_descriptors(&fwd->args, port),
					tx_descriptors(&fwd->args, port));
		else
			n += fwd->args.txq * tx_descriptors(&fwd->args, port);
	}
	return fwd->args.interactive ? RTE_MAX(n, for_commands(fwd)) : n;
}

/*
 * As rte_pktmbuf_pool_create(), but without hugepages it gives each mbuf a page of
 * its own, so that all of them start in the same sets of the L1 cache. What is
 * contiguous in virtual memory is so for devices, too, when they use addresses of
 * that kind.
 */
static struct rte_mempool *
create_pool(const char *name, uint32_t n, uint32_t cache, uint16_t mbuf_size, int socket)
{
	struct rte_pktmbuf_pool_private priv = { .mbuf_data_room_size = mbuf_size };
	unsigned int flags = 0;
	struct rte_mempool *mp;
	int ret;

	if (!rte_eal_has_hugepages() && rte_eal_iova_mode() == RTE_IOVA_VA)
		flags = RTE_MEMPOOL_F_NO_IOVA_CONTIG;
	mp = rte_mempool_create_empty(name, n, (unsigned int)sizeof(struct rte_mbuf) + mbuf_size,
			cache, sizeof(priv), socket, flags);
	if (mp == NULL)
		return NULL;
	ret = rte_mempool_set_ops_byname(mp, rte_mbuf_best_mempool_ops(), NULL);
	if (ret == 0) {
		rte_pktmbuf_pool_init(mp, &priv);
		ret = rte_mempool_populate_default(mp);
	}
	if (ret < 0) {
		rte_mempool_free(mp);
		rte_errno = -ret;
		return NULL;
	}
	rte_mempool_obj_iter(mp, rte_pktmbuf_init, NULL);
	return mp;
}

static struct rte_mempool *
create(const struct fwd *fwd, int socket)
{
	uint16_t mbuf_size = (uint16_t)fwd->args.mbuf_size;
	uint32_t n = socket_mbufs(fwd, socket);
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;
	uint64_t bytes;

	/* As testpmd names it, and tells before it takes its time. */
	snprintf(name, sizeof(name), "mb_pool_%d", socket);
	printf("%s: create a new mbuf pool <%s>: n=%u, size=%u, socket=%d\n", fwd->name, name, n,
			mbuf_size, socket);
	printf("%s: preferred mempool ops selected: %s\n", fwd->name, rte_mbuf_best_mempool_ops());
	mp = create_pool(name, n, fwd->args.mbcache, mbuf_size, socket);
	if (mp == NULL) {
		bytes = (uint64_t)n *
				rte_mempool_calc_obj_size((uint32_t)sizeof(struct rte_mbuf) +
								mbuf_size,
						0, NULL);
		FWD_ERR("%u mbufs on socket %d, %" PRIu64 " MB in all: %s; %s, or give a "
			"smaller --total-num-mbufs or --mbuf-size",
				n, socket, (bytes >> 20) + 1, rte_strerror(rte_errno),
				fwd_env_more_memory(&fwd->eal));
		return NULL;
	}
	return mp;
}

struct rte_mempool *
fwd_mempools_get(struct fwd *fwd, int socket)
{
	struct rte_mempool **mp = &fwd->mbufs[socket];

	if (*mp == NULL)
		*mp = create(fwd, socket);
	return *mp;
}

int
fwd_mempools_create(struct fwd *fwd)
{
	struct fwd_port *port;
	unsigned int i;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		port = &fwd->ports[i];
		if (!port->found)
			continue;
		port->mbufs = fwd_mempools_get(fwd, port->mem_socket);
		if (port->mbufs == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* A pool whose mbufs are still out is left alone. Returns how many are. */
uint32_t
fwd_mempools_free(struct fwd *fwd)
{
	uint32_t out = 0;
	unsigned int i, n;

	for (i = 0; i < RTE_DIM(fwd->mbufs); i++) {
		if (fwd->mbufs[i] == NULL)
			continue;
		n = rte_mempool_in_use_count(fwd->mbufs[i]);
		out += n;
		if (n == 0)
			rte_mempool_free(fwd->mbufs[i]);
		fwd->mbufs[i] = NULL;
	}
	return out;
}
