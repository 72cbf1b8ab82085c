/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>

#include <rte_bus.h>
#include <rte_dev.h>

#include <lbuf_hold.h>

#include "unit_port.h"

/* Neither a node nor an external heap has it. */
#define NO_SOCKET 200

struct unit_port port;

/* By the linker: what the library calls in the place of DPDK's own. */
int
__real_rte_eth_dev_info_get(uint16_t id, struct rte_eth_dev_info *info);
int
__wrap_rte_eth_dev_info_get(uint16_t id, struct rte_eth_dev_info *info);
int
__real_rte_eth_dev_conf_get(uint16_t id, struct rte_eth_conf *conf);
int
__wrap_rte_eth_dev_conf_get(uint16_t id, struct rte_eth_conf *conf);

const char *
__real_rte_bus_name(const struct rte_bus *bus);
const char *
__wrap_rte_bus_name(const struct rte_bus *bus);
int
__wrap_rte_eth_dev_socket_id(uint16_t id);
int
__real_rte_eth_dev_socket_id(uint16_t id);
int
__real_rte_eth_tx_done_cleanup(uint16_t id, uint16_t queue, uint32_t free_cnt);
int
__wrap_rte_eth_tx_done_cleanup(uint16_t id, uint16_t queue, uint32_t free_cnt);

int
__wrap_rte_eth_dev_info_get(uint16_t id, struct rte_eth_dev_info *info)
{
	int ret = __real_rte_eth_dev_info_get(id, info);

	port.wrapped++;
	if (ret == 0)
		info->dev_capa |= port.dev_capa;
	if (ret == 0 && port.driver != NULL)
		info->driver_name = port.driver;
	if (ret == 0 && port.seg_max != 0) {
		info->tx_desc_lim.nb_seg_max = port.seg_max;
		info->tx_desc_lim.nb_mtu_seg_max = port.seg_max;
	}
	return ret;
}

int
__wrap_rte_eth_dev_conf_get(uint16_t id, struct rte_eth_conf *conf)
{
	int ret = __real_rte_eth_dev_conf_get(id, conf);

	if (ret == 0)
		conf->txmode.offloads |= port.tx_offloads;
	return ret;
}

const char *
__wrap_rte_bus_name(const struct rte_bus *bus)
{
	return port.dma ? "pci" : __real_rte_bus_name(bus);
}

int
__wrap_rte_eth_dev_socket_id(uint16_t id)
{
	return port.elsewhere ? NO_SOCKET : __real_rte_eth_dev_socket_id(id);
}

int
__wrap_rte_eth_tx_done_cleanup(uint16_t id, uint16_t queue, uint32_t free_cnt)
{
	if (!port.has_cleanup)
		return __real_rte_eth_tx_done_cleanup(id, queue, free_cnt);
	port.cleanups++;
	port.cleanup_queue = queue;
	port.cleanup_cnt = free_cnt;
	return port.cleanup_ret;
}

static int
start_queues(uint16_t id, uint16_t nb_queues, uint64_t offloads)
{
	struct rte_eth_conf conf = { .txmode = { .offloads = offloads } };
	uint16_t q;

	if (rte_eth_dev_configure(id, nb_queues, nb_queues, &conf) != 0)
		return -1;
	for (q = 0; q < nb_queues; q++)
		if (rte_eth_rx_queue_setup(id, q, 512, SOCKET_ID_ANY, NULL, unit.mbufs) != 0 ||
				rte_eth_tx_queue_setup(id, q, 512, SOCKET_ID_ANY, NULL) != 0)
			return -1;
	return rte_eth_dev_start(id);
}

static int
start(uint16_t id, uint64_t offloads)
{
	return start_queues(id, PORT_QUEUES, offloads);
}

void
port_configure(uint16_t nb_queues, uint64_t offloads)
{
	assert_int_equal(rte_eth_dev_stop(port.ring), 0);
	assert_int_equal(start_queues(port.ring, nb_queues, offloads), 0);
}

