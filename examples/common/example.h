/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the examples begin and end with: ports with one queue of each kind, and SIGINT.
 */

#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <signal.h>
#include <stdint.h>

#include <lbuf_port.h>

/* A signal has asked to stop. */
extern volatile sig_atomic_t stop;

/* Have SIGINT and SIGTERM do that, and lines be shown as they are printed. */
void
begin(void);

/* Set a port up and start it. NULL after one line. */
struct lbuf_port *
port_start(uint16_t id, struct lbuf_pool *pool);

/* The same, of a bridge with other settings than the default. */
struct lbuf_port *
port_start_with(uint16_t id, const struct lbuf_port_params *params);

/* Stop a port, and free what belongs to it. NULL does nothing. */
void
port_stop(uint16_t id, struct lbuf_port *port);

#endif /* EXAMPLE_H */
