/* SPDX-License-Identifier: BSD-3-Clause */

/* The trace points are registered. */

/* It has the header below describe the points, and goes before it. */
#include <rte_trace_point_register.h>

#include "mem_trace.h"

RTE_TRACE_POINT_REGISTER(lbuf_trace_grow, lbuf.mem.grow)
RTE_TRACE_POINT_REGISTER(lbuf_trace_trim, lbuf.mem.trim)
RTE_TRACE_POINT_REGISTER(lbuf_trace_limit, lbuf.mem.limit)
