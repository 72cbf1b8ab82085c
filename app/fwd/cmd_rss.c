/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * RSS: what is hashed, with which key, and where to.
 */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

#include "cmd.h"
#include "dev.h"
#include "fwd.h"
#include "opt_value.h"
#include "rss.h"

#define SECTION "ports"
#define KEY_MAX 64
#define RETA_MAX RTE_ETH_RSS_RETA_SIZE_512

static void
complain(uint16_t id, int error)
{
	if (error == -ENODEV)
		fprintf(stderr, "port index %d invalid\n", id);
	else if (error == -ENOTSUP)
		fprintf(stderr, "operation not supported by device\n");
	else
		fprintf(stderr, "operation failed - diag=%d\n", error);
}

/* Bits of the word; false after a line. */
static bool
types_of(const struct fwd *fwd, const char *word, uint64_t *types)
{
	uint64_t n, now = fwd->args.rss_hf & ~RTE_ETH_RSS_LEVEL_MASK;

	if (strcmp(word, "level-default") == 0) {
		*types = now | RTE_ETH_RSS_LEVEL_PMD_DEFAULT;
	} else if (strcmp(word, "level-outer") == 0) {
		*types = now | RTE_ETH_RSS_LEVEL_OUTERMOST;
	} else if (strcmp(word, "level-inner") == 0) {
		*types = now | RTE_ETH_RSS_LEVEL_INNERMOST;
	} else if (strcmp(word, "none") == 0) {
		*types = 0;
	} else if (isdigit((unsigned char)word[0])) {
		if (fwd_value_number(word, 10, 1, 63, &n, NULL) != 0) {
			fprintf(stderr, "flowtype_id should be greater than 0 and less than 64.\n");
			return false;
		}
		*types = RTE_BIT64(n);
	} else {
		*types = fwd_rss_by_name(word);
		if (*types == 0) {
			fprintf(stderr, "Unknown parameter\n");
			return false;
		}
	}
	return true;
}

/* What the device hashes of these types; 0, or a negative errno after a line. */
static int
update(uint16_t id, uint64_t types, uint64_t capa)
{
	struct rte_eth_rss_conf conf = { .rss_hf = types & capa };
	int ret;

	if (conf.rss_hf != types)
		printf("Port %u modified RSS hash function based on hardware support,"
		       "requested:%#" PRIx64 " configured:%#" PRIx64 "\n",
				id, types, conf.rss_hf);
	ret = rte_eth_dev_rss_hash_update(id, &conf);
	if (ret < 0)
		fprintf(stderr,
				"Configuration of RSS hash at ethernet port %d failed with error "
				"(%d): %s.\n",
				id, -ret, strerror(-ret));
	return ret;
}

static void
run_types(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	bool preset = fwd_cmd_is(in, 4, "default");
	struct rte_eth_dev_info info;
	bool updated = true;
	uint64_t types = 0;
	uint16_t id;

	if (!preset && !types_of(fwd, in->tok[4].str, &types))
		return;
	RTE_ETH_FOREACH_DEV(id) {
		if (fwd_dev_info(id, &info) != 0)
			return;
		if (preset)
			types = info.flow_type_rss_offloads;
		updated &= update(id, types, info.flow_type_rss_offloads) == 0;
	}
	if (updated && !preset) {
		fwd->args.rss_hf = types;
		printf("rss_hf %#" PRIx64 "\n", types);
	}
}

/* Length of a port's key in bytes; 0 after a line. */
static uint8_t
key_size(uint16_t id)
{
	struct rte_eth_dev_info info;

	if (fwd_dev_info(id, &info) != 0)
		return 0;
	if (info.hash_key_size > 0 && info.hash_key_size <= KEY_MAX)
		return info.hash_key_size;
	fprintf(stderr, "dev_info did not provide a valid hash key size\n");
	return 0;
}

static void
run_key(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;
	const char *text = in->tok[5].str;
	struct rte_eth_rss_conf conf = { 0 };
	uint8_t key[KEY_MAX], size = key_size(id);
	unsigned int i;
	int ret;

	RTE_SET_USED(fwd);
	if (size == 0)
		return;
	if (strlen(text) != size * 2u) {
		fprintf(stderr,
				"key length: %d invalid - key must be a string of %d hexa-decimal "
				"numbers\n",
				(int)strlen(text), size * 2);
		return;
	}
	for (i = 0; i < size; i++) {
		if (!isxdigit((unsigned char)text[2 * i]) ||
				!isxdigit((unsigned char)text[2 * i + 1])) {
			fprintf(stderr, "invalid key: character is not a valid hexa digit\n");
			return;
		}
		key[i] = (uint8_t)strtoul((char[]){ text[2 * i], text[2 * i + 1], '\0' }, NULL, 16);
	}
	conf.rss_hf = fwd_rss_by_name(in->tok[4].str);
	ret = rte_eth_dev_rss_hash_conf_get(id, &conf);
	if (ret == 0) {
		conf.rss_key = key;
		conf.rss_key_len = size;
		ret = rte_eth_dev_rss_hash_update(id, &conf);
	}
	if (ret != 0)
		complain(id, ret);
}

