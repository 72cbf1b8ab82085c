/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A file goes from the disk to the wire, and no core copies it.
 *
 * io_uring reads blocks of the file, past the page cache where the file system lets it
 * (O_DIRECT), straight into chunks that lbuf_reserve_aligned() gave. What was read is cut
 * into packets by lbuf_slice(), each gets headers in front, and goes out of the first port by
 * reference. Behind the Ethernet header lies the place of its bytes in the file, 8 bytes,
 * big-endian; a packet without bytes, at the place where the file ends, is the last.
 *
 *     storage --no-pci --vdev=net_af_packet0,iface=eth0 -- FILE
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <liburing.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <lbuf.h>
#include <lbuf_port.h>

#define BLOCK ((size_t)64 << 10)
#define ALIGN 4096
#define DEPTH 16 /* blocks that are read at a time */
#define DRAIN_TRIES 1000
#define MBUFS 1023
#define TYPE 0x88b5 /* for local experiments */
#define PLACE_BYTES 8

/* A block that is being read, or waits for those before it. */
struct block {
	struct lbuf b;
	uint64_t at;
	bool done;
};

struct program {
	struct lbuf_pool *pool;
	struct lbuf_port *port;
	struct rte_ether_addr mac;
	struct io_uring ring;
	struct block block[DEPTH];
	uint64_t size; /* of the file */
	uint64_t read; /* from where on nothing is being read yet */
	uint64_t sent; /* blocks up to here went out */
	uint64_t packets;
	uint16_t mtu;
	int fd;
};

static struct block *
block_at(struct program *p, uint64_t at)
{
	return &p->block[at / BLOCK % DEPTH];
}

/* --- reading --------------------------------------------------------------- */

static int
read_block(struct program *p)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&p->ring);
	struct block *block = block_at(p, p->read);
	void *data;

	if (sqe == NULL)
		return -EBUSY;
	lbuf_init(&block->b, p->pool);
	block->at = p->read;
	block->done = false;
	data = lbuf_reserve_aligned(&block->b, BLOCK, ALIGN);
	if (data == NULL) {
		io_uring_prep_nop(sqe);
		io_uring_sqe_set_data(sqe, NULL);
		return -rte_errno; /* an empty buffer holds nothing */
	}
	io_uring_prep_read(sqe, p->fd, data, BLOCK, block->at);
	io_uring_sqe_set_data(sqe, block);
	p->read += BLOCK;
	return 0;
}

/* Blocks come in any order. */
static int
block_came(struct program *p, struct block *block, int got)
{
	uint64_t want = RTE_MIN((uint64_t)BLOCK, p->size - block->at);

	block->done = true;
	if (got < 0)
		return got;
	if ((uint64_t)got < want) {
		fprintf(stderr, "storage: %d of %" PRIu64 " bytes at %" PRIu64 "\n", got, want,
				block->at);
		return -EIO;
	}
	if (lbuf_ack(&block->b, want) != 0)
		return -EIO;
	return lbuf_flush(&block->b);
}

/* Wait for a block, and see to all that are there. */
static int
reap(struct program *p)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit_and_wait(&p->ring, 1), err;

	if (ret < 0)
		return ret == -EINTR ? 0 : ret;
	ret = 0;
	while (io_uring_peek_cqe(&p->ring, &cqe) == 0) {
		struct block *block = io_uring_cqe_get_data(cqe);

		err = block != NULL ? block_came(p, block, cqe->res) : 0;
		ret = ret != 0 ? ret : err;
		io_uring_cqe_seen(&p->ring, cqe);
	}
	return ret;
}

/* --- sending --------------------------------------------------------------- */

static int
send_packet(struct program *p, struct lbuf *payload, uint64_t at)
{
	const size_t len = sizeof(struct rte_ether_hdr) + PLACE_BYTES;
	struct lbuf b, *list[1] = { &b };
	struct rte_ether_hdr *eth;
	rte_be64_t place = rte_cpu_to_be_64(at);
	int ret = 0;

	lbuf_init(&b, p->pool);
	eth = lbuf_reserve(&b, len);
	if (eth == NULL)
		return -rte_errno;
	memset(&eth->dst_addr, 0xff, sizeof(eth->dst_addr));
	rte_ether_addr_copy(&p->mac, &eth->src_addr);
	eth->ether_type = rte_cpu_to_be_16(TYPE);
	memcpy(eth + 1, &place, sizeof(place));
	if (payload != NULL)
		ret = lbuf_append(&b, payload);
	if (ret == 0)
		ret = lbuf_flush(&b);
	while (ret == 0 && lbuf_port_tx(p->port, 0, list, 1) == 0)
		ret = -rte_errno; /* 0: the driver has no room just now */
	lbuf_close(&b);
	p->packets += ret == 0;
	return ret;
}

