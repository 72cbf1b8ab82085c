/* SPDX-License-Identifier: BSD-3-Clause */

/**
 * @file
 * TCP connections out of packets: each direction's bytes in order, by reference, while the
 * packets go their way.
 *
 *     static void
 *     on_data(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg)
 *     {
 *             while (lbuf_frame_next(framer_of(c, dir), b, &record) > 0) ...
 *     }
 *
 *     struct lbuf_conn_params params = { .stream.pool = pool, .ops.data = on_data };
 *     struct lbuf_conn_table *t = lbuf_conn_table_create(&params);
 *
 *     for (;;) {
 *             lbuf_burst_rx(&burst, in, 0, 32);
 *             lbuf_conn_input(t, burst.pkts, burst.n, rte_rdtsc());
 *             lbuf_burst_tx(&burst, out, 0);
 *     }
 *
 * **Packets** are those of Ethernet with any number of VLAN tags up to four, IPv4 or IPv6 with
 * extension headers, TCP with any options, truncated ones, too. They stay the caller's and
 * are not written: what is needed of their payload gets a further reference
 * (lbuf_stream_insert()). What does not fit together in its lengths is refused and counted;
 * Ethernet's padding is no payload. IP fragments are copied, and put together by librte_ip_frag.
 *
 * **One table an lcore**, no locks: both directions of a connection must come to the same
 * one. With RSS that takes a symmetric key, as lbuf_conn_rss_key() makes, or one lcore that
 * serves both queues.
 *
 * **What is given up**, and the rule for it, is in doc/streams.md, with the counter of each.
 * In short: of one stream, the bytes that are farthest from being in order; in all streams, the
 * gap that has been open for longest; of connections, the one whose time-out comes next.
 *
 * Telemetry tells of every table of the process: `/lbuf/conns`, with the lcore that fed it last.
 *
 * Threads: a table belongs to one thread; lbuf_conn_table_stats_get() may be called by others.
 * Time is that of rte_rdtsc(), or of another clock with as many ticks a second, and must not go
 * back.
 */

#ifndef LBUF_CONN_H
#define LBUF_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <lbuf_stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A table of connections. */
struct lbuf_conn_table;
/** A connection in it. */
struct lbuf_conn;

/** Directions: from who opened the connection (or, picked up, sent the first packet seen). */
#define LBUF_CONN_CLIENT 0
/** From the other. */
#define LBUF_CONN_SERVER 1
/** Directions of a connection. */
#define LBUF_CONN_DIRS 2

/** Why a direction, or a connection, has ended. */
enum lbuf_conn_why {
	LBUF_CONN_FIN,     /**< FIN; of a connection: in both directions. */
	LBUF_CONN_RST,     /**< RST, within the window. */
	LBUF_CONN_TIMEOUT, /**< Nothing came for syn_ms or idle_ms. */
	LBUF_CONN_EVICTED, /**< Given up for another one, the table being full. */
	LBUF_CONN_REUSED,  /**< Its addresses and ports are those of a new connection. */
	LBUF_CONN_DROPPED, /**< By lbuf_conn_drop(). */
	LBUF_CONN_FREED,   /**< The table is freed or flushed. */
	LBUF_CONN_WHYS
};

/**
 * What a table calls. Each may be NULL. They are called from within lbuf_conn_input(),
 * lbuf_conn_expire(), lbuf_conn_flush() and lbuf_conn_table_free(), and may call verbs on any
 * linked buffer, and those of this file that take a connection; not those that take a table,
 * lbuf_conn_table_stats_get() excepted.
 */
