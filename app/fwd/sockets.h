/* SPDX-License-Identifier: BSD-3-Clause */

#ifndef FWD_SOCKETS_H
#define FWD_SOCKETS_H

#include "fwd.h"

/*
 * 0, or a negative errno after one line, if EAL has no memory on the main lcore's socket: then
 * it can have no port.
 */
int
fwd_sockets_check_main(void);
/*
 * Socket of the memory for who is on a socket: that, or the main lcore's if EAL has none there,
 * as is said once.
 */
int
fwd_sockets_near(int socket);
/* After the first plan: where the memory of ports lies. */
void
fwd_sockets_choose(struct fwd *fwd);
/* The same for a port that has come later. */
int
fwd_sockets_of_port(const struct fwd *fwd, const struct fwd_port *port);

#endif /* FWD_SOCKETS_H */
