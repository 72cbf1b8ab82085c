/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "frame.h"

/* Bytes of headers. */
#define ETHER 14
#define VLAN 4
#define ARP 28
#define IPV4 20
#define ICMP 8
/* Where the checksum of an IPv4 header ends. */
#define CKSUM_END 12

static unsigned int
be16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void
set_be16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* One's complement sum of big-endian words. */
static unsigned int
sum(const uint8_t *p, size_t n)
{
	unsigned int s = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		s += i % 2 == 0 ? (unsigned int)p[i] << 8 : p[i];
		s = (s & 0xffff) + (s >> 16);
	}
	return s;
}

/* The sum of these bytes, the checksum among them, is to be 0xffff. */
static void
set_sum(uint8_t *at, const uint8_t *p, size_t n)
{
	set_be16(at, 0);
	set_be16(at, ~sum(p, n));
	if (be16(at) == 0)
		set_be16(at, 0xffff);
}

void
frame_swap(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t byte;

	for (; n > 0; n--) {
		byte = *a;
		*a++ = *b;
		*b++ = byte;
	}
}

/* Where the third layer is, behind at most one VLAN tag, and its type; or 0. */
static size_t
layer3(const uint8_t *f, size_t len, unsigned int *type)
{
	if (len < ETHER)
		return 0;
	*type = be16(f + 12);
	if (*type != 0x8100)
		return ETHER;
	if (len < ETHER + VLAN)
		return 0;
	*type = be16(f + 16);
	return ETHER + VLAN;
}

void
frame_mend(uint8_t *f, size_t len)
{
	size_t at, header, total;
	unsigned int type;

	at = layer3(f, len, &type);
	if (at == 0 || type != 0x0800 || len < at + IPV4)
		return;
	header = (size_t)(f[at] & 15) * 4;
	total = be16(f + at + 2);
	if (header < CKSUM_END || total < header || at + total > len)
		return;
	set_sum(f + at + 10, f + at, header);
	if (total >= header + ICMP)
		set_sum(f + at + header + 2, f + at + header, total - header);
}

static bool
echo_arp(uint8_t *f, uint8_t *arp, size_t len, const uint8_t *own)
{
	static const uint8_t request[] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	if (len < ARP || memcmp(arp, request, sizeof(request)) != 0)
		return false;
	memcpy(f, f + 6, 6);
	memcpy(f + 6, own, 6);
	arp[7] = 2;
	memcpy(arp + 18, arp + 8, 6);
	memcpy(arp + 8, own, 6);
	frame_swap(arp + 14, arp + 24, 4);
	return true;
}

static bool
echo_ipv4(uint8_t *f, uint8_t *ip, size_t len, const uint8_t *own)
{
	size_t header, total;
	uint8_t *icmp;

	if (len < IPV4 || ip[0] >> 4 != 4)
		return false;
	header = (size_t)(ip[0] & 15) * 4;
	total = be16(ip + 2);
	/* Protocol ICMP; no fragment: neither offset nor more to come. */
	if (header < IPV4 || total < header + ICMP || total > len || ip[9] != 1 ||
			(be16(ip + 6) & 0x3fff) != 0)
		return false;
	icmp = ip + header;
	if (sum(ip, header) != 0xffff || sum(icmp, total - header) != 0xffff || icmp[0] != 8 ||
			icmp[1] != 0 || ip[12] >= 224 || ip[16] >= 224)
		return false;
	frame_swap(f, f + 6, 6);
	if ((f[6] & 1) != 0)
		memcpy(f + 6, own, 6);
	frame_swap(ip + 12, ip + 16, 4);
	icmp[0] = 0;
	set_sum(icmp + 2, icmp, total - header);
	return true;
}

bool
frame_echo(uint8_t *f, size_t len, const uint8_t *own)
{
	unsigned int type;
	size_t at = layer3(f, len, &type);

	if (at == 0)
		return false;
	if (type == 0x0806)
		return echo_arp(f, f + at, len - at, own);
	if (type == 0x0800)
		return echo_ipv4(f, f + at, len - at, own);
	return false;
}

size_t
frame_echo_request(uint8_t *f)
{
	static const uint8_t head[] = {
		2, 0, 0, 0, 0, 10, 2, 0, 0, 0, 0, 11, 8, 0,                        /* Ethernet */
		0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
		8, 0, 0, 0, 0, 1, 0, 1,                                            /* ICMP */
	};

	memcpy(f, head, sizeof(head));
	frame_mend(f, sizeof(head));
	return sizeof(head);
}
