/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Settings of the mode stream.
 */

#ifndef FWD_TCP_CONF_H
#define FWD_TCP_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf_conn.h>
#include <lbuf_frame.h>

/* Connections that are shown while packets are forwarded, unless told otherwise. */
#define FWD_TCP_ROWS 20
/* Most of them. */
#define FWD_TCP_ROWS_MAX 1024

struct fwd_tcp_conf {
	bool framed; /* records are cut as framer says */
	struct lbuf_frame_params framer;
	enum lbuf_stream_policy policy;
	const char *dump; /* folder; NULL: none */
	/* 0 for what the library takes. */
	uint32_t max_conns;
	uint32_t max_mbufs;
	size_t max_held; /* of a direction, bytes */
	size_t max_all;
	uint32_t timeout; /* s */
	uint32_t syn_timeout;
	uint32_t gap_timeout;
	uint32_t rows;
	bool pick_up;
	bool check_sums;
	bool any_vlan;
	bool acked_gaps;
};

struct fwd_args;

/* For the rows of options: each returns 0, or -EINVAL after one line. */
int
fwd_set_tcp_framer(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tcp_policy(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tcp_bytes(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tcp_adjust(struct fwd_args *args, const char *name, const char *val);

/* mbufs that the streams of an lcore may keep. */
uint32_t
fwd_tcp_holds(const struct fwd_tcp_conf *conf);

/* Settings of a table, but for its pool and what it calls. */
void
fwd_tcp_params(const struct fwd_args *args, struct lbuf_conn_params *params);

#endif /* FWD_TCP_CONF_H */
