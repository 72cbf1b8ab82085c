/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From linked buffers to mbuf chains.
 *
 * An mbuf that nobody else views goes out as it is. Other memory is attached to
 * an mbuf of the bridge, as an external buffer whose free callback drops one
 * reference; or if it is little, copied into one. Clones of that mbuf may outlive it, and
 * they count in its shared info: this comes from a mempool of its own.
 */

#include "../mem/iova.h"
#include "bounce.h"
#include "port_priv.h"
#include "export.h"

/* Bytes in one mbuf segment. */
#define SEG_BYTES UINT16_MAX

/* What an mbuf of the bridge, and clones of it, refer to. */
struct ref {
	struct rte_mbuf_ext_shared_info info;
	uintptr_t mem; /* as in struct lbuf_seg */
};

size_t
port_ref_size(void)
{
	return sizeof(struct ref);
}

/* A reference that a driver is done with. */
static void
ref_free(void *addr, void *opaque)
{
	struct ref *ref = opaque;
	struct lbuf_seg s = { .addr = addr, .mem = ref->mem };

	rte_mempool_put(rte_mempool_from_obj(ref), ref);
	lbuf_seg_put(&s);
}

static rte_iova_t
mbuf_iova(const struct rte_mbuf *m, const uint8_t *addr)
{
	return rte_mbuf_iova_get(m) + (rte_iova_t)(addr - (uint8_t *)m->buf_addr);
}

/* IOVA of an address in counted memory, and *len as there. */
static rte_iova_t
mem_piece_iova(const struct lbuf_port *port, struct lbuf_mem *mem, const uint8_t *addr, size_t *len)
{
	switch (mem->kind) {
	case LBUF_MEM_CHUNK:
		/* Large ones are mapped for the device, as long as it has not been stopped. */
		if (port->dev == NULL && lbuf_chunk_of(mem)->tier == LBUF_TIER_LARGE)
			return RTE_BAD_IOVA;
		return lbuf_chunk_iova(lbuf_chunk_of(mem), addr, len);
	case LBUF_MEM_EXT:
		if (ext_of(mem)->iova != RTE_BAD_IOVA)
			return ext_of(mem)->iova + (rte_iova_t)(addr - ext_of(mem)->base);
		return port->reach.kind == REACH_CPU ? RTE_BAD_IOVA : mem_iova(addr, len);
	case LBUF_MEM_MBUF:
	case LBUF_MEM_HOLD:
		return mbuf_iova(mbuf_of_mem(mem), addr);
	default:
		return RTE_BAD_IOVA;
	}
}

/*
 * Where the port finds an address. *len: in, bytes wanted; out, bytes there in
 * one piece. RTE_BAD_IOVA: it cannot reach them.
 */
static rte_iova_t
piece_iova(const struct lbuf_port *port, const struct lbuf_seg *s, const uint8_t *addr, size_t *len)
{
	rte_iova_t iova;

	/* An mbuf has no more bytes than a segment of a packet may have. */
	if ((s->mem & LBUF_SEG_MBUF) != 0) {
		iova = mbuf_iova(seg_mbuf(s), addr);
	} else {
		*len = RTE_MIN(*len, (size_t)SEG_BYTES);
		iova = mem_piece_iova(port, seg_mem(s), addr, len);
	}
	if (!reach_has(&port->reach, addr, *len))
		return RTE_BAD_IOVA;
	if (iova == RTE_BAD_IOVA && port->reach.kind == REACH_CPU)
		iova = (rte_iova_t)(uintptr_t)addr;
	return iova;
}

/* What goes into a packet: bytes, segments, and of these, such as need an mbuf. */
struct plan {
	uint64_t bytes;
	uint32_t segs;
	uint32_t refs;   /* that refer to memory */
	uint32_t copies; /* that have copies of small pieces */
	uint32_t small;  /* these pieces */
	uint32_t room;   /* bytes, behind the last piece if it is one of them */
	uint32_t moved;  /* segments of the buffer that leave it */
	bool held;       /* some stay until the buffer is released */
};