/* Make the ports, once. */
static int
make_ports(void)
{
	static bool made;

	if (made)
		return 0;
	made = true;
	if (rte_eal_hotplug_add("vdev", "net_ring0", "") != 0 ||
			rte_eal_hotplug_add("vdev", "net_null0", UNIT_NULL_ARGS) != 0 ||
			rte_eth_dev_get_port_by_name("net_ring0", &port.ring) != 0 ||
			rte_eth_dev_get_port_by_name("net_null0", &port.null) != 0)
		return -1;
	return 0;
}

static int
setup(void **state, int (*unit_func)(void **state))
{
	port.bridge = NULL;
	port.seg_max = 0;
	port.copy_break = 1;
	port.rx_hold = LBUF_HOLD_ALL;
	port.rx_copy_break = 0;
	port.tx_offloads = 0;
	port.dev_capa = 0;
	port.dma = false;
	port.elsewhere = false;
	port.driver = NULL;
	port.has_cleanup = false;
	port.cleanups = 0;
	if (make_ports() != 0 || start(port.ring, 0) != 0 || start(port.null, 0) != 0)
		return -1;
	return unit_func(state);
}

int
port_setup(void **state)
{
	return setup(state, unit_setup);
}

int
port_setup_no_cache(void **state)
{
	return setup(state, unit_setup_no_cache);
}

int
port_teardown(void **state)
{
	int ret;

	port_empty();
	ret = lbuf_port_free(port.bridge);
	rte_eth_dev_stop(port.ring);
	rte_eth_dev_stop(port.null);
	if (ret != 0)
		print_error("the bridge is not freed: %d\n", ret);
	return unit_teardown(state) == 0 && ret == 0 ? 0 : -1;
}

void
port_open(uint64_t offloads, uint32_t nb_refs)
{
	struct lbuf_port_params params = {
		.pool = unit.pool,
		.nb_refs = nb_refs,
		.copy_break = port.copy_break,
		.rx_hold = port.rx_hold,
		.rx_copy_break = port.rx_copy_break,
	};

	port_configure(PORT_QUEUES, offloads);
	port.bridge = lbuf_port_create(port.ring, &params);
	assert_non_null(port.bridge);
}

unsigned int
port_empty(void)
{
	struct rte_mbuf *m[64];
	unsigned int q, n, sum = 0;

	for (q = 0; q < PORT_QUEUES; q++) {
		while ((n = rte_eth_rx_burst(port.ring, (uint16_t)q, m, RTE_DIM(m))) > 0) {
			rte_pktmbuf_free_bulk(m, n);
			sum += n;
		}
	}
	return sum;
}

struct rte_mbuf *
port_take(void)
{
	struct rte_mbuf *m = NULL;

	assert_int_equal(rte_eth_rx_burst(port.ring, 0, &m, 1), 1);
	return m;
}

void
port_check_packet(const struct rte_mbuf *m, uint64_t pos, uint32_t n, const char *file, int line)
{
	const char *reason = NULL;
	uint32_t done = 0;

	_assert_true(m != NULL, "a packet", file, line);
	if (rte_mbuf_check(m, 1, &reason) != 0)
		print_error("mbuf: %s\n", reason);
	_assert_true(reason == NULL, "well-formed", file, line);
	_assert_int_equal(m->pkt_len, n, file, line);
	for (; m != NULL; m = m->next) {
		_assert_true(m->data_len > 0, "data in each segment", file, line);
		_assert_true(unit_same(rte_pktmbuf_mtod(m, void *), pos + done, m->data_len),
				"content", file, line);
		done += m->data_len;
	}
	_assert_int_equal(done, n, file, line);
}

struct lbuf_port_stats
port_stats(void)
{
	struct lbuf_port_stats stats;

	assert_int_equal(lbuf_port_stats_get(port.bridge, 0, &stats), 0);
	return stats;
}
