/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include <lwip/ip4_frag.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ethernet.h>

#include "pbufs.h"
#include "server.h"

#define POLL_INTERVAL 2 /* of lwIP's half seconds */

struct conn {
	LIST_ENTRY(conn) next;
	struct server *server;
	struct tcp_pcb *pcb;
	struct http http;
	unsigned int idle; /* seconds */
	bool eof;          /* the other side has ended */
	bool ended;        /* this side has */
};

/* lwIP has no business with a connection any more. */
static void
conn_free(struct conn *c)
{
	LIST_REMOVE(c, next);
	c->server->nb_conns--;
	http_close(&c->http);
	free(c);
}

static struct tcp_pcb *
conn_detach(struct conn *c)
{
	struct tcp_pcb *pcb = c->pcb;

	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
	tcp_err(pcb, NULL);
	conn_free(c);
	return pcb;
}

/* Reset a connection that fails. Callbacks of lwIP's are to return this. */
static err_t
conn_abort(struct conn *c)
{
	c->server->failed++;
	tcp_abort(conn_detach(c));
	return ERR_ABRT;
}

/* Both sides have ended. What is not acknowledged yet lwIP sends on its own. */
static err_t
conn_finish(struct conn *c)
{
	struct tcp_pcb *pcb = conn_detach(c);

	if (tcp_close(pcb) == ERR_OK)
		return ERR_OK;
	tcp_abort(pcb);
	return ERR_ABRT;
}

/* Let the other side send as much as was consumed. */
static void
consumed(struct conn *c, uint64_t n)
{
	uint16_t part;

	if (n != 0 && !c->http.closing)
		c->idle = 0;
	for (; n != 0; n -= part) {
		part = (uint16_t)RTE_MIN(n, (uint64_t)UINT16_MAX);
		tcp_recved(c->pcb, part);
	}
}

/* Answer what can be answered, and send what can be sent. */
static err_t
conn_work(struct conn *c)
{
	uint64_t before = lbuf_len(&c->http.in);

	do {
		if (http_work(&c->http) != 0)
			return conn_abort(c);
	} while (c->server->write(c->pcb, &c->http.out) != 0);
	/* Of what will never be a request nothing is kept, or closing would be a reset. */
	if (c->eof && http_done(&c->http)) {
		consumed(c, before);
		return conn_finish(c);
	}
	consumed(c, before - lbuf_len(&c->http.in));
	/* The other side is to get all before it hears of what it has sent in vain. */
	if (c->http.closing && http_done(&c->http) && !c->ended) {
		c->ended = true;
		if (tcp_shutdown(c->pcb, 0, 1) != ERR_OK)
			return conn_abort(c);
	}
	tcp_output(c->pcb);
	return ERR_OK;
}

static err_t
on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct conn *c = arg;
	int ret = 0;

	(void)pcb;
	(void)err;
	if (p == NULL) {
		c->eof = true;
		return conn_work(c);
	}
	ret = pbufs_take(p, &c->http.in);
	pbuf_free(p);
	return ret == 0 ? conn_work(c) : conn_abort(c);
}

static err_t
on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct conn *c = arg;

	(void)pcb;
	(void)len;
	c->idle = 0;
	return conn_work(c);
}

/* Each second: memory may be there again, or patience at an end. */
static err_t
on_poll(void *arg, struct tcp_pcb *pcb)
{
	struct conn *c = arg;

	(void)pcb;
	return ++c->idle > SERVER_IDLE ? conn_abort(c) : conn_work(c);
}

/* lwIP has freed its part already. */
static void
on_err(void *arg, err_t err)
{
	struct conn *c = arg;

	(void)err;
	c->server->failed++;
	conn_free(c);
}

static err_t
on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct server *server = arg;
	struct conn *c = NULL;

	if (err != ERR_OK || pcb == NULL)
		return ERR_VAL;
	if (server->nb_conns < server->max_conns)
		c = calloc(1, sizeof(*c));
	if (c == NULL) {
		server->refused++;
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	c->server = server;
	c->pcb = pcb;
	http_init(&c->http, server->site);
	LIST_INSERT_HEAD(&server->conns, c, next);
	server->nb_conns++;
	server->accepted++;
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, c);
	tcp_recv(pcb, on_recv);
	tcp_sent(pcb, on_sent);
	tcp_poll(pcb, on_poll, POLL_INTERVAL);
	tcp_err(pcb, on_err);
	return ERR_OK;
}

