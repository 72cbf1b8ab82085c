/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * tx_vlan: sent packets get a VLAN tag, by the device.
 */

#ifndef FWD_TX_VLAN_H
#define FWD_TX_VLAN_H

struct fwd;
struct fwd_port;

/* Mark what the queues of a stopped port send, or do not, as the port says. */
void
fwd_tx_vlan_apply(struct fwd *fwd, struct fwd_port *port);

/* Mark nothing, before the device goes. */
void
fwd_tx_vlan_remove(struct fwd *fwd, struct fwd_port *port);

#endif /* FWD_TX_VLAN_H */