/*
 * Whether n bytes of a segment are copied, as that is cheaper than a reference. Only out of
 * memory whose end nobody waits for: other memory goes by reference, so that its end tells
 * that it was sent. An mbuf is none of it: whether it goes as it is may change any time.
 */
static bool
is_small(const struct lbuf_port *port, const struct lbuf_seg *s, uint64_t n)
{
	const struct lbuf_mem *mem = seg_mem(s);

	if (n > port->copy_break || (s->mem & LBUF_SEG_MBUF) != 0)
		return false;
	if (mem->kind == LBUF_MEM_EXT)
		return ((const struct lbuf_ext *)mem)->free_cb == NULL;
	return mem->kind == LBUF_MEM_CHUNK;
}

/* Plan a copy of n bytes, in the last mbuf of copies or in a new one. */
static void
plan_small(const struct lbuf_port *port, uint64_t n, struct plan *plan)
{
	if (plan->room < n) {
		plan->segs++;
		plan->copies++;
		plan->room = port->copy_break;
	}
	plan->room -= (uint32_t)n;
	plan->bytes += n;
	plan->small++;
}

/* Plan references to n bytes of a segment; -EFAULT: they are out of reach. */
static int
plan_refs(const struct lbuf_port *port, const struct lbuf_port_queue *q, const struct lbuf_seg *s,
		uint64_t n, struct plan *plan)
{
	const uint8_t *addr = s->addr;
	size_t len;

	while (n != 0 && plan->segs < q->tx.seg_max) {
		len = n;
		if (piece_iova(port, s, addr, &len) == RTE_BAD_IOVA)
			return -EFAULT;
		addr += len;
		n -= len;
		plan->bytes += len;
		plan->segs++;
		plan->refs++;
	}
	return 0;
}

/* Plan a packet of the first n bytes, or as many of them as the port takes. */
static int
plan_export(const struct lbuf_port *port, const struct lbuf_port_queue *q, const struct lbuf *b,
		uint64_t n, struct plan *plan)
{
	const struct lbuf_seg *s = b->rd;
	uint64_t piece;
	int ret;

	*plan = (struct plan){ 0 };
	for (; n != 0; n -= piece, s++) {
		bool small;

		piece = RTE_MIN(n, s->len);
		small = is_small(port, s, piece);
		if (plan->segs >= q->tx.seg_max && !(small && piece <= plan->room))
			break;
		plan->moved += piece == s->len;
		plan->held |= (s->mem & LBUF_SEG_PIN) != 0;
		if (small) {
			plan_small(port, piece, plan);
			continue;
		}
		plan->room = 0;
		if (piece == s->len && goes_as_is(port, s)) {
			plan->bytes += piece;
			plan->segs++;
			continue;
		}
		ret = plan_refs(port, q, s, piece, plan);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/* Mbufs to be made into references, or to have copies. */
struct refs {
	struct rte_mbuf **m;
	struct ref **ref;
	uint32_t nb_m;
	uint32_t nb_ref;
	struct lbuf_chunk *chunk; /* where the arrays lie if there are many, or NULL */
};

/* NOLINTBEGIN(clang-analyzer-core.*): segments and references were counted before */

/* Fill the next mbuf with a reference, which is taken over, and return it. */
static struct rte_mbuf *
attach(struct refs *refs, uintptr_t mem, uint8_t *addr, rte_iova_t iova, uint16_t len)
{
	struct ref *ref = *refs->ref++;
	struct rte_mbuf *m = *refs->m++;

	refs->nb_m--;
	refs->nb_ref--;
	ref->mem = mem;
	ref->info.free_cb = ref_free;
	ref->info.fcb_opaque = ref;
	rte_mbuf_ext_refcnt_set(&ref->info, 1);
	rte_pktmbuf_attach_extbuf(m, addr, iova, len, &ref->info);
	m->data_len = len;
	return m;
}

/* Add an mbuf to a chain. */
static struct rte_mbuf **
chain(struct rte_mbuf **link, struct rte_mbuf *m)
{
	*link = m;
	return &m->next;
}

/* Turn a segment into mbufs that refer to it. */
static void
refer(const struct lbuf_port *port, const struct lbuf_seg *s, struct refs *refs,
		struct rte_mbuf ***link)
{
	uintptr_t mem = s->mem & ~(LBUF_SEG_PIN | LBUF_SEG_PLAIN);
	uint8_t *addr = s->addr;
	uint64_t left = s->len;
	size_t len;

	while (left != 0) {
		rte_iova_t iova;

		len = left;
		iova = piece_iova(port, s, addr, &len);
		if (left != s->len)
			lbuf_mem_get(seg_mem(s));
		*link = chain(*link, attach(refs, mem, addr, iova, (uint16_t)len));
		addr += len;
		left -= len;
	}
	/* The driver may free it on any lcore. */
	if ((mem & LBUF_SEG_MBUF) == 0)
		lbuf_mem_share(seg_mem(s));
}

/*
 * Copy a segment into the mbuf of copies before it, or if that has no room, or there is none
 * (NULL), into the next mbuf. Returns which it was.
 */
static struct rte_mbuf *
copy_small(const struct lbuf_port *port, const struct lbuf_seg *s, struct rte_mbuf *m,
		struct refs *refs, struct rte_mbuf ***link)
{
	if (m == NULL || m->data_len + s->len > port->copy_break) {
		m = *refs->m++;
		refs->nb_m--;
		m->data_off = 0;
		*link = chain(*link, m);
	}
	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len), s->addr, s->len);
	m->data_len = (uint16_t)(m->data_len + s->len);
	seg_put_quietly(s);
	return m;
}

