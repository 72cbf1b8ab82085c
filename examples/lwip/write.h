/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * tcp_write() without a copy.
 *
 * Debian builds lwIP with LWIP_NETIF_TX_SINGLE_PBUF, for drivers that take a packet in one piece:
 * tcp_write() copies whatever it is told there. A driver of DPDK takes segments. So this puts
 * segments whose payload are pbufs of linked buffers into the queue of a connection, as
 * tcp_write() would put its own; all else, sending them again among it, is lwIP's.
 */

#ifndef WRITE_H
#define WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include <lbuf.h>

struct tcp_pcb;

/* Whether the lwIP that runs has the structures that these sources were built with. */
bool
write_fits(void);

/*
 * Queue the first readable bytes of a buffer, as many as the connection takes now, and consume
 * them. They are held until they are acknowledged, or the connection is gone. tcp_output() sends
 * them. Returns how many bytes.
 */
uint32_t
write_ref(struct tcp_pcb *pcb, struct lbuf *b);

/* The same by tcp_write(), which copies them. */
uint32_t
write_copy(struct tcp_pcb *pcb, struct lbuf *b);

#endif /* WRITE_H */
