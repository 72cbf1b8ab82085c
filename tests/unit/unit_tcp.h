/* SPDX-License-Identifier: BSD-3-Clause */

/* Packets for tests of connections: headers as one wants them, also wrong ones. */

#ifndef UNIT_TCP_H
#define UNIT_TCP_H

#include <rte_tcp.h>

#include "unit.h"

#define SYN RTE_TCP_SYN_FLAG
#define FIN RTE_TCP_FIN_FLAG
#define RST RTE_TCP_RST_FLAG
#define PSH RTE_TCP_PSH_FLAG
#define ACK RTE_TCP_ACK_FLAG
#define URG RTE_TCP_URG_FLAG

/* Longest packet that is made. */
#define UNIT_TCP_MAX 4096

/* A segment in a packet. All zero is an IPv4 packet from host 0 to host 0 without flags. */
struct unit_tcp {
	uint8_t from, to;      /* hosts */
	uint16_t sport, dport; /* ports */
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	const uint8_t *options; /* of TCP */
	uint8_t nb_options;     /* bytes, a multiple of 4 */
	uint64_t pos;           /* of unit_fill() */
	uint16_t len;           /* bytes of payload */
	bool ipv6;
	uint16_t vlan[4];   /* tags, up to a 0 */
	const uint8_t *ext; /* IPv6: extension headers; the last one is followed by TCP */
	uint8_t nb_ext;     /* bytes */
	uint8_t ext_proto;  /* the first one of them */
	uint8_t padding;    /* bytes behind */
	int16_t ip_more;    /* added to the length that IP tells */
	int8_t tcp_more;    /* added to the length of TCP's header, 32-bit words */
	bool wrong_sum;     /* of TCP */
};

/* Write a packet; its bytes. */
size_t
unit_tcp_write(const struct unit_tcp *t, uint8_t *mem);

/* A packet in an mbuf of unit.mbufs. */
struct rte_mbuf *
unit_tcp_packet(const struct unit_tcp *t);

/* Bytes as a chain of mbufs, of so many bytes each. */
struct rte_mbuf *
unit_tcp_chain(const uint8_t *mem, size_t n, size_t part);

#endif /* UNIT_TCP_H */
