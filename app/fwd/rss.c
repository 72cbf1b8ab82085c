/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "rss.h"

#define COLUMNS 64

static const struct {
	const char *name;
	uint64_t bits;
} types_by_name[] = {
	{ "all",
			RTE_ETH_RSS_ETH | RTE_ETH_RSS_VLAN | RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP |
					RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP |
					RTE_ETH_RSS_L2_PAYLOAD | RTE_ETH_RSS_L2TPV3 |
					RTE_ETH_RSS_ESP | RTE_ETH_RSS_AH | RTE_ETH_RSS_PFCP |
					RTE_ETH_RSS_GTPU | RTE_ETH_RSS_ECPRI | RTE_ETH_RSS_MPLS |
					RTE_ETH_RSS_L2TPV2 },
	{ "none", 0 },
	{ "ip", RTE_ETH_RSS_IP },
	{ "udp", RTE_ETH_RSS_UDP },
	{ "tcp", RTE_ETH_RSS_TCP },
	{ "sctp", RTE_ETH_RSS_SCTP },
	{ "tunnel", RTE_ETH_RSS_TUNNEL },
	{ "vlan", RTE_ETH_RSS_VLAN },
	{ "ipv4", RTE_ETH_RSS_IPV4 },
	{ "ipv4-frag", RTE_ETH_RSS_FRAG_IPV4 },
	{ "ipv4-tcp", RTE_ETH_RSS_NONFRAG_IPV4_TCP },
	{ "ipv4-udp", RTE_ETH_RSS_NONFRAG_IPV4_UDP },
	{ "ipv4-sctp", RTE_ETH_RSS_NONFRAG_IPV4_SCTP },
	{ "ipv4-other", RTE_ETH_RSS_NONFRAG_IPV4_OTHER },
	{ "ipv6", RTE_ETH_RSS_IPV6 },
	{ "ipv6-frag", RTE_ETH_RSS_FRAG_IPV6 },
	{ "ipv6-tcp", RTE_ETH_RSS_NONFRAG_IPV6_TCP },
	{ "ipv6-udp", RTE_ETH_RSS_NONFRAG_IPV6_UDP },
	{ "ipv6-sctp", RTE_ETH_RSS_NONFRAG_IPV6_SCTP },
	{ "ipv6-other", RTE_ETH_RSS_NONFRAG_IPV6_OTHER },
	{ "l2-payload", RTE_ETH_RSS_L2_PAYLOAD },
	{ "ipv6-ex", RTE_ETH_RSS_IPV6_EX },
	{ "ipv6-tcp-ex", RTE_ETH_RSS_IPV6_TCP_EX },
	{ "ipv6-udp-ex", RTE_ETH_RSS_IPV6_UDP_EX },
	{ "port", RTE_ETH_RSS_PORT },
	{ "vxlan", RTE_ETH_RSS_VXLAN },
	{ "geneve", RTE_ETH_RSS_GENEVE },
	{ "nvgre", RTE_ETH_RSS_NVGRE },
	{ "gtpu", RTE_ETH_RSS_GTPU },
	{ "eth", RTE_ETH_RSS_ETH },
	{ "s-vlan", RTE_ETH_RSS_S_VLAN },
	{ "c-vlan", RTE_ETH_RSS_C_VLAN },
	{ "esp", RTE_ETH_RSS_ESP },
	{ "ah", RTE_ETH_RSS_AH },
	{ "l2tpv3", RTE_ETH_RSS_L2TPV3 },
	{ "pfcp", RTE_ETH_RSS_PFCP },
	{ "pppoe", RTE_ETH_RSS_PPPOE },
	{ "ecpri", RTE_ETH_RSS_ECPRI },
	{ "mpls", RTE_ETH_RSS_MPLS },
	{ "ipv4-chksum", RTE_ETH_RSS_IPV4_CHKSUM },
	{ "l4-chksum", RTE_ETH_RSS_L4_CHKSUM },
	{ "l2tpv2", RTE_ETH_RSS_L2TPV2 },
	{ "l3-pre96", RTE_ETH_RSS_L3_PRE96 },
	{ "l3-pre64", RTE_ETH_RSS_L3_PRE64 },
	{ "l3-pre56", RTE_ETH_RSS_L3_PRE56 },
	{ "l3-pre48", RTE_ETH_RSS_L3_PRE48 },
	{ "l3-pre40", RTE_ETH_RSS_L3_PRE40 },
	{ "l3-pre32", RTE_ETH_RSS_L3_PRE32 },
	{ "l2-dst-only", RTE_ETH_RSS_L2_DST_ONLY },
	{ "l2-src-only", RTE_ETH_RSS_L2_SRC_ONLY },
	{ "l4-dst-only", RTE_ETH_RSS_L4_DST_ONLY },
	{ "l4-src-only", RTE_ETH_RSS_L4_SRC_ONLY },
	{ "l3-dst-only", RTE_ETH_RSS_L3_DST_ONLY },
	{ "l3-src-only", RTE_ETH_RSS_L3_SRC_ONLY },
};

uint64_t
fwd_rss_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(types_by_name); i++)
		if (strcmp(types_by_name[i].name, name) == 0)
			return types_by_name[i].bits;
	return 0;
}

static const char *
name_of(uint64_t bits)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(types_by_name); i++)
		if (types_by_name[i].bits == bits)
			return types_by_name[i].name;
	return NULL;
}

void
fwd_rss_print_bits(uint64_t types)
{
	unsigned int bit, len, column = 0;
	char number[32];
	const char *name;

	for (bit = 0; bit < 64; bit++) {
		if ((types & RTE_BIT64(bit)) == 0)
			continue;
		name = name_of(RTE_BIT64(bit));
		snprintf(number, sizeof(number), "user-defined-%u", bit);
		/* testpmd reckons a digit for each ten of the number. */
		len = name != NULL ? (unsigned int)strlen(name)
				   : (unsigned int)strlen("user-defined-") + bit / 10 + 1;
		len += 2;
		if (column + len >= COLUMNS) {
			column = 0;
			printf("\n");
		}
		printf("  %s", name != NULL ? name : number);
		column += len;
	}
	printf("\n");
}

void
fwd_rss_print_types(uint64_t types)
{
	unsigned int i, len, column = 0;
	uint64_t bits;

	for (i = 0; i < RTE_DIM(types_by_name); i++) {
		bits = types_by_name[i].bits;
		if (bits == 0 || (types & bits) != bits)
			continue;
		len = (unsigned int)strlen(types_by_name[i].name) + 2;
		if (column + len > COLUMNS) {
			column = 0;
			printf("\n");
		}
		printf("  %s", types_by_name[i].name);
		column += len;
	}
	printf("\n");
}
