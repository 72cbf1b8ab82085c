/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_MEMPOOLS_H
#define LBUF_MEM_MEMPOOLS_H

/* Make the command known to EAL that tells of every mempool of the program. */
void
mempools_register(void);

#endif /* LBUF_MEM_MEMPOOLS_H */
