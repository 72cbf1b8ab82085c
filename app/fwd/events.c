/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_version.h>

#include "cmd.h"
#include "events.h"
#include "fwd.h"
#include "loop.h"

/* The name of an option and the words of a line. */
static const struct {
	enum rte_eth_event_type type;
	const char *name;
	const char *text;
} events[] = {
	{ RTE_ETH_EVENT_UNKNOWN, "unknown", "unknown" },
	{ RTE_ETH_EVENT_INTR_LSC, "intr_lsc", "link state change" },
	{ RTE_ETH_EVENT_QUEUE_STATE, "queue_state", "queue state" },
	{ RTE_ETH_EVENT_INTR_RESET, "intr_reset", "reset" },
	{ RTE_ETH_EVENT_VF_MBOX, "vf_mbox", "VF mbox" },
	{ RTE_ETH_EVENT_IPSEC, "ipsec", "IPsec" },
	{ RTE_ETH_EVENT_MACSEC, "macsec", "MACsec" },
	{ RTE_ETH_EVENT_INTR_RMV, "intr_rmv", "device removal" },
	{ RTE_ETH_EVENT_NEW, "dev_probed", "device probed" },
	{ RTE_ETH_EVENT_DESTROY, "dev_released", "device released" },
	{ RTE_ETH_EVENT_FLOW_AGED, "flow_aged", "flow aged" },
	{ RTE_ETH_EVENT_RX_AVAIL_THRESH, "rx_avail_thresh",
			"RxQ available descriptors threshold reached" },
	{ RTE_ETH_EVENT_ERR_RECOVERING, "err_recovering", "error recovering" },
	{ RTE_ETH_EVENT_RECOVERY_SUCCESS, "recovery_success", "error recovery successful" },
	{ RTE_ETH_EVENT_RECOVERY_FAILED, "recovery_failed", "error recovery failed" },
};

/* Bits of ports whose device is gone: set by the interrupt thread. */
static uint32_t removed;
static bool hot_plug;

uint32_t
fwd_events_by_name(const char *name)
{
	unsigned int i;

	if (strcmp(name, "all") == 0)
		return UINT32_MAX;
	for (i = 0; i < RTE_DIM(events); i++)
		if (strcmp(events[i].name, name) == 0)
			return UINT32_C(1) << events[i].type;
	return 0;
}

void
fwd_events_names(char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < RTE_DIM(events) && len < size; i++)
		len += (size_t)snprintf(&buf[len], size - len, "%s, ", events[i].name);
	if (len < size)
		snprintf(&buf[len], size - len, "all");
}

static void
print_event(uint16_t id, enum rte_eth_event_type type)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(events); i++)
		if (events[i].type == type)
			printf("\nPort %u: %s event\n", id, events[i].text);
	fflush(stdout);
}

static void
note_removed(uint16_t id)
{
	__atomic_fetch_or(&removed, UINT32_C(1) << id, __ATOMIC_RELEASE);
	fwd_loop_wake();
}

/* On the interrupt thread, or on that of who closes a port. */
static int
on_event(uint16_t id, enum rte_eth_event_type type, void *arg, void *ret)
{
	const struct fwd *fwd = arg;

	RTE_SET_USED(ret);
	if ((unsigned int)type < 32 && (fwd->args.print_events & (UINT32_C(1) << type)) != 0)
		print_event(id, type);
	if (type == RTE_ETH_EVENT_INTR_RMV)
		note_removed(id);
	if (type == RTE_ETH_EVENT_DESTROY) {
		printf("Port %u is closed\n", id);
		fflush(stdout);
	}
	return 0;
}

static void
on_device(const char *name, enum rte_dev_event_type type, void *arg)
{
	uint16_t id;

	RTE_SET_USED(arg);
	if (type == RTE_DEV_EVENT_REMOVE && rte_eth_dev_get_port_by_name(name, &id) == 0)
		note_removed(id);
}

static int
watch_devices(void)
{
	int ret = rte_dev_hotplug_handle_enable();

	if (ret == 0)
		ret = rte_dev_event_monitor_start();
	if (ret == 0)
		ret = rte_dev_event_callback_register(NULL, on_device, NULL);
	if (ret != 0)
		FWD_ERR("--hot-plug: %s", rte_strerror(-ret));
	hot_plug = ret == 0;
	return ret;
}

int
fwd_events_watch(struct fwd *fwd)
{
	unsigned int i;
	int ret = 0;

	RTE_BUILD_BUG_ON(RTE_MAX_ETHPORTS > 32);
	for (i = 0; ret == 0 && i < RTE_DIM(events); i++)
		ret = rte_eth_dev_callback_register(RTE_ETH_ALL, events[i].type, on_event, fwd);
	if (ret != 0) {
		FWD_ERR("events of ports: %s", rte_strerror(-ret));
		return ret;
	}
	return fwd->args.hot_plug ? watch_devices() : 0;
}

void
fwd_events_unwatch(void)
{
	if (!hot_plug)
		return;
	rte_dev_event_monitor_stop();
	rte_dev_event_callback_unregister(NULL, on_device, NULL);
	rte_dev_hotplug_handle_disable();
}

static void
remove_port(struct fwd *fwd, uint16_t id)
{
	bool again = fwd->forwarding && fwd_ports_forwards(fwd, id);

	if (!fwd->ports[id].found)
		return;
	if (again)
		fwd_forward_stop(fwd);
	fwd_cmd_port_remove(fwd, id);
	if (again && fwd->nb_ports != 0)
		fwd_forward_start(fwd, 0);
}

void
fwd_events_removed(struct fwd *fwd)
{
	uint32_t bits = __atomic_exchange_n(&removed, 0, __ATOMIC_ACQUIRE);
	uint16_t id;

	for (id = 0; id < RTE_MAX_ETHPORTS; id++)
		if ((bits & (UINT32_C(1) << id)) != 0)
			remove_port(fwd, id);
}
