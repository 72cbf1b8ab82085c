/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Waiting on the main lcore: for input, for a signal, for what another thread noted.
 */

#ifndef FWD_LOOP_H
#define FWD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The program's state is the main lcore's, but while it waits here. Another thread that looks
 * at it has the lock meanwhile: it waits until the main lcore does.
 */
void
fwd_loop_lock(void);
void
fwd_loop_unlock(void);

/* Before signals are caught; takes the lock. 0, or a negative errno after one line. */
int
fwd_loop_init(void);

/* End a wait, now or the next one. For signal handlers, and any thread. */
void
fwd_loop_wake(void);

/*
 * Wait until the file can be read, somebody calls fwd_loop_wake(), or so many ms have
 * gone by; -1: no limit. fd -1: no file.
 *
 * Returns whether the file can be read, or is at its end.
 */
bool
fwd_loop_wait(int fd, int ms);

#endif /* FWD_LOOP_H */
