/* SPDX-License-Identifier: BSD-3-Clause */

/* Devices that reach the memory of a pool. */

#include <errno.h>

#include <rte_eal.h>

#include "pool_priv.h"

/* The lock must be held. */
static int
add(struct pool_priv *priv, struct rte_device *dev)
{
	uint32_t i;

	/* With the first one EAL is told of the arenas, and of what is in them. */
	if (!priv->devices.any) {
		priv->devices.any = true;
		for (i = 0; i < nb_slots(priv); i++)
			large_adopt(&priv->slot[i].large);
	}
	return device_add(&priv->devices, dev);
}

int
lbuf_pool_dev_add(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	int ret;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0; /* its structures are not the primary's, which maps */
	rte_spinlock_lock(&priv->devices.lock);
	ret = add(priv, dev);
	rte_spinlock_unlock(&priv->devices.lock);
	return ret;
}

int
lbuf_pool_dev_remove(struct lbuf_pool *pool, struct rte_device *dev)
{
	struct pool_priv *priv = pool_priv(pool);
	int ret;

	if (pool == NULL || dev == NULL)
		return -EINVAL;
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	rte_spinlock_lock(&priv->devices.lock);
	ret = device_remove(&priv->devices, dev);
	rte_spinlock_unlock(&priv->devices.lock);
	return ret;
}
