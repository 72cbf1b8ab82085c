/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Trace points of lib/mem, for --trace=lbuf.*: what pools take from EAL and give back, and
 * what their limits refuse. None is on the way of a chunk that is there: off, each costs the
 * look at one word where memory is mapped or a slab is cut.
 */

#ifndef LBUF_MEM_MEM_TRACE_H
#define LBUF_MEM_MEM_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include <rte_trace_point.h>

#define MEM_TRACE_MEMORY(name) \
	RTE_TRACE_POINT(name, \
			RTE_TRACE_POINT_ARGS(const char *pool, int socket, size_t size, \
					uint32_t chunks, size_t bytes), \
			rte_trace_point_emit_string(pool); \
			rte_trace_point_emit_int(socket); rte_trace_point_emit_size_t(size); \
			rte_trace_point_emit_u32(chunks); rte_trace_point_emit_size_t(bytes);)

/* Memory was added: a slab of so many chunks of a class, or a mapping for one large chunk. */
MEM_TRACE_MEMORY(lbuf_trace_grow)

/* The same was given back. */
MEM_TRACE_MEMORY(lbuf_trace_trim)

/* A request for memory was refused, for the limit, of which so much is used, has no room. */
RTE_TRACE_POINT(lbuf_trace_limit,
		RTE_TRACE_POINT_ARGS(const char *pool, int socket, size_t bytes, uint64_t used,
				uint64_t limit),
		rte_trace_point_emit_string(pool);
		rte_trace_point_emit_int(socket); rte_trace_point_emit_size_t(bytes);
		rte_trace_point_emit_u64(used); rte_trace_point_emit_u64(limit);)

#endif /* LBUF_MEM_MEM_TRACE_H */
