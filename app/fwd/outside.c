/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#ifdef RTE_LIB_PDUMP
#include <rte_pdump.h>
#endif

#include "compat.h"
#include "fwd.h"
#include "loop.h"
#include "opt_value.h"
#include "outside.h"

/* Handlers get no argument. */
static struct fwd *program;
static bool captures;

/* Up to so many numbers with commas between them. Whether they are those, and no more. */
static bool
numbers(const char *params, uint64_t *n, unsigned int nb)
{
	unsigned int i;

	for (i = 0; i < nb; i++) {
		if (params == NULL ||
				fwd_value_number(params, 10, 0, UINT16_MAX, &n[i], &params) != 0)
			return false;
		if (*params++ != (i + 1 < nb ? ',' : '\0'))
			return false;
	}
	return true;
}

static int
tell_info(const struct fwd *fwd, struct rte_tel_data *d)
{
	struct rte_tel_data *ports = rte_tel_data_alloc();
	unsigned int i;

	if (ports == NULL)
		return -ENOMEM;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "mode", fwd->args.mode->name);
	rte_tel_data_add_dict_int(d, "forwarding", fwd->forwarding);
	rte_tel_data_add_dict_uint(d, "lcores", fwd->nb_lcores);
	rte_tel_data_add_dict_uint(d, "streams", fwd->nb_streams);
	rte_tel_data_start_array(ports, RTE_TEL_INT_VAL);
	for (i = 0; i < fwd->nb_ports; i++)
		rte_tel_data_add_array_int(ports, fwd->order[i]);
	return rte_tel_data_add_dict_container(d, "ports", ports, 0);
}

static int
tell_stream(const struct fwd *fwd, struct rte_tel_data *d, uint64_t nr)
{
	const struct fwd_lcore *lc = fwd->lcores;
	const struct fwd_stream *s;
	const struct fwd_route *r;

	if (nr >= fwd->nb_streams)
		return -EINVAL;
	while (nr >= lc->first + lc->nb)
		lc++;
	r = &fwd->routes[nr];
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "mode", lc->mode->name);
	rte_tel_data_add_dict_uint(d, "lcore", lc->id);
	rte_tel_data_add_dict_uint(d, "socket", rte_lcore_to_socket_id(lc->id));
	rte_tel_data_add_dict_uint(d, "rx_port", r->rx_port);
	rte_tel_data_add_dict_uint(d, "rx_queue", r->rx_queue);
	rte_tel_data_add_dict_uint(d, "tx_port", r->tx_port);
	rte_tel_data_add_dict_uint(d, "tx_queue", r->tx_queue);
	/* Planned, and not started yet: it has no figures. */
	if (lc->streams == NULL)
		return 0;
	s = &lc->streams[nr - lc->first];
	rte_tel_data_add_dict_uint(d, "rx_packets", s->rx_packets);
	rte_tel_data_add_dict_uint(d, "tx_packets", s->tx_packets);
	rte_tel_data_add_dict_uint(d, "tx_dropped", s->tx_dropped);
	rte_tel_data_add_dict_uint(d, "rx_bad", s->bad);
	return 0;
}

static int
tell_queue(const struct fwd *fwd, struct rte_tel_data *d, uint64_t port, uint64_t queue)
{
	struct lbuf_port_stats st;

	if (port >= RTE_MAX_ETHPORTS || fwd->ports[port].bridge == NULL ||
			lbuf_port_stats_get(fwd->ports[port].bridge, (uint16_t)queue, &st) != 0)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_uint(d, "rx_packets", st.rx_packets);
	rte_tel_data_add_dict_uint(d, "rx_bytes", st.rx_bytes);
	rte_tel_data_add_dict_uint(d, "rx_nombuf", st.rx_nombuf);
	rte_tel_data_add_dict_uint(d, "tx_packets", st.tx_packets);
	rte_tel_data_add_dict_uint(d, "tx_bytes", st.tx_bytes);
	rte_tel_data_add_dict_uint(d, "tx_refs", st.tx_refs);
	rte_tel_data_add_dict_uint(d, "tx_small", st.tx_small);
	rte_tel_data_add_dict_uint(d, "tx_copied", st.tx_copied);
	rte_tel_data_add_dict_uint(d, "tx_failed", st.tx_failed);
	return 0;
}

static int
handle_info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	int ret;

	RTE_SET_USED(cmd);
	RTE_SET_USED(params);
	fwd_loop_lock();
	ret = tell_info(program, d);
	fwd_loop_unlock();
	return ret;
}

static int
handle_stream(const char *cmd, const char *params, struct rte_tel_data *d)
{
	uint64_t nr;
	int ret;

	RTE_SET_USED(cmd);
	if (!numbers(params, &nr, 1))
		return -EINVAL;
	fwd_loop_lock();
	ret = tell_stream(program, d, nr);
	fwd_loop_unlock();
	return ret;
}

static int
handle_queue(const char *cmd, const char *params, struct rte_tel_data *d)
{
	uint64_t n[2];
	int ret;

	RTE_SET_USED(cmd);
	if (!numbers(params, n, RTE_DIM(n)))
		return -EINVAL;
	fwd_loop_lock();
	ret = tell_queue(program, d, n[0], n[1]);
	fwd_loop_unlock();
	return ret;
}

void
fwd_outside_open(struct fwd *fwd)
{
	program = fwd;
	rte_telemetry_register_cmd("/lbuf_fwd/info", handle_info,
			"Mode, ports, how many lcores and streams. No parameters");
	rte_telemetry_register_cmd("/lbuf_fwd/stream", handle_stream,
			"Figures of a stream. Parameters: number from 0");
	rte_telemetry_register_cmd("/lbuf_fwd/queue", handle_queue,
			"Figures of the bridge of a queue. Parameters: port,queue");
#ifdef RTE_LIB_PDUMP
	captures = rte_pdump_init() == 0;
	if (!captures)
		FWD_NOTE("no capture of packets by other processes: %s", rte_strerror(rte_errno));
#endif
}

void
fwd_outside_close(void)
{
#ifdef RTE_LIB_PDUMP
	if (captures)
		rte_pdump_uninit();
#endif
	captures = false;
}
