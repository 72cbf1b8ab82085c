/* SPDX-License-Identifier: BSD-3-Clause */

/* Packets read: who talks to whom, and the TCP segment in it. Every byte is hostile. */

#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

/* What tells connections apart, the same in both directions: the endpoints are in order. */
struct conn_key {
	uint64_t addr[2][2]; /* low endpoint, high endpoint; in network order, IPv4 in front */
	union {
		struct {
			uint16_t port[2]; /* in network order */
			uint16_t vlan[2]; /* 0: none */
		};
		uint64_t rest; /* both, to be stored and loaded as one */
	};
};

/* What a packet is. */
enum packet_kind {
	PACKET_SEGMENT,    /* TCP, as struct segment tells */
	PACKET_FRAGMENT,   /* part of an IP datagram, see segment::ip and what follows it */
	PACKET_OTHER,      /* nothing for us */
	PACKET_BAD_LENGTH, /* lengths that do not fit together */
	PACKET_BAD_SUM,    /* a wrong checksum */
};

struct segment {
	struct conn_key key;
	struct rte_mbuf *m;
	uint32_t off; /* of the payload in the packet */
	uint32_t len; /* of the payload, bytes */
	uint32_t seq;
	uint32_t ack;
	uint16_t window;
	uint8_t flags;  /* of TCP */
	uint8_t scale;  /* of windows, in a SYN; SCALE_NONE */
	bool from_high; /* sent by the high endpoint */
	bool ipv6;
	bool own;        /* the mbuf is to be freed, and not to be kept */
	uint16_t ip;     /* where the IP header begins */
	uint16_t frag;   /* of IPv6 fragments: where the fragment header is */
	uint16_t header; /* of IPv4: bytes of the header */
	uint32_t end;    /* where the IP datagram ends */
};

/* No window scale option. */
#define SCALE_NONE 0xff

/*
 * Read a packet.
 *
 * check: checksums that no device has checked are to be checked. any_vlan: tags tell nothing.
 */
enum packet_kind
packet_read(struct rte_mbuf *m, bool check, bool any_vlan, struct segment *seg);

/* Both halves of a product of 128 bits, folded. */
static inline uint64_t
packet_mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash that is as hard to foresee as the secret. */
static inline uint32_t
conn_key_hash(const struct conn_key *key, const uint64_t secret[4])
{
	uint64_t hash;

	hash = packet_mix(key->addr[0][0] ^ secret[0], key->addr[1][0] ^ secret[1]);
	hash ^= packet_mix(key->addr[0][1] ^ secret[2], key->addr[1][1] ^ secret[3]);
	hash = packet_mix(hash ^ secret[1], key->rest ^ secret[2]);
	return (uint32_t)(hash ^ hash >> 32);
}

#endif /* PACKET_H */