/*
 * Turn a slice into a chain of so many segments. The slice is closed. An mbuf that goes out as it
 * is tells its via, in the field that counts references, should the driver refuse the packet.
 */
static struct rte_mbuf *
build(const struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *slice,
		struct refs *refs, uint16_t segs)
{
	struct rte_mbuf *head = NULL, **link = &head, *copies = NULL;
	struct lbuf_seg *s;

	for (s = slice->rd; s != slice->tail; s++) {
		struct rte_mbuf *m;

		if (is_small(port, s, s->len)) {
			copies = copy_small(port, s, copies, refs, &link);
			s->mem = 0;
			continue;
		}
		copies = NULL;
		if (!goes_as_is(port, s)) {
			refer(port, s, refs, &link);
		} else {
			m = seg_mbuf(s);
			m->data_off = (uint16_t)(s->addr - (uint8_t *)m->buf_addr);
			m->data_len = (uint16_t)s->len;
			mbuf_mem(m)->cidx = hold_via(s->mem);
			port_let_go(q, hold_via(s->mem));
			link = chain(link, m);
		}
		s->mem = 0;
	}
	*link = NULL;
	head->nb_segs = segs;
	head->pkt_len = (uint32_t)slice->len;
	lbuf_close(slice);
	return head;
}

/* NOLINTEND(clang-analyzer-core.*) */

/*
 * The write chunk of a buffer that will be empty: without its reference the
 * driver mostly has the only one, and no atomics are needed.
 */
static void
drop_write_chunk(struct lbuf *b)
{
	if (b->rd != b->tail || b->w_chunk == NULL)
		return;
	chunk_put_quietly(b->w_chunk);
	b->w_chunk = NULL;
	b->w_room = 0;
	if (b->head == b->rd)
		b->flags &= ~(uint32_t)LBUF_F_HELD;
}

/* References that a packet takes without arrays of their own. */
#define LOCAL_REFS 32

