/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What commands show, to testpmd's letter.
 */

#ifndef FWD_PRINT_H
#define FWD_PRINT_H

#include <stdint.h>

struct fwd;
struct fwd_port;

/* print_port.c */
void
fwd_print_port_info(struct fwd *fwd, uint16_t id);
void
fwd_print_port_summary_header(void);
void
fwd_print_port_summary(struct fwd *fwd, uint16_t id);
void
fwd_print_macs(struct fwd *fwd, uint16_t id);
void
fwd_print_mcast_macs(struct fwd *fwd, uint16_t id);
/* Ports there are, behind the line that one is not. */
void
fwd_print_valid_ports(void);

/* print_stats.c */
void
fwd_print_stats(struct fwd *fwd, uint16_t id);
void
fwd_clear_stats(struct fwd *fwd, uint16_t id);
void
fwd_print_xstats(struct fwd *fwd, uint16_t id);
void
fwd_clear_xstats(struct fwd *fwd, uint16_t id);

/* print_queue.c */
void
fwd_print_rxq(uint16_t id, uint16_t queue);
void
fwd_print_txq(uint16_t id, uint16_t queue);

/* print_config.c */
void
fwd_print_rxtx(const struct fwd *fwd);
void
fwd_print_cores(const struct fwd *fwd);
void
fwd_print_txpkts(const struct fwd *fwd);
void
fwd_print_txtimes(const struct fwd *fwd);

/* print_device.c: identifier NULL is all. */
void
fwd_print_devices(const char *identifier);

/* print_offload.c */
void
fwd_print_rx_capabilities(uint16_t id);
void
fwd_print_tx_capabilities(uint16_t id);
void
fwd_print_rx_configuration(struct fwd *fwd, uint16_t id);
void
fwd_print_tx_configuration(struct fwd *fwd, uint16_t id);

#endif /* FWD_PRINT_H */