struct lbuf_conn_ops {
	/** A connection has come into the table. */
	void (*open)(struct lbuf_conn *c, void *arg);
	/**
	 * There are bytes in order that were not seen before.
	 *
	 * b holds them behind what was not consumed before: to be consumed, sliced, read
	 * as far as is wanted, by the verbs of lbuf_read.h. What is left is kept, and counts for
	 * the limits. Slices are the callee's. b is not valid afterwards.
	 */
	void (*data)(struct lbuf_conn *c, unsigned int dir, struct lbuf *b, void *arg);
	/**
	 * Bytes are missing, for good: a gap was given up. b holds what came before it and was
	 * not consumed; what is left of it is dropped. What comes next is from behind
	 * the gap. b is NULL if there is nothing.
	 */
	void (*gap)(struct lbuf_conn *c, unsigned int dir, uint64_t missing, struct lbuf *b,
			void *arg);
	/**
	 * A direction has ended; once for each that has begun. b as with a gap.
	 */
	void (*end)(struct lbuf_conn *c, unsigned int dir, enum lbuf_conn_why why, struct lbuf *b,
			void *arg);
	/** A connection leaves the table; once for each that was opened, after both ends. */
	void (*close)(struct lbuf_conn *c, enum lbuf_conn_why why, void *arg);
};

/** Flag: connections whose SYN was not seen are taken up in the middle. */
#define LBUF_CONN_F_PICK_UP 0x1
/** Flag: checksums that no device has checked are checked, of IPv4 and of TCP. Not for packets
 *  of virtual devices that leave them out. Without it, only what a device has found bad is
 *  refused.
 */
#define LBUF_CONN_F_CHECK_SUMS 0x2
/** Flag: VLAN tags do not tell connections apart: each direction may have its own. */
#define LBUF_CONN_F_ANY_VLAN 0x4
/** Flag: a gap is given up once its receiver has acknowledged bytes behind it: he has them,
 *  so they will not come again. For captures that lack packets; not where packets may
 *  overtake each other on the way here and not on the way there.
 */
#define LBUF_CONN_F_ACKED_GAPS 0x8
/** Flag: bytes outside the window that their receiver has announced are refused, as he does.
 *  Not for captures that lack packets.
 */
#define LBUF_CONN_F_WINDOW 0x10

/** Default of lbuf_conn_params::conns. */
#define LBUF_CONN_CONNS 65536
/** Largest lbuf_conn_params::conns. */
#define LBUF_CONN_CONNS_MAX (1u << 26)
/** Default of lbuf_conn_params::syn_ms. */
#define LBUF_CONN_SYN_MS 30000
/** Default of lbuf_conn_params::idle_ms. */
#define LBUF_CONN_IDLE_MS 600000
/** Default of lbuf_conn_params::linger_ms. */
#define LBUF_CONN_LINGER_MS 5000
/** Default of lbuf_conn_params::gap_ms: the longest retransmission time-out. */
#define LBUF_CONN_GAP_MS 120000
/** Default of lbuf_conn_params::datagrams. */
#define LBUF_CONN_DATAGRAMS 64
/** Largest lbuf_conn_params::datagrams. */
#define LBUF_CONN_DATAGRAMS_MAX 65536
/** Default of lbuf_conn_params::datagram_ms. */
#define LBUF_CONN_DATAGRAM_MS 2000
/** Largest time of them all, ms: a day. */
#define LBUF_CONN_MS_MAX 86400000

/** Settings of a table. All zero but for the pool is the default. */
struct lbuf_conn_params {
	struct lbuf_stream_params stream; /**< Of its streams: memory, policy, limits. */
	struct lbuf_conn_ops ops;         /**< What it calls. */
	void *arg;                        /**< What these are passed. */
	uint32_t flags;                   /**< LBUF_CONN_F_* */
	uint32_t conns;                   /**< Most connections. 0: LBUF_CONN_CONNS. */
	/** How long a connection that is not open in both directions is kept without packets,
	 *  ms. 0: LBUF_CONN_SYN_MS.
	 */
	uint32_t syn_ms;
	/** The same of one that is open. 0: LBUF_CONN_IDLE_MS. */
	uint32_t idle_ms;
	/** How long one that has ended is remembered, so that late packets do not open it
	 *  anew, ms. It has been closed for the user by then. 0: LBUF_CONN_LINGER_MS.
	 */
	uint32_t linger_ms;
	/** How long a gap is kept open, ms. 0: LBUF_CONN_GAP_MS. */
	uint32_t gap_ms;
	/** Most IP datagrams that are put together from fragments at a time, each of at most 8
	 *  fragments; their memory, 4 mbufs of 2 KiB for each, is taken at once. UINT32_MAX: none.
	 *  0: LBUF_CONN_DATAGRAMS.
	 */
	uint32_t datagrams;
	/** How long a fragment waits for the others, ms. 0: LBUF_CONN_DATAGRAM_MS. */
	uint32_t datagram_ms;
};

