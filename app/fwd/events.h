/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Events of ports: which are printed, and what is done about them.
 */

#ifndef FWD_EVENTS_H
#define FWD_EVENTS_H

#include <stdint.h>

#include <rte_ethdev.h>

struct fwd;

#define FWD_EVENT(type) (UINT32_C(1) << RTE_ETH_EVENT_##type)

/* Those that are printed unless --mask-event and --print-event tell otherwise. */
#define FWD_EVENTS_DEFAULT \
	(FWD_EVENT(UNKNOWN) | FWD_EVENT(INTR_LSC) | FWD_EVENT(QUEUE_STATE) | \
			FWD_EVENT(INTR_RESET) | FWD_EVENT(IPSEC) | FWD_EVENT(MACSEC) | \
			FWD_EVENT(INTR_RMV) | FWD_EVENT(FLOW_AGED) | FWD_EVENT(ERR_RECOVERING) | \
			FWD_EVENT(RECOVERY_SUCCESS) | FWD_EVENT(RECOVERY_FAILED))

/* Bits of the event that an option names, or of all; 0: there is none. */
uint32_t
fwd_events_by_name(const char *name);

/* The names, with commas between them. */
void
fwd_events_names(char *buf, size_t size);

/* From now on print events, and note removed devices. 0, or a negative errno. */
int
fwd_events_watch(struct fwd *fwd);
void
fwd_events_unwatch(void);

/* Close and detach the ports whose devices have been removed. On the main thread. */
void
fwd_events_removed(struct fwd *fwd);

#endif /* FWD_EVENTS_H */
