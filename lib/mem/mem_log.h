/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_MEM_LOG_H
#define LBUF_MEM_MEM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

extern int lbuf_mem_logtype;
#define MEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_mem_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

/* Seconds between two messages about one thing, usually. */
#define LOG_QUIET_S 10

/*
 * Whether it is time to log again what may happen all the time: so many seconds after
 * *last_tsc, when it was logged last, which is set.
 */
bool
log_due(uint64_t *last_tsc, unsigned int seconds);

#endif /* LBUF_MEM_MEM_LOG_H */