/** Figures of a table, since it was created. */
struct lbuf_conn_table_stats {
	uint64_t packets;                /**< Packets that were looked at. */
	uint64_t segments;               /**< TCP segments in them that are whole. */
	uint64_t other;                  /**< Not TCP: ARP, UDP, what is encrypted. */
	uint64_t bad_length;             /**< Lengths that do not fit together. */
	uint64_t bad_sum;                /**< Checksums that are wrong. */
	uint64_t fragments;              /**< IP fragments. */
	uint64_t datagrams;              /**< Datagrams put together from them. */
	uint64_t fragments_lost;         /**< Fragments dropped: no room, no memory, or late. */
	uint64_t unknown;                /**< Segments of no connection, not picked up. */
	uint64_t opened;                 /**< Connections that came into the table. */
	uint64_t picked_up;              /**< Of these, those in the middle. */
	uint64_t closed[LBUF_CONN_WHYS]; /**< Those that have ended, by reason. */
	uint64_t refused;                /**< Connections that there was no room or memory for. */
	uint64_t rst_ignored;            /**< RST outside the window. */
	uint64_t syn_ignored;            /**< SYN for a connection that is open. */
	uint64_t out_of_window;          /**< Segments refused by LBUF_CONN_F_WINDOW. */
	uint64_t late;                   /**< Segments with data behind an end. */
	uint64_t keep_alives;  /**< Keep-alives and window probes: of a byte that was there. */
	uint64_t urgent;       /**< Segments with urgent data, which stays in its place. */
	uint64_t gaps_timeout; /**< Gaps given up after gap_ms. */
	uint64_t gaps_full;    /**< Gaps given up for lbuf_stream_params::all_bytes. */
	uint64_t gaps_acked;   /**< Gaps given up by LBUF_CONN_F_ACKED_GAPS. */
	uint64_t gaps_end;     /**< Gaps open at the end of their connection. */
	uint64_t conns;        /**< Connections now, those that linger included. */
	uint64_t conns_max;    /**< Most there were. */
	struct lbuf_streams_stats stream; /**< Of its streams. */
};

/** Who talks to whom. */
struct lbuf_conn_info {
	uint8_t family;                   /**< 4 or 6: of IP. */
	bool picked_up;                   /**< Its SYN was not seen. */
	uint8_t nb_vlans;                 /**< VLAN tags that count: 0 to 2. */
	uint16_t vlan[2];                 /**< Their numbers, the outer one first. */
	uint8_t addr[LBUF_CONN_DIRS][16]; /**< Addresses; of IPv4 the first 4 bytes. */
	uint16_t port[LBUF_CONN_DIRS];    /**< Ports, in the order of the CPU. */
	uint64_t opened;                  /**< When it came into the table. */
	uint64_t last;                    /**< When its last packet came. */
};

/** Figures of one direction. */
struct lbuf_conn_dir_stats {
	uint64_t packets;       /**< TCP segments. */
	uint64_t bytes;         /**< Bytes in order, without those missing. */
	uint64_t again_bytes;   /**< Bytes of payload that had come before. */
	uint64_t missing_bytes; /**< Bytes of gaps that were given up. */
	uint32_t gaps;          /**< Gaps that were given up. */
	uint32_t gaps_open;     /**< Gaps now. */
	uint64_t held_bytes;    /**< Bytes held behind a gap. */
	uint64_t unread_bytes;  /**< Bytes in order that were not consumed. */
	bool begun;             /**< It is known where it begins. */
	bool over;              /**< It has ended. */
};

/**
 * Create a table, on the socket of the calling lcore, or another if that has no memory.
 *
 * @param params
 *   Settings; may go afterwards.
 * @return
 *   The table, to be freed by lbuf_conn_table_free(); NULL with rte_errno EINVAL for settings
 *   that cannot be, ENOMEM.
 *
 * Takes memory for the index of all connections (doc/streams.md tells how much), and that
 * for fragments; that for a connection when it comes.
 */