static int
send_block(struct program *p, struct block *block)
{
	uint64_t part = p->mtu - PLACE_BYTES, at = block->at, n;
	struct lbuf payload;
	int ret = 0;

	while (ret == 0 && lbuf_len(&block->b) != 0) {
		n = RTE_MIN(part, lbuf_len(&block->b));
		ret = lbuf_slice(&block->b, n, &payload);
		if (ret != 0)
			break;
		ret = send_packet(p, &payload, at);
		lbuf_close(&payload);
		at += n;
	}
	lbuf_close(&block->b);
	return ret;
}

/* Those that are there, in the order of the file. */
static int
send_blocks(struct program *p)
{
	int ret = 0;

	while (ret == 0 && p->sent < p->read && block_at(p, p->sent)->done) {
		ret = send_block(p, block_at(p, p->sent));
		p->sent += BLOCK;
	}
	return ret;
}

/* --- all of it ------------------------------------------------------------- */

/* What the kernel still writes to is no chunk to give back: that is waited for. */
static void
drain(struct program *p)
{
	unsigned int tries = DRAIN_TRIES;
	uint64_t at;

	for (at = p->sent; at < p->read; at += BLOCK) {
		while (!block_at(p, at)->done && tries-- > 0)
			reap(p);
		if (block_at(p, at)->done)
			lbuf_close(&block_at(p, at)->b);
	}
}

static int
run(struct program *p)
{
	int ret = 0;

	while (ret == 0 && p->sent < p->size) {
		while (ret == 0 && p->read < p->size && p->read - p->sent < DEPTH * BLOCK)
			ret = read_block(p);
		if (ret == 0)
			ret = reap(p);
		if (ret == 0)
			ret = send_blocks(p);
	}
	drain(p);
	return ret != 0 ? ret : send_packet(p, NULL, p->size);
}

static int
open_file(struct program *p, const char *path)
{
	struct stat st;

	p->fd = open(path, O_RDONLY | O_DIRECT);
	if (p->fd < 0 && errno == EINVAL)
		p->fd = open(path, O_RDONLY); /* a file system that has no such thing */
	if (p->fd < 0 || fstat(p->fd, &st) != 0)
		return -errno;
	p->size = (uint64_t)st.st_size;
	return 0;
}

static int
open_port(struct program *p, struct rte_mempool *mbufs)
{
	struct lbuf_port_params params = { .pool = p->pool };
	struct rte_eth_conf conf = { 0 };
	struct rte_eth_dev_info info;
	int ret = rte_eth_dev_info_get(0, &info);

	if (ret != 0)
		return ret;
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	ret = rte_eth_dev_configure(0, 1, 1, &conf);
	if (ret == 0)
		ret = rte_eth_rx_queue_setup(0, 0, 256, rte_socket_id(), NULL, mbufs);
	if (ret == 0)
		ret = rte_eth_tx_queue_setup(0, 0, 256, rte_socket_id(), NULL);
	if (ret == 0)
		ret = rte_eth_dev_get_mtu(0, &p->mtu);
	if (ret != 0)
		return ret;
	rte_eth_macaddr_get(0, &p->mac);
	p->port = lbuf_port_create(0, &params);
	return p->port == NULL ? -rte_errno : rte_eth_dev_start(0);
}

static int
report(struct program *p, int ret)
{
	struct lbuf_port_stats stats = { 0 };

	lbuf_port_stats_get(p->port, 0, &stats);
	printf("%" PRIu64 " B in %" PRIu64 " packets; %" PRIu64 " segments by reference, %" PRIu64
	       " small pieces copied, %" PRIu64 " packets copied\n",
			p->size, p->packets, stats.tx_refs, stats.tx_small, stats.tx_copied);
	lbuf_port_stop(p->port);
	rte_eth_dev_close(0);
	if (lbuf_port_free(p->port) != 0 || lbuf_pool_chunks_out(p->pool) != 0)
		return -EBUSY;
	return ret;
}

int
main(int argc, char **argv)
{
	static struct program p;
	struct rte_mempool *mbufs;
	int ret = rte_eal_init(argc, argv);

	if (ret < 0)
		return 1;
	argc -= ret;
	argv += ret;
	if (argc != 2 || rte_eth_dev_count_avail() == 0) {
		fprintf(stderr, "usage: storage EAL-OPTIONS -- FILE, with a port\n");
		return 1;
	}
	p.pool = lbuf_pool_create("storage", NULL);
	mbufs = rte_pktmbuf_pool_create("mbufs", MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
			(int)rte_socket_id());
	ret = p.pool == NULL || mbufs == NULL ? -rte_errno : open_file(&p, argv[1]);
	if (ret == 0)
		ret = io_uring_queue_init(2 * DEPTH, &p.ring, 0);
	if (ret == 0)
		ret = open_port(&p, mbufs);
	if (ret == 0)
		ret = run(&p);
	if (p.port != NULL)
		ret = report(&p, ret);
	if (p.ring.ring_fd > 0)
		io_uring_queue_exit(&p.ring);
	if (ret != 0)
		fprintf(stderr, "storage: %s: %s\n", argv[1], strerror(-ret));
	rte_mempool_free(mbufs);
	if (lbuf_pool_free(p.pool) != 0 || rte_eal_cleanup() != 0)
		return 1;
	return ret == 0 ? 0 : 1;
}
