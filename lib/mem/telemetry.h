/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_TELEMETRY_H
#define LBUF_MEM_TELEMETRY_H

/* Make the commands known to EAL. */
void
telemetry_register(void);

#endif /* LBUF_MEM_TELEMETRY_H */