/* Get mbufs and what they refer by; `local` has place for LOCAL_REFS of both. */
static int
get_refs(const struct lbuf_port *port, const struct plan *plan, struct refs *refs, void **local)
{
	uint32_t n = plan->refs + plan->copies;

	*refs = (struct refs){ .nb_m = n, .nb_ref = plan->refs };
	if (n > LOCAL_REFS) {
		refs->chunk = lbuf_chunk_alloc(port->pool, 2 * n * sizeof(*local));
		if (refs->chunk == NULL)
			return -rte_errno;
		local = (void **)refs->chunk->data;
	}
	refs->m = (struct rte_mbuf **)local;
	refs->ref = (struct ref **)(local + n);
	if (n == 0)
		return 0;
	if (rte_pktmbuf_alloc_bulk(port->refs, refs->m, n) == 0) {
		if (plan->refs == 0 ||
				rte_mempool_get_bulk(port->infos, (void **)refs->ref, plan->refs) ==
						0)
			return 0;
		rte_pktmbuf_free_bulk(refs->m, n);
	}
	lbuf_chunk_put(refs->chunk);
	return -ENOBUFS;
}

/* Give back what was not made into references. */
static void
put_refs(const struct lbuf_port *port, const struct refs *refs)
{
	if (unlikely(refs->nb_m != 0))
		rte_pktmbuf_free_bulk(refs->m, refs->nb_m);
	if (unlikely(refs->nb_ref != 0))
		rte_mempool_put_bulk(port->infos, (void **)refs->ref, refs->nb_ref);
	lbuf_chunk_put(refs->chunk);
}

/* Export by reference, as planned. */
static struct rte_mbuf *
export_refs(const struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b,
		const struct plan *plan)
{
	struct rte_mbuf *head = NULL;
	void *local[2 * LOCAL_REFS];
	struct lbuf slice;
	struct refs refs;
	int ret = get_refs(port, plan, &refs, local);

	if (ret != 0)
		return fail_ptr(ret);
	ret = lbuf_slice(b, plan->bytes, &slice);
	if (ret == 0) {
		drop_write_chunk(b);
		head = build(port, q, &slice, &refs, (uint16_t)plan->segs);
	}
	/* Some are left if who held an mbuf, too, freed it since that was planned. */
	put_refs(port, &refs);
	return ret != 0 ? fail_ptr(ret) : head;
}

/* From where on n bytes of the chunk being written, twice as long, are in one page. */
static size_t
skip_border(const struct lbuf *copy, const uint8_t *p, uint64_t n)
{
	size_t len = 2 * n;

	if (lbuf_chunk_iova(copy->w_chunk, p, &len) == RTE_BAD_IOVA || len >= n)
		return 0;
	return len;
}

/*
 * Copy the first n bytes into room for n or 2 * n, and plan their export; 0 or a
 * negative errno. In PA mode pages end in some chunks, and on one side of the border
 * is half of the chunk or more.
 */
static int
copy_for(const struct lbuf_port *port, const struct lbuf_port_queue *q, const struct lbuf *b,
		uint64_t n, uint64_t room, struct lbuf *copy, struct plan *plan)
{
	uint8_t *p = lbuf_reserve(copy, room);
	size_t off = 0;
	int ret;

	if (p == NULL)
		return -rte_errno;
	if (room > n)
		off = skip_border(copy, p, n);
	ret = lbuf_copy_out(b, p + off, n);
	if (ret != 0)
		return ret;
	lbuf_ack(copy, off + n);
	lbuf_flush(copy);
	lbuf_skip(copy, off);
	ret = plan_export(port, q, copy, n, plan);
	return ret != 0 || plan->bytes != n ? -EMSGSIZE : 0;
}

/* Export a copy of the first n bytes: the port cannot take them as they are. */
static struct rte_mbuf *
export_copy(const struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b, uint64_t n)
{
	struct rte_mbuf *head = NULL;
	struct lbuf copy;
	struct plan plan = { 0 };
	int ret;

	lbuf_init(&copy, port->pool);
	ret = copy_for(port, q, b, n, n, &copy, &plan);
	if (ret == -EMSGSIZE) {
		lbuf_close(&copy);
		lbuf_init(&copy, port->pool);
		ret = copy_for(port, q, b, n, 2 * n, &copy, &plan);
	}
	/* The copied segments stay, until they are released. */
	if (ret == 0)
		ret = seg_room(b, plan.segs);
	if (ret == 0)
		head = export_refs(port, q, &copy, &plan);
	else
		rte_errno = -ret;
	lbuf_close(&copy);
	if (head == NULL)
		return NULL;
	lbuf_skip(b, n);
	return head;
}