struct lbuf_conn_table *
lbuf_conn_table_create(const struct lbuf_conn_params *params);

/**
 * Free a table. Connections are ended and closed, with LBUF_CONN_FREED.
 *
 * @param t
 *   The table; NULL is fine.
 */
void
lbuf_conn_table_free(struct lbuf_conn_table *t);

/**
 * Look at packets, in the order in which they came.
 *
 * @param t
 *   The table.
 * @param pkts
 *   The packets, such as lbuf_burst::pkts; NULL among them is passed over. They stay the
 *   caller's, see lbuf_stream_insert() for what that means. Of a chain, nb_segs and the
 *   links must be right.
 * @param n
 *   How many.
 * @param now
 *   Time, see above.
 *
 * Calls lbuf_conn_expire(), too.
 *
 * Cost: of a packet in order some tens of ns, see doc/streams.md; no allocation, no copy, if
 * what it brings is consumed.
 */
void
lbuf_conn_input(struct lbuf_conn_table *t, struct rte_mbuf *const *pkts, uint32_t n, uint64_t now);

/**
 * Give up what has timed out. For loops in which no packets may come for a while.
 *
 * @param t
 *   The table.
 * @param now
 *   Time, see above.
 *
 * Cost: one comparison where nothing is due.
 */
void
lbuf_conn_expire(struct lbuf_conn_table *t, uint64_t now);

/** End and close all connections, with LBUF_CONN_FREED: the last figures can be taken then. */
void
lbuf_conn_flush(struct lbuf_conn_table *t);

/**
 * Read a table's figures, from any thread. While it is in use they may be of different
 * moments.
 */
void
lbuf_conn_table_stats_get(const struct lbuf_conn_table *t, struct lbuf_conn_table_stats *stats);

/**
 * Go through the connections that are not closed.
 *
 * @param t
 *   The table, nothing of which is changed meanwhile.
 * @param pos
 *   In: 0 to begin. Out: where to go on.
 * @return
 *   A connection; NULL: that was all.
 */
struct lbuf_conn *
lbuf_conn_iterate(const struct lbuf_conn_table *t, uint32_t *pos);

/** Who talks to whom. */
void
lbuf_conn_info_get(const struct lbuf_conn *c, struct lbuf_conn_info *info);

/**
 * Figures of a direction.
 *
 * @return
 *   0; -EINVAL: there is no such direction.
 */
int
lbuf_conn_dir_stats_get(const struct lbuf_conn *c, unsigned int dir,
		struct lbuf_conn_dir_stats *stats);

/** Have a connection know something of the caller's; NULL until then. */
void
lbuf_conn_user_set(struct lbuf_conn *c, void *user);

/** What that is. */
void *
lbuf_conn_user_get(const struct lbuf_conn *c);

/**
 * Collect no more bytes of a direction: what comes is counted as in order and not kept, and the
 * data callback is not called. What is there is dropped after the callback.
 *
 * @return
 *   0; -EINVAL: there is no such direction.
 */
int
lbuf_conn_ignore(struct lbuf_conn *c, unsigned int dir);

/**
 * Give a connection up: it is ended and closed, with LBUF_CONN_DROPPED, after the callback from
 * which this is called; elsewhere with the next lbuf_conn_input() or lbuf_conn_expire(). Its
 * further packets are passed over until it has been silent for lbuf_conn_params::linger_ms.
 */
void
lbuf_conn_drop(struct lbuf_conn *c);

/** Bytes of the RSS key of most devices. */
#define LBUF_CONN_RSS_KEY 40

/**
 * Make an RSS key by which both directions of a connection come to one queue.
 *
 * @param key
 *   Receives the key.
 * @param n
 *   Its bytes: rte_eth_dev_info::hash_key_size.
 */
void
lbuf_conn_rss_key(uint8_t *key, uint32_t n);

/** The name of a reason, in one word: "fin", "rst", "timeout" ...; "?" for none of them. */
const char *
lbuf_conn_why_name(enum lbuf_conn_why why);

#ifdef __cplusplus
}
#endif

#endif /* LBUF_CONN_H */
