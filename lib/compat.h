/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * DPDK 22.11 to 25.11: what they call by different names. The code uses the names
 * of the newer ones. For the library's own sources and the applications, not for the
 * public headers.
 */

#ifndef LBUF_COMPAT_H
#define LBUF_COMPAT_H

#include <pthread.h>
#include <stdint.h>

#include <rte_icmp.h>
#include <rte_lcore.h>
#include <rte_telemetry.h>
#include <rte_thread.h>
#include <rte_version.h>

/* --- control threads ------------------------------------------------------- */

#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
typedef pthread_t ctrl_thread_t;
typedef void *ctrl_ret_t;
#else
typedef rte_thread_t ctrl_thread_t;
typedef uint32_t ctrl_ret_t;
#endif

/* What the function of a control thread returns. */
#define CTRL_RET ((ctrl_ret_t)0)

/*
 * Start a thread that stays off the lcores' CPUs, by a name of up to 15 characters.
 * 0, or a negative errno. ctrl_thread_join() must follow.
 */
static inline int
ctrl_thread_create(ctrl_thread_t *thread, const char *name, ctrl_ret_t (*func)(void *), void *arg)
{
#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
	return rte_ctrl_thread_create(thread, name, NULL, func, arg);
#else
	return rte_thread_create_control(thread, name, func, arg);
#endif
}

/* Wait for its end. */
static inline void
ctrl_thread_join(ctrl_thread_t thread)
{
#if RTE_VERSION < RTE_VERSION_NUM(23, 11, 0, 0)
	pthread_join(thread, NULL);
#else
	rte_thread_join(thread, NULL);
#endif
}

/* --- telemetry ------------------------------------------------------------- */

#if RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0)
#define rte_tel_data_add_dict_uint rte_tel_data_add_dict_u64
#endif

/* --- ICMP ------------------------------------------------------------------ */

#ifndef RTE_ICMP_TYPE_ECHO_REQUEST
#define RTE_ICMP_TYPE_ECHO_REQUEST RTE_IP_ICMP_ECHO_REQUEST
#define RTE_ICMP_TYPE_ECHO_REPLY RTE_IP_ICMP_ECHO_REPLY
#endif

#endif /* LBUF_COMPAT_H */