/*
 * Room in a buffer to take its packet back, which the driver may refuse: nothing
 * must be lost then for want of memory. There is room where segments have left, unless
 * one among them is held: then the places of none come free.
 */
static int
room_to_restore(struct lbuf *b, const struct plan *plan)
{
	if (b->head == b->rd && !plan->held && plan->moved >= plan->segs)
		return 0;
	return seg_room(b, plan->segs);
}

/*
 * Plan a packet as the port is configured now: that is looked up once in a call, and only
 * if it matters, for it costs as much as all the rest.
 */
static int
plan_now(struct lbuf_port *port, struct lbuf_port_queue *q, const struct lbuf *b, uint64_t n,
		struct plan *plan)
{
	int ret = plan_export(port, q, b, n, plan);
	uint16_t seg_max = q->tx.seg_max;

	if (q->tx.checked || (plan->segs <= 1 && plan->bytes == n))
		return ret;
	if (port_check_conf(port, q) != 0)
		return -ENOTSUP;
	q->tx.checked = true;
	return q->tx.seg_max == seg_max ? ret : plan_export(port, q, b, n, plan);
}

/* Export a copy of the first n bytes. */
static struct rte_mbuf *
export_copied(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b, uint64_t n)
{
	struct rte_mbuf *head;

	if (n > SEG_BYTES * (uint64_t)q->tx.seg_max)
		return fail_ptr(-EMSGSIZE);
	if (port->reach.kind == REACH_NONE)
		head = bounce_export(port, b, n, q->tx.seg_max);
	else
		head = export_copy(port, q, b, n);
	q->tx.copied += head != NULL;
	return head;
}

/* Export the first n bytes; all of them, or if `part` says so what goes at once. */
static struct rte_mbuf *
export_some(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b, uint64_t n,
		bool part)
{
	struct rte_mbuf *head;
	struct plan plan;
	int ret = plan_now(port, q, b, n, &plan);

	if (ret == -ENOTSUP)
		return fail_ptr(ret);
	if (ret == 0 && (plan.bytes == n || part)) {
		ret = part ? 0 : room_to_restore(b, &plan);
		if (ret != 0)
			return fail_ptr(ret);
		head = export_refs(port, q, b, &plan);
		if (head != NULL) {
			q->tx.refs += plan.refs;
			q->tx.small += plan.small;
		}
		return head;
	}
	if (part)
		n = RTE_MIN(n, (uint64_t)SEG_BYTES);
	return export_copied(port, q, b, n);
}

struct rte_mbuf *
port_export_slow(struct lbuf_port *port, struct lbuf_port_queue *q, struct lbuf *b)
{
	struct rte_mbuf *head = NULL;
	int ret = check_read(b, 1);

	if (ret == 0 && b->len > UINT32_MAX)
		ret = -EMSGSIZE;
	if (ret != 0)
		rte_errno = -ret;
	else
		head = export_some(port, q, b, b->len, false);
	q->tx.failed += head == NULL;
	return head;
}

struct rte_mbuf *
lbuf_port_export_part(struct lbuf_port *port, uint16_t queue, struct lbuf *b, uint32_t max)
{
	struct lbuf_port_queue *q = &port->head.queue[queue];
	struct rte_mbuf *head = NULL;
	int ret;

	if (unlikely(!port_counts(port, queue)))
		return fail_ptr(-EINVAL);
	ret = max == 0 ? -EINVAL : check_read(b, 1);
	q->tx.checked = false;
	q->tx.lends = false;
	if (ret != 0)
		rte_errno = -ret;
	else
		head = export_some(port, q, b, RTE_MIN((uint64_t)max, b->len), true);
	q->tx.failed += head == NULL;
	if (head != NULL)
		lbuf_release(b);
	return head;
}
