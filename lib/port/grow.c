/* SPDX-License-Identifier: BSD-3-Clause */

/* Mempools of an RX queue, each larger than the one before. */

#include <errno.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include <lbuf_grow.h>

#include "governor.h"
#include "port_priv.h"

/* So long a mempool is seen whole before it is freed, seconds. */
#define GRACE 1

struct pool {
	struct rte_mempool *mp;
	uint64_t whole_since; /* by the time stamp counter; 0: it was not */
};

struct lbuf_mbufs {
	struct lbuf_port *port;
	uint16_t id; /* of the port, whose bridge may be gone */
	uint16_t queue;
	int socket; /* the bridge's */
	unsigned int nb_pools;
	struct pool pools[LBUF_MBUFS_POOLS]; /* the first is the queue's */
	struct lbuf_mbufs_params params;
	struct rte_eth_rxconf rx_conf; /* if params says that there is one */
};

static struct rte_mempool *
pool_create(const struct lbuf_mbufs *mbufs, uint32_t n)
{
	static uint16_t serial;
	char name[RTE_MEMPOOL_NAMESIZE];

	snprintf(name, sizeof(name), "lbuf_rx_%u_%u_%u", mbufs->id, mbufs->queue,
			__atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
	return rte_pktmbuf_pool_create(name, n, mbufs->params.cache_size, mbufs->params.priv_size,
			mbufs->params.data_room, mbufs->socket);
}

static int
set_up(const struct lbuf_mbufs *mbufs, struct rte_mempool *mp)
{
	return rte_eth_rx_queue_setup(mbufs->id, mbufs->queue, mbufs->params.nb_desc,
			(unsigned int)mbufs->socket, mbufs->params.rx_conf, mp);
}

static int
check_params(const struct lbuf_port *port, uint16_t queue, const struct lbuf_mbufs_params *params)
{
	struct rte_eth_dev_info info;

	if (port == NULL || params == NULL || params->n == 0)
		return -EINVAL;
	if (rte_eth_dev_info_get(port->head.id, &info) != 0 || queue >= info.nb_rx_queues)
		return -EINVAL;
	if (params->rx_conf != NULL &&
			(params->rx_conf->rx_nseg != 0 || params->rx_conf->rx_nmempool != 0))
		return -EINVAL;
	return port_is_stopped(port->head.id) ? 0 : -EBUSY;
}

struct lbuf_mbufs *
lbuf_mbufs_create(struct lbuf_port *port, uint16_t queue, const struct lbuf_mbufs_params *params)
{
	int ret = check_params(port, queue, params);
	struct lbuf_mbufs *mbufs;

	if (ret != 0)
		return fail_ptr(ret);
	mbufs = rte_zmalloc("lbuf_mbufs", sizeof(*mbufs), 0);
	if (mbufs == NULL)
		return fail_ptr(-ENOMEM);
	mbufs->port = port;
	mbufs->id = port->head.id;
	mbufs->queue = queue;
	mbufs->socket = port->socket;
	mbufs->params = *params;
	if (params->data_room == 0)
		mbufs->params.data_room = RTE_MBUF_DEFAULT_BUF_SIZE;
	if (params->rx_conf != NULL) {
		mbufs->rx_conf = *params->rx_conf;
		mbufs->params.rx_conf = &mbufs->rx_conf;
	}
	mbufs->pools[0].mp = pool_create(mbufs, params->n);
	mbufs->nb_pools = 1;
	ret = mbufs->pools[0].mp == NULL ? -rte_errno : set_up(mbufs, mbufs->pools[0].mp);
	if (ret == 0)
		return mbufs;
	rte_mempool_free(mbufs->pools[0].mp);
	rte_free(mbufs);
	return fail_ptr(ret);
}

static int
stop(const struct lbuf_mbufs *mbufs, enum lbuf_mbufs_restart what)
{
	switch (what) {
	case LBUF_MBUFS_PORT:
		return port_halt(mbufs->port);
	case LBUF_MBUFS_QUEUE:
		return rte_eth_dev_rx_queue_stop(mbufs->id, mbufs->queue);
	default:
		return 0;
	}
}

static int
start(const struct lbuf_mbufs *mbufs, enum lbuf_mbufs_restart what)
{
	int ret = what == LBUF_MBUFS_PORT ? rte_eth_dev_start(mbufs->id) : 0;
	bool deferred = mbufs->params.rx_conf != NULL && mbufs->rx_conf.rx_deferred_start != 0;

	if (ret != 0 || (what != LBUF_MBUFS_QUEUE && !(what == LBUF_MBUFS_PORT && deferred)))
		return ret;
	return rte_eth_dev_rx_queue_start(mbufs->id, mbufs->queue);
}

static int
set_up_and_start(const struct lbuf_mbufs *mbufs, struct rte_mempool *mp,
		enum lbuf_mbufs_restart what)
{
	int ret = set_up(mbufs, mp);

	return ret != 0 ? ret : start(mbufs, what);
}

/* Give the queue a mempool; if that fails, the one that it had. 0 or a negative errno. */
static int
change(const struct lbuf_mbufs *mbufs, struct rte_mempool *mp, enum lbuf_mbufs_restart what)
{
	int back, ret = stop(mbufs, what);

	if (ret != 0)
		return ret;
	ret = set_up_and_start(mbufs, mp, what);
	if (ret == 0)
		return 0;
	/* A port of which only a queue did not start goes on. */
	if (what == LBUF_MBUFS_PORT && !port_is_stopped(mbufs->id))
		rte_eth_dev_stop(mbufs->id);
	back = set_up_and_start(mbufs, mbufs->pools[0].mp, what);
	if (back != 0)
		PORT_LOG(ERR,
				"port %u: queue %u takes neither more mbufs (%s) nor those that it "
				"had (%s): configure the port anew",
				mbufs->id, mbufs->queue, rte_strerror(-ret), rte_strerror(-back));
	return ret;
}

/* What is to be restarted, or -ENOTSUP if that is more than may be. */
static int
restart_needed(const struct lbuf_mbufs *mbufs, enum lbuf_mbufs_restart most, bool queue_stops)
{
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(mbufs->id, &info);

	if (ret != 0)
		return ret;
	if (port_is_stopped(mbufs->id))
		return LBUF_MBUFS_NOTHING;
	if ((info.dev_capa & RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP) == 0)
		queue_stops = false;
	if (queue_stops && most >= LBUF_MBUFS_QUEUE)
		return LBUF_MBUFS_QUEUE;
	if (most >= LBUF_MBUFS_PORT)
		return LBUF_MBUFS_PORT;
	PORT_LOG(ERR,
			"port %u: queue %u gets no more mbufs: %s sets it up when the %s is "
			"stopped: allow a restart, or stop the port before",
			mbufs->id, mbufs->queue, info.driver_name, queue_stops ? "queue" : "port");
	return -ENOTSUP;
}

/* Change by restarting as little as can be; what was restarted, or a negative errno. */
static int
change_with_least(const struct lbuf_mbufs *mbufs, struct rte_mempool *mp, int what,
		enum lbuf_mbufs_restart most)
{
	int ret = change(mbufs, mp, (enum lbuf_mbufs_restart)what);

	if (ret == -ENOTSUP && what == LBUF_MBUFS_QUEUE) {
		what = restart_needed(mbufs, most, false);
		if (what < 0)
			return what;
		ret = change(mbufs, mp, (enum lbuf_mbufs_restart)what);
	}
	return ret != 0 ? ret : what;
}

int
lbuf_mbufs_grow(struct lbuf_mbufs *mbufs, uint32_t n, enum lbuf_mbufs_restart most)
{
	struct rte_mempool *mp;
	uint32_t now;
	int what, ret;

	if (mbufs == NULL || n == 0)
		return -EINVAL;
	now = mbufs->pools[0].mp->size;
	if (n > UINT32_MAX - now)
		return -EINVAL;
	if (lbuf_mbufs_reap(mbufs) + 1 == LBUF_MBUFS_POOLS) {
		PORT_LOG(ERR,
				"port %u: queue %u gets no more mbufs: some of %u earlier mempools "
				"are out, release them first",
				mbufs->id, mbufs->queue, LBUF_MBUFS_POOLS - 1);
		return -ENOSPC;
	}
	what = restart_needed(mbufs, most, true);
	if (what < 0)
		return what;
	mp = pool_create(mbufs, now + n);
	if (mp == NULL)
		return -rte_errno;
	ret = change_with_least(mbufs, mp, what, most);
	mbufs->pools[mbufs->nb_pools++] = (struct pool){ .mp = mp };
	if (ret >= 0) {
		RTE_SWAP(mbufs->pools[0], mbufs->pools[mbufs->nb_pools - 1]);
		governor_follow(mbufs->port, mbufs->queue, mp);
	}
	return ret;
}

static bool
is_whole(const struct pool *pool)
{
	return rte_mempool_avail_count(pool->mp) == pool->mp->size;
}

/* Whether a mempool has been whole for long enough. */
static bool
is_done(struct pool *pool)
{
	uint64_t now = rte_get_tsc_cycles();

	/* Nobody takes mbufs out of it any more. */
	if (pool->whole_since == 0 && is_whole(pool))
		pool->whole_since = now;
	return pool->whole_since != 0 && now - pool->whole_since >= GRACE * rte_get_tsc_hz();
}

unsigned int
lbuf_mbufs_reap(struct lbuf_mbufs *mbufs)
{
	unsigned int i = 1;

	while (i < mbufs->nb_pools) {
		if (!is_done(&mbufs->pools[i])) {
			i++;
			continue;
		}
		/* A packet of it may have been the first that was held. */
		governor_follow(mbufs->port, mbufs->queue, mbufs->pools[0].mp);
		rte_mempool_free(mbufs->pools[i].mp);
		mbufs->pools[i] = mbufs->pools[--mbufs->nb_pools];
	}
	return mbufs->nb_pools - 1;
}

struct rte_mempool *
lbuf_mbufs_pool(const struct lbuf_mbufs *mbufs)
{
	return mbufs->pools[0].mp;
}

int
lbuf_mbufs_free(struct lbuf_mbufs *mbufs)
{
	unsigned int i;

	if (mbufs == NULL)
		return 0;
	for (i = 0; i < mbufs->nb_pools; i++) {
		if (is_whole(&mbufs->pools[i]))
			continue;
		PORT_LOG(ERR,
				"port %u: mbufs of queue %u not freed, %u are out: close the port "
				"first",
				mbufs->id, mbufs->queue,
				rte_mempool_in_use_count(mbufs->pools[i].mp));
		return -EBUSY;
	}
	for (i = 0; i < mbufs->nb_pools; i++)
		rte_mempool_free(mbufs->pools[i].mp);
	rte_free(mbufs);
	return 0;
}