int
server_start(struct server *server, struct http_site *site, const ip4_addr_t *address,
		uint16_t port, size_t memory)
{
	struct tcp_pcb *pcb = tcp_new(), *listener = NULL;
	ip_addr_t any;

	server->site = site;
	server->max_conns = (uint32_t)RTE_MIN(memory / SERVER_CONN_BYTES, (size_t)SERVER_CONNS);
	LIST_INIT(&server->conns);
	ip_addr_copy_from_ip4(any, *address);
	if (pcb != NULL && tcp_bind(pcb, &any, port) == ERR_OK)
		listener = tcp_listen(pcb);
	if (listener == NULL) {
		if (pcb != NULL)
			tcp_abort(pcb);
		return -1;
	}
	tcp_arg(listener, server);
	tcp_accept(listener, on_accept);
	server->listener = listener;
	return 0;
}

/* lwIP's lists begin with the newest: forget those of a state that are over a number. */
static void
forget(struct tcp_pcb *pcb, enum tcp_state state, unsigned int keep)
{
	struct tcp_pcb *next;

	for (; pcb != NULL; pcb = next) {
		next = pcb->next;
		if (pcb->state != state)
			continue;
		if (keep != 0)
			keep--;
		else
			tcp_abandon(pcb, 0);
	}
}

void
server_tick(void)
{
	forget(tcp_tw_pcbs, TIME_WAIT, SERVER_TIME_WAIT);
	forget(tcp_active_pcbs, SYN_RCVD, SERVER_HALF_OPEN);
}

/* The header of a SYN over IPv4, and that in front of it. NULL: a frame is none. */
static const struct tcp_hdr *
syn_of(const struct pbuf *frame, const struct ip_hdr **ip)
{
	const struct eth_hdr *ether = frame->payload;
	const struct tcp_hdr *tcp;
	uint16_t n;

	if (frame->len < SIZEOF_ETH_HDR + IP_HLEN || ether->type != PP_HTONS(ETHTYPE_IP))
		return NULL;
	*ip = (const struct ip_hdr *)(ether + 1);
	n = (uint16_t)IPH_HL_BYTES(*ip);
	if (IPH_PROTO(*ip) != IP_PROTO_TCP || n < IP_HLEN ||
			(IPH_OFFSET(*ip) & PP_HTONS(IP_OFFMASK)) != 0 ||
			frame->len < SIZEOF_ETH_HDR + n + TCP_HLEN)
		return NULL;
	tcp = (const struct tcp_hdr *)((const uint8_t *)*ip + n);
	return (TCPH_FLAGS(tcp) & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN ? tcp : NULL;
}

void
server_reopen(const struct pbuf *frame)
{
	struct tcp_pcb *pcb = tcp_tw_pcbs;
	const struct tcp_hdr *tcp;
	const struct ip_hdr *ip;

	tcp = pcb != NULL ? syn_of(frame, &ip) : NULL;
	if (tcp == NULL)
		return;
	while (pcb != NULL &&
			(pcb->remote_port != lwip_ntohs(tcp->src) ||
					pcb->local_port != lwip_ntohs(tcp->dest) ||
					ip_2_ip4(&pcb->remote_ip)->addr != ip->src.addr ||
					ip_2_ip4(&pcb->local_ip)->addr != ip->dest.addr))
		pcb = pcb->next;
	if (pcb != NULL && TCP_SEQ_GT(lwip_ntohl(tcp->seqno), pcb->rcv_nxt))
		tcp_abandon(pcb, 0);
}

/* As lwIP does when its own memory runs out. Whether there were any. */
static bool
drop_early(void)
{
	struct tcp_pcb *pcb;
	bool any = false;

	for (pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
		any |= pcb->ooseq != NULL;
		tcp_free_ooseq(pcb);
	}
	return any;
}

void
server_relieve(struct server *server)
{
	struct conn *c, *most = NULL;

	if (drop_early())
		return;
	LIST_FOREACH(c, &server->conns, next)
		if (most == NULL || lbuf_len(&c->http.in) > lbuf_len(&most->http.in))
			most = c;
	if (most != NULL && lbuf_len(&most->http.in) != 0)
		conn_abort(most);
}

void
server_stop(struct server *server)
{
	struct conn *c, *next;
	int i;

	tcp_close(server->listener);
	/* None of them has failed: the end of their clients may be lost, and on its way again. */
	for (c = LIST_FIRST(&server->conns); c != NULL; c = next) {
		next = LIST_NEXT(c, next);
		tcp_abort(conn_detach(c));
	}
	/* Those that lwIP goes on with by itself. */
	while (tcp_active_pcbs != NULL)
		tcp_abort(tcp_active_pcbs);
	forget(tcp_tw_pcbs, TIME_WAIT, 0);
	/* Fragments wait for the others of their packet for as many seconds. */
	for (i = 0; i <= IP_REASS_MAXAGE; i++)
		ip_reass_tmr();
}
