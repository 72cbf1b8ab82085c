/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_HEAP_H
#define LBUF_MEM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * EAL's heap on a socket. To find that it has no pages left takes EAL 30 microseconds and
 * more: so a heap that could not serve a request is left alone for a while.
 */
struct heap {
	uint64_t backoff_tsc; /* until when it is not asked for so many bytes */
	uint64_t backoff_bytes;
};

/* Whether the heap had not that many bytes a moment ago, and is not to be asked. */
bool
heap_in_backoff(const struct heap *heap, size_t bytes);
/* Note that it had not that many bytes. */
void
heap_backoff(struct heap *heap, size_t bytes);
/* Note that it was given something back: it may be asked again. */
void
heap_backoff_end(struct heap *heap);

#endif /* LBUF_MEM_HEAP_H */