static void
show_hash(struct fwd *fwd, uint16_t id, bool with_key)
{
	struct rte_eth_rss_conf conf = { 0 };
	uint8_t key[KEY_MAX] = { 0 }, size;
	unsigned int i;
	int ret;

	if (fwd_ports_get(fwd, id) == NULL)
		return;
	size = key_size(id);
	if (size == 0)
		return;
	conf.rss_key = with_key ? key : NULL;
	conf.rss_key_len = size;
	ret = rte_eth_dev_rss_hash_conf_get(id, &conf);
	if (ret != 0) {
		complain(id, ret);
		return;
	}
	if (conf.rss_hf == 0) {
		printf("RSS disabled\n");
		return;
	}
	printf("RSS functions:\n");
	fwd_rss_print_types(conf.rss_hf);
	if (!with_key)
		return;
	printf("RSS key:\n");
	for (i = 0; i < size; i++)
		printf("%02X", key[i]);
	printf("\n");
}

static void
run_show_hash(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	show_hash(fwd, (uint16_t)in->tok[2].num, false);
}

static void
run_show_key(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	show_hash(fwd, (uint16_t)in->tok[2].num, true);
}

#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
static void
show_algorithm(uint16_t id)
{
	struct rte_eth_rss_conf conf = { .rss_key_len = key_size(id) };
	int ret;

	if (conf.rss_key_len == 0)
		return;
	ret = rte_eth_dev_rss_hash_conf_get(id, &conf);
	if (ret != 0)
		complain(id, ret);
	else if (conf.rss_hf == 0)
		printf("RSS disabled\n");
	else
		printf("RSS algorithm:\n  %s\n", rte_eth_dev_rss_algo_name(conf.algorithm));
}

static void
set_algorithm(uint16_t id, const char *name)
{
	uint8_t key[KEY_MAX];
	struct rte_eth_rss_conf conf = { .rss_key = key, .rss_key_len = sizeof(key) };
	uint32_t algorithm;

	if (rte_eth_dev_rss_hash_conf_get(id, &conf) != 0) {
		fprintf(stderr, "failed to get port %u RSS configuration\n", id);
		return;
	}
	algorithm = (uint32_t)conf.algorithm;
	if (rte_eth_find_rss_algo(name, &algorithm) != 0) {
		fprintf(stderr, "port %u configured invalid RSS hash algorithm: %s\n", id, name);
		return;
	}
	conf.algorithm = (enum rte_eth_hash_function)algorithm;
	if (rte_eth_dev_rss_hash_update(id, &conf) != 0)
		fprintf(stderr, "failed to set port %u RSS hash algorithm\n", id);
}
#else
static void
show_algorithm(uint16_t id)
{
	fprintf(stderr, "port %u: RSS hash algorithms are known from DPDK 24.03 on\n", id);
}

static void
set_algorithm(uint16_t id, const char *name)
{
	RTE_SET_USED(name);
	show_algorithm(id);
}
#endif

static void
run_algorithm(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	RTE_SET_USED(fwd);
	set_algorithm((uint16_t)in->tok[2].num, in->tok[4].str);
}

static void
run_show_algorithm(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	uint16_t id = (uint16_t)in->tok[2].num;

	if (fwd_ports_get(fwd, id) != NULL)
		show_algorithm(id);
}

/* "(index,queue)", and more of them behind commas. */
static bool
parse_reta(const char *text, struct rte_eth_rss_reta_entry64 *reta, uint16_t size)
{
	uint64_t index, queue;

	/* As testpmd: what is in no brackets does not count. */
	if (strchr(text, '(') == NULL)
		return true;
	do {
		if (*text++ != '(' ||
				fwd_value_number(text, 10, 0, UINT16_MAX, &index, &text) != 0 ||
				*text++ != ',' ||
				fwd_value_number(text, 10, 0, UINT16_MAX, &queue, &text) != 0 ||
				*text++ != ')')
			return false;
		if (index >= size) {
			fprintf(stderr, "Invalid RETA hash index=%d\n", (int)index);
			return false;
		}
		reta[index / RTE_ETH_RETA_GROUP_SIZE].mask |=
				RTE_BIT64(index % RTE_ETH_RETA_GROUP_SIZE);
		reta[index / RTE_ETH_RETA_GROUP_SIZE].reta[index % RTE_ETH_RETA_GROUP_SIZE] =
				(uint16_t)queue;
	} while (*text++ == ',');
	return text[-1] == '\0';
}

