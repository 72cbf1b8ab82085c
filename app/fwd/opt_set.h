/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Options whose value is more than a number.
 */

#ifndef FWD_OPT_SET_H
#define FWD_OPT_SET_H

#include "args.h"

/* Each returns 0, or -EINVAL after one line that says what is accepted. */
int
fwd_set_mode(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_noisy_mode(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_topology(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_peer(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_peers_file(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_cores(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_ports(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_mbuf_size(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_txpkts(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tx_ip(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tx_udp(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_tx_offloads(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_rss(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_speed(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_port_numa(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_ring_numa(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_numa(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_no_mlockall(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_events(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_xstats(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_cmdline_file(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_prompt(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_config(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_mem_limit(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_class_size(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_impair(struct fwd_args *args, const char *name, const char *val);
int
fwd_set_numa_policy(struct fwd_args *args, const char *name, const char *val);

#endif /* FWD_OPT_SET_H */
