/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_WAITERS_H
#define LBUF_MEM_WAITERS_H

#include <sys/queue.h>

#include <rte_spinlock.h>

#include <lbuf_wait.h>

TAILQ_HEAD(waiter_list, lbuf_waiter);

/* Who waits for memory of a pool. */
struct waiters {
	rte_spinlock_t lock;
	uint32_t nb[LBUF_SHARE_NUM]; /* who wants memory of a share; written under the lock */
	struct waiter_list line;
};

#endif /* LBUF_MEM_WAITERS_H */
