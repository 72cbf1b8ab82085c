/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef LBUF_MEM_WAKEUP_H
#define LBUF_MEM_WAKEUP_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Have the background thread of the primary process look after its pools soon. It does so
 * anyway after a while: in other processes, and without such a thread, nothing happens.
 */
void
wakeup(void);
/* Whether it was called since this was last asked. */
bool
wakeup_taken(void);
/* The thread sleeps until it is woken, or so long; the lock is released meanwhile. */
void
wakeup_wait(pthread_mutex_t *lock, unsigned int ms);
/* Wake the thread, whether or not there is anything to do. */
void
wakeup_force(void);

#endif /* LBUF_MEM_WAKEUP_H */
