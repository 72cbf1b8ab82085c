/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_HOLD_TEL_H
#define LBUF_HOLD_TEL_H

/* Have rte_telemetry answer about held mbufs. Once a process. */
void
hold_tel_register(void);

#endif /* LBUF_HOLD_TEL_H */
