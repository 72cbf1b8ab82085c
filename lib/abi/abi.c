/* SPDX-License-Identifier: BSD-3-Clause */

/* What those need to know at run time who do not compile the headers. */

#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>

#include <lbuf.h>
#include <lbuf_abi.h>
#include <lbuf_burst.h>
#include <lbuf_conn.h>
#include <lbuf_debug.h>
#include <lbuf_frame.h>
#include <lbuf_grow.h>
#include <lbuf_hold.h>
#include <lbuf_needed.h>
#include <lbuf_port.h>
#include <lbuf_share.h>
#include <lbuf_stream.h>
#include <lbuf_wait.h>

#define SIZE(name) \
	{ \
#name, sizeof(struct name) \
	}

static const struct {
	const char *name;
	size_t bytes;
} sizes[] = {
	SIZE(lbuf),
	SIZE(lbuf_burst),
	SIZE(lbuf_compacted),
	SIZE(lbuf_conn_dir_stats),
	SIZE(lbuf_conn_info),
	SIZE(lbuf_conn_ops),
	SIZE(lbuf_conn_params),
	SIZE(lbuf_conn_table_stats),
	SIZE(lbuf_cursor),
	SIZE(lbuf_ext),
	SIZE(lbuf_frame),
	SIZE(lbuf_frame_params),
	SIZE(lbuf_hold_holder),
	SIZE(lbuf_hold_stats),
	SIZE(lbuf_holder),
	SIZE(lbuf_mbufs_conf),
	SIZE(lbuf_mbufs_params),
	SIZE(lbuf_pool_params),
	SIZE(lbuf_pool_stats),
	SIZE(lbuf_port_params),
	SIZE(lbuf_port_stats),
	SIZE(lbuf_set),
	SIZE(lbuf_share_stats),
	SIZE(lbuf_stream),
	SIZE(lbuf_stream_params),
	SIZE(lbuf_streams_stats),
	SIZE(lbuf_waiter),
};

size_t
lbuf_sizeof(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < RTE_DIM(sizes); i++)
		if (strcmp(name, sizes[i].name) == 0)
			return sizes[i].bytes;
	return 0;
}

const char *
lbuf_version(void)
{
	return LBUF_VERSION;
}

int
lbuf_errno(void)
{
	return rte_errno;
}

void *
lbuf_chunk_data(const struct lbuf_chunk *chunk)
{
	return chunk->data;
}

size_t
lbuf_chunk_size(const struct lbuf_chunk *chunk)
{
	return chunk->size;
}

uint16_t
lbuf_burst_places(const struct lbuf_burst *burst)
{
	return burst->n;
}

struct rte_mbuf *
lbuf_burst_packet(const struct lbuf_burst *burst, uint16_t i)
{
	return i < burst->n ? burst->pkts[i] : NULL;
}
