/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_MEM_LOG_H
#define LBUF_MEM_MEM_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

extern int lbuf_mem_logtype;
#define MEM_LOG(level, fmt, ...) \
	rte_log(RTE_LOG_##level, (uint32_t)lbuf_mem_logtype, "lbuf: " fmt "\n", ##__VA_ARGS__)

/*
 * Whether it is time to log again what may happen all the time. *last_tsc is when it was
 * logged last, and is set.
 */
bool
log_due(uint64_t *last_tsc);

#endif /* LBUF_MEM_MEM_LOG_H */
