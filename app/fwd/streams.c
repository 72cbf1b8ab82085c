/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From ports and topology to streams, and from streams to lcores.
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "bursts.h"
#include "fwd.h"
#include "sockets.h"

/* The port that packets of a port leave by: indexes into fwd::order. */
static uint16_t
tx_port(const struct fwd *fwd, uint16_t rx_port)
{
	if (fwd->args.mode->replies)
		return rx_port;
	switch (fwd->args.topology) {
	case FWD_PAIRED:
		/* With an odd number the last one pairs with itself. */
		return (rx_port ^ 1u) < fwd->nb_ports ? rx_port ^ 1 : rx_port;
	case FWD_CHAINED:
		return (uint16_t)((rx_port + 1u) % fwd->nb_ports);
	default:
		return rx_port;
	}
}

static bool
odd_pairs(const struct fwd *fwd)
{
	return fwd->args.topology == FWD_PAIRED && fwd->nb_ports % 2 != 0;
}

void
fwd_streams_warn_odd(struct fwd *fwd)
{
	const struct fwd_mode *mode = fwd->args.mode;

	if (odd_pairs(fwd) && !fwd->warned_odd && mode->receives && mode->sends)
		fprintf(stderr,
				"\nWarning! port-topology=paired and odd forward ports number, the "
				"last port will pair with itself.\n\n");
	fwd->warned_odd = fwd->warned_odd || odd_pairs(fwd);
}

static int
check_topology(struct fwd *fwd)
{
	const struct fwd_mode *mode = fwd->args.mode;

	if (!odd_pairs(fwd))
		return 0;
	/* A mode that has no use for a pair does not fail over a default. */
	if (!fwd->args.topology_given && (!mode->receives || !mode->sends || mode->replies)) {
		fwd->args.topology = FWD_LOOP;
		return 0;
	}
	/* As testpmd, but for who asks for pairs: a command may change how many there are. */
	if (fwd->args.interactive || !fwd->args.topology_given) {
		if (fwd->set_up)
			fwd_streams_warn_odd(fwd);
		return 0;
	}
	FWD_ERR("--port-topology=paired: %u port%s: accepted is an even number of ports, or "
		"chained or loop",
			fwd->nb_ports, fwd->nb_ports == 1 ? "" : "s");
	return -EINVAL;
}

/* Queue 0 of all ports, then queue 1: in testpmd's order. */
static int
plan_routes(struct fwd *fwd)
{
	const struct fwd_args *args = &fwd->args;
	uint32_t queues = args->mode->receives ? args->rxq : args->txq;
	struct fwd_route *r;
	uint32_t p, q;

	fwd->routes = calloc((size_t)fwd->nb_ports * queues + 1, sizeof(*fwd->routes));
	if (fwd->routes == NULL) {
		FWD_ERR("no memory for %u streams", fwd->nb_ports * queues);
		return -ENOMEM;
	}
	for (q = 0; q < queues; q++) {
		for (p = 0; p < fwd->nb_ports; p++) {
			r = &fwd->routes[fwd->nb_streams++];
			r->rx_port = fwd->order[p];
			r->rx_queue = (uint16_t)q;
			r->tx_port = fwd->order[tx_port(fwd, (uint16_t)p)];
			r->tx_queue = (uint16_t)(q % args->txq);
		}
	}
	return 0;
}

/* As even as can be, in order; the last lcores take what is left over. */
static void
plan_lcores(struct fwd *fwd)
{
	unsigned int i, each, extra, next = 0;
	struct fwd_lcore *lc;

	fwd->nb_lcores = RTE_MIN(fwd->args.nb_cores, fwd->nb_streams);
	if (fwd->nb_lcores == 0)
		return;
	each = fwd->nb_streams / fwd->nb_lcores;
	extra = fwd->nb_streams % fwd->nb_lcores;
	for (i = 0; i < fwd->nb_lcores; i++) {
		lc = &fwd->lcores[i];
		lc->id = fwd->cores[i];
		lc->mode = fwd->args.mode;
		lc->first = next;
		lc->nb = each + (i >= fwd->nb_lcores - extra);
		next += lc->nb;
	}
}

