/* SPDX-License-Identifier: BSD-3-Clause */

/* A reader of frames that lie in one piece, as plain as can be. */

#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exchange n bytes at two places. */
void
frame_swap(uint8_t *a, uint8_t *b, size_t n);

/* Set the checksums of an IPv4 header, even a short one, and of ICMP behind it. */
void
frame_mend(uint8_t *f, size_t len);

/*
 * Turn a frame into what icmpecho answers from the address `own`; false: no answer.
 * Of the checksums that an answer may have it is one that is not zero.
 */
bool
frame_echo(uint8_t *f, size_t len, const uint8_t *own);

/* Write an echo request; its bytes. */
size_t
frame_echo_request(uint8_t *f);

#endif /* FRAME_H */