static void
run_reta(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_MAX / RTE_ETH_RETA_GROUP_SIZE] = { 0 };
	uint16_t id = (uint16_t)in->tok[2].num;
	struct rte_eth_dev_info info;
	int ret;

	RTE_SET_USED(fwd);
	if (fwd_dev_info(id, &info) != 0)
		return;
	if (info.reta_size == 0) {
		fprintf(stderr, "Redirection table size is 0 which is invalid for RSS\n");
		return;
	}
	printf("The reta size of port %d is %u\n", id, info.reta_size);
	if (info.reta_size > RETA_MAX) {
		fprintf(stderr,
				"Currently do not support more than %u entries of redirection "
				"table\n",
				RETA_MAX);
		return;
	}
	if (!parse_reta(in->tok[5].str, reta, info.reta_size)) {
		fprintf(stderr, "Invalid RSS Redirection Table config entered\n");
		return;
	}
	ret = rte_eth_dev_rss_reta_update(id, reta, info.reta_size);
	if (ret != 0)
		fprintf(stderr, "Bad redirection table parameter, return code = %d\n", ret);
}

/* "(mask,mask)": one for each 64 entries. */
static bool
parse_masks(const char *text, struct rte_eth_rss_reta_entry64 *reta, unsigned int nb)
{
	unsigned int i;
	char *end;

	for (i = 0; i < nb; i++) {
		if (*text != (i == 0 ? '(' : ','))
			break;
		reta[i].mask = strtoull(text + 1, &end, 0);
		text = end;
	}
	if (i == nb && *text == ')')
		return true;
	fprintf(stderr, "The bits of masks do not match the number of reta entries: %u\n", nb);
	return false;
}

static void
run_show_reta(struct fwd *fwd, const struct fwd_cmd_in *in)
{
	struct rte_eth_rss_reta_entry64 reta[RETA_MAX / RTE_ETH_RETA_GROUP_SIZE] = { 0 };
	uint16_t id = (uint16_t)in->tok[2].num;
	uint16_t size = (uint16_t)in->tok[5].num;
	struct rte_eth_dev_info info;
	unsigned int i;
	int ret;

	RTE_SET_USED(fwd);
	if (fwd_dev_info(id, &info) != 0)
		return;
	if (size == 0 || size > RTE_MIN(info.reta_size, RETA_MAX)) {
		fprintf(stderr, "Invalid redirection table size: %u (1-%u)\n", size,
				RTE_MIN(info.reta_size, RETA_MAX));
		return;
	}
	if (!parse_masks(in->tok[6].str, reta,
			    (size + RTE_ETH_RETA_GROUP_SIZE - 1u) / RTE_ETH_RETA_GROUP_SIZE)) {
		fprintf(stderr, "Invalid string: %s for reta masks\n", in->tok[6].str);
		return;
	}
	ret = rte_eth_dev_rss_reta_query(id, reta, size);
	if (ret != 0) {
		fprintf(stderr, "Failed to get RSS RETA info, return code = %d\n", ret);
		return;
	}
	for (i = 0; i < size; i++)
		if ((reta[i / RTE_ETH_RETA_GROUP_SIZE].mask &
				    RTE_BIT64(i % RTE_ETH_RETA_GROUP_SIZE)) != 0)
			printf("RSS RETA configuration: hash index=%u, queue=%u\n", i,
					reta[i / RTE_ETH_RETA_GROUP_SIZE]
							.reta[i % RTE_ETH_RETA_GROUP_SIZE]);
}

const struct fwd_cmd fwd_cmds_rss[] = {
	{ SECTION, "port config all rss <types:str>",
			"What ports hash: all, default, none, ip, tcp, udp, ipv4-udp, "
			"level-inner, a number of a type, …",
			run_types },
	{ SECTION, "port config <port:port> rss-hash-key <type:str> <key:str>",
			"Key of a port, in hexadecimal.", run_key },
	{ SECTION, "port config <port:port> rss reta <entries:str>",
			"Queues of hash values, as (0,1),(1,0).", run_reta },
	{ SECTION,
			"port config <port:port> rss-hash-algo "
			"default|simple_xor|toeplitz|symmetric_toeplitz|symmetric_toeplitz_sort",
			"How a port hashes; with DPDK 24.03 and later.", run_algorithm },
	{ "display", "show port <port:port> rss-hash algorithm",
			"How a port hashes; with DPDK 24.03 and later.", run_show_algorithm },
	{ "display", "show port <port:port> rss-hash", "What a port hashes.", run_show_hash },
	{ "display", "show port <port:port> rss-hash key", "The same, and its key.", run_show_key },
	{ "display", "show port <port:port> rss reta <size:u16> <masks:str>",
			"Queues of the hash values that masks of 64 bits choose, as (0xff,0).",
			run_show_reta },
	{ NULL },
};
