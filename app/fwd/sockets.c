/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * On which socket memory is taken. A socket may have none: its node has no memory or no
 * hugepages, or the process may not use what it has.
 */

#include <errno.h>

#include <rte_lcore.h>
#include <rte_malloc.h>

#include "sockets.h"

/* Whether EAL has memory there, or gets some. */
static bool
has_memory(int socket)
{
	void *p = rte_malloc_socket(NULL, 1, 0, socket);

	rte_free(p);
	return p != NULL;
}

int
fwd_sockets_check_main(void)
{
	if (has_memory((int)rte_socket_id()))
		return 0;
	FWD_ERR("--main-lcore=%u: its socket %u has no memory: accepted are lcores of a socket "
		"that has, or reserve hugepages there",
			rte_get_main_lcore(), rte_socket_id());
	return -ENOMEM;
}

int
fwd_sockets_near(int socket)
{
	static bool known[RTE_MAX_NUMA_NODES], without[RTE_MAX_NUMA_NODES];
	int main_socket = (int)rte_lcore_to_socket_id(rte_get_main_lcore());

	if (socket < 0 || socket >= RTE_MAX_NUMA_NODES || socket == main_socket)
		return socket;
	if (!known[socket]) {
		known[socket] = true;
		without[socket] = !has_memory(socket);
		if (without[socket])
			FWD_NOTE("socket %d has no memory: its lcores and ports get that of "
				 "socket %d, where the main lcore is (--main-lcore)",
					socket, main_socket);
	}
	return without[socket] ? main_socket : socket;
}

static bool
socket_exists(int socket)
{
	unsigned int i;

	for (i = 0; i < rte_socket_count(); i++)
		if (rte_socket_id_by_idx(i) == socket)
			return true;
	return false;
}

/* Of its own, or as the options say; -1: on that of who serves it. */
static int
socket_of(const struct fwd *fwd, const struct fwd_port *port)
{
	const struct fwd_args *args = &fwd->args;

	if (args->port_numa[port->id] >= 0)
		return args->port_numa[port->id];
	if (args->no_numa)
		return args->socket_num != FWD_UNSET ? (int)args->socket_num : fwd_sockets_near(0);
	return socket_exists(port->socket) ? fwd_sockets_near(port->socket) : SOCKET_ID_ANY;
}

int
fwd_sockets_of_port(const struct fwd *fwd, const struct fwd_port *port)
{
	int socket = socket_of(fwd, port);

	return socket != SOCKET_ID_ANY ? socket : fwd_sockets_near(rte_socket_id_by_idx(0));
}

void
fwd_sockets_choose(struct fwd *fwd)
{
	const struct fwd_route *r;
	struct fwd_port *port;
	unsigned int l, i;
	int socket;

	for (i = 0; i < RTE_MAX_ETHPORTS; i++)
		fwd->ports[i].mem_socket = SOCKET_ID_ANY;
	for (l = fwd->nb_lcores; l-- > 0;) {
		socket = fwd_sockets_near((int)rte_lcore_to_socket_id(fwd->lcores[l].id));
		for (i = fwd->lcores[l].nb; i-- > 0;) {
			r = &fwd->routes[fwd->lcores[l].first + i];
			fwd->ports[r->rx_port].mem_socket = socket;
		}
	}
	for (i = 0; i < RTE_MAX_ETHPORTS; i++) {
		port = &fwd->ports[i];
		if (!port->found)
			continue;
		if (port->mem_socket == SOCKET_ID_ANY || socket_of(fwd, port) != SOCKET_ID_ANY)
			port->mem_socket = fwd_sockets_of_port(fwd, port);
	}
}
