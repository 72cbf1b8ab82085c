/* SPDX-License-Identifier: BSD-3-Clause */

/* All cases; cases.c puts them into order. */

#ifndef PERF_CASES_H
#define PERF_CASES_H

#include "perf.h"

/* case_alloc.c */
extern const struct perf_case case_alloc_pair;
extern const struct perf_case case_alloc_pair_byte;
extern const struct perf_case case_alloc_pair_page;
extern const struct perf_case case_alloc_burst;
extern const struct perf_case case_alloc_burst_byte;
extern const struct perf_case case_alloc_burst_page;
extern const struct perf_case case_alloc_bulk;
extern const struct perf_case case_alloc_bulk_byte;
extern const struct perf_case case_alloc_bulk_page;
extern const struct perf_case case_alloc_raw;
extern const struct perf_case case_alloc_classes;
extern const struct perf_case case_alloc_turn_2;
extern const struct perf_case case_alloc_random_2;
extern const struct perf_case case_alloc_held_2;
extern const struct perf_case case_alloc_turn_4;
extern const struct perf_case case_alloc_random_4;
extern const struct perf_case case_alloc_held_4;
extern const struct perf_case case_alloc_turn_8;
extern const struct perf_case case_alloc_random_8;
extern const struct perf_case case_alloc_held_8;

/* case_multi.c */
extern const struct perf_case case_xcore;
extern const struct perf_case case_xcore_bulk;
extern const struct perf_case case_scale_1;
extern const struct perf_case case_scale_2;
extern const struct perf_case case_scale_3;
extern const struct perf_case case_scale_4;
extern const struct perf_case case_scale_6;
extern const struct perf_case case_scale_8;
extern const struct perf_case case_scale_12;
extern const struct perf_case case_scale_16;

/* case_grow.c */
extern const struct perf_case case_first;
extern const struct perf_case case_grow;

/* case_memory.c */
extern const struct perf_case case_fit;
extern const struct perf_case case_overhead;
extern const struct perf_case case_footprint;
extern const struct perf_case case_give_back;

/* case_chain.c */
extern const struct perf_case case_stream_zc;
extern const struct perf_case case_stream_mbuf;
extern const struct perf_case case_stream_copy;
extern const struct perf_case case_attach;
extern const struct perf_case case_slice45;
extern const struct perf_case case_clone45;
extern const struct perf_case case_iovec45;
extern const struct perf_case case_u32;
extern const struct perf_case case_u32_border;
extern const struct perf_case case_lines;
extern const struct perf_case case_walk;
extern const struct perf_case case_read;
extern const struct perf_case case_checksum;
extern const struct perf_case case_crc32c;

/* case_rxtx.c */
extern const struct perf_case case_rxtx_null;
extern const struct perf_case case_rxtx_ring;
extern const struct perf_case case_copy_break;

/* case_stream.c */
extern const struct perf_case case_stream_few;
extern const struct perf_case case_stream_many;
extern const struct perf_case case_stream_idle;
extern const struct perf_case case_stream_flood;
extern const struct perf_case case_stream_flood_memory;

/* case_hold.c */
extern const struct perf_case case_hold_append;
extern const struct perf_case case_hold_take;
extern const struct perf_case case_hold_break;

#endif /* PERF_CASES_H */