/* A queue belongs to one thread: no two lcores may send on the same. */
static int
check_tx_queues(const struct fwd *fwd)
{
	const struct fwd_route *r;
	unsigned int *owner;
	unsigned int l, i, k;
	int ret = 0;

	if (!fwd->args.mode->sends)
		return 0;
	owner = calloc((size_t)RTE_MAX_ETHPORTS * fwd->args.txq, sizeof(*owner));
	if (owner == NULL) {
		FWD_ERR("no memory for %u TX queues", RTE_MAX_ETHPORTS * fwd->args.txq);
		return -ENOMEM;
	}
	for (l = 0; l < fwd->nb_lcores && ret == 0; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			r = &fwd->routes[fwd->lcores[l].first + i];
			k = r->tx_port * fwd->args.txq + r->tx_queue;
			if (owner[k] != 0 && owner[k] != l + 1)
				ret = -EINVAL;
			owner[k] = l + 1;
		}
	}
	free(owner);
	if (ret != 0)
		FWD_ERR("--txq=%u: lcores would share TX queues: accepted is %u or more, one for "
			"each RX queue, or --nb-cores=1",
				fwd->args.txq, fwd->args.rxq);
	return ret;
}

/* The lcore that serves a queue of a port; RTE_MAX_LCORE: none. */
static unsigned int
server_of(const struct fwd *fwd, uint16_t port, uint16_t queue)
{
	const struct fwd_route *r;
	unsigned int l, i;

	for (l = 0; l < fwd->nb_lcores; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			r = &fwd->routes[fwd->lcores[l].first + i];
			if (r->rx_port == port && r->rx_queue == queue)
				return fwd->lcores[l].id;
		}
	}
	return RTE_MAX_LCORE;
}

/* What a mode keeps of both directions of a connection is one lcore's. */
static int
check_pairs(const struct fwd *fwd)
{
	const struct fwd_route *r;
	unsigned int l, i, other;

	for (l = 0; fwd->args.mode->pairs && l < fwd->nb_lcores; l++) {
		for (i = 0; i < fwd->lcores[l].nb; i++) {
			r = &fwd->routes[fwd->lcores[l].first + i];
			other = server_of(fwd, r->tx_port, r->rx_queue);
			if (other == fwd->lcores[l].id || other == RTE_MAX_LCORE)
				continue;
			FWD_ERR("--nb-cores=%u: %s: queue %u of ports %u and %u would be served by "
				"two lcores: accepted is --nb-cores=1, or as many --rxq and --txq",
					fwd->args.nb_cores, fwd->args.mode->name, r->rx_queue,
					r->rx_port, r->tx_port);
			return -EINVAL;
		}
	}
	return 0;
}

int
fwd_streams_plan(struct fwd *fwd)
{
	fwd_streams_free(fwd);
	if (check_topology(fwd) != 0 || plan_routes(fwd) != 0)
		return -EINVAL;
	plan_lcores(fwd);
	return check_pairs(fwd) != 0 ? -EINVAL : check_tx_queues(fwd);
}

static void *
zalloc(const char *type, size_t size, int socket)
{
	return rte_zmalloc_socket(type, size, RTE_CACHE_LINE_SIZE, socket);
}

static int
create_stream(struct fwd *fwd, struct fwd_stream *s, const struct fwd_route *r, unsigned int lcore)
{
	const struct fwd_port *tx = &fwd->ports[r->tx_port];
	int socket = fwd_sockets_near((int)rte_lcore_to_socket_id(lcore));

	s->burst = (uint16_t)fwd->args.burst;
	s->retry = fwd->args.tx_retry;
	s->pool = fwd->pool;
	s->rx = fwd->ports[r->rx_port].bridge;
	s->rx_port = r->rx_port;
	s->lcore = lcore;
	s->rx_queue = r->rx_queue;
	s->tx = fwd->args.mode->sends ? tx->bridge : NULL;
	s->tx_queue = r->tx_queue;
	s->tx_addr = tx->addr;
	s->tx_peer = tx->peer;
	s->tx_mbufs = tx->mbufs;
	s->tx_port = tx;
	s->args = &fwd->args;
	s->mode = fwd->args.mode;
	if (fwd->args.record_burst_stats) {
		s->bursts = zalloc("fwd_bursts", sizeof(*s->bursts), socket);
		if (s->bursts == NULL)
			return -ENOMEM;
	}
	if (s->tx != NULL && fwd->args.impair.on &&
			fwd_impair_create(s, &fwd->args.impair, (unsigned int)(r - fwd->routes),
					socket) != 0)
		return -ENOMEM;
	return fwd->args.mode->start != NULL ? fwd->args.mode->start(s, socket) : 0;
}

int
fwd_streams_create(struct fwd *fwd)
{
	struct fwd_lcore *lc;
	unsigned int l, i;
	int socket;
	int ret = 0;

	for (l = 0; l < fwd->nb_lcores && ret == 0; l++) {
		lc = &fwd->lcores[l];
		lc->pool = fwd->pool;
		socket = fwd_sockets_near((int)rte_lcore_to_socket_id(lc->id));
		lc->streams = zalloc("fwd_streams", lc->nb * sizeof(*lc->streams), socket);
		if (lc->streams == NULL)
			ret = -ENOMEM;
		for (i = 0; i < lc->nb && ret == 0; i++)
			ret = create_stream(fwd, &lc->streams[i], &fwd->routes[lc->first + i],
					lc->id);
		if (ret == -ENOMEM)
			FWD_ERR("lcore %u: no memory for its %u streams on socket %d: %s", lc->id,
					lc->nb, socket, fwd_env_more_memory(&fwd->eal));
	}
	return ret;
}

void
fwd_streams_free(struct fwd *fwd)
{
	struct fwd_lcore *lc;
	unsigned int l, i;

	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		for (i = 0; lc->streams != NULL && i < lc->nb; i++) {
			if (lc->mode->stop != NULL)
				lc->mode->stop(&lc->streams[i]);
			rte_free(lc->streams[i].bursts);
			fwd_impair_free(&lc->streams[i]);
		}
		rte_free(lc->streams);
		lc->streams = NULL;
	}
	/* The main lcore sleeps from now on: what its cache had would be idle, and stay. */
	if (fwd->nb_lcores != 0 && fwd->pool != NULL)
		lbuf_pool_flush(fwd->pool);
	free(fwd->routes);
	fwd->routes = NULL;
	fwd->nb_lcores = 0;
	fwd->nb_streams = 0;
}

void
fwd_streams_show(const struct fwd *fwd)
{
	const char *mode = fwd->nb_lcores != 0 ? fwd->lcores[0].mode->name : fwd->args.mode->name;
	char peer[RTE_ETHER_ADDR_FMT_SIZE];
	const struct fwd_port *rx, *tx;
	const struct fwd_lcore *lc;
	const struct fwd_route *r;
	unsigned int l, i;

	printf("%s packet forwarding%s - ports=%u - cores=%u - streams=%u - "
	       "NUMA support %s, MP allocation mode: native\n",
			mode, fwd->args.tx_retry ? " with retry" : "", fwd->nb_ports,
			fwd->nb_lcores, fwd->nb_streams,
			fwd->args.no_numa ? "disabled" : "enabled");
	if (fwd->args.tx_retry)
		printf("TX retry num: %u, delay between TX retries: %uus\n", fwd->args.tx_retries,
				fwd->args.tx_retry_us);
	for (l = 0; l < fwd->nb_lcores; l++) {
		lc = &fwd->lcores[l];
		printf("Logical Core %u (socket %u) forwards packets on %u streams:", lc->id,
				rte_lcore_to_socket_id(lc->id), lc->nb);
		for (i = 0; i < lc->nb; i++) {
			r = &fwd->routes[lc->first + i];
			rx = &fwd->ports[r->rx_port];
			tx = &fwd->ports[r->tx_port];
			rte_ether_format_addr(peer, sizeof(peer), &tx->peer);
			printf("\n  RX P=%u/Q=%u (socket %d) -> TX P=%u/Q=%u (socket %d) "
			       "peer=%s",
					r->rx_port, r->rx_queue, rx->mem_socket, r->tx_port,
					r->tx_queue, tx->mem_socket, peer);
		}
		printf("\n");
	}
	printf("\n");
}
