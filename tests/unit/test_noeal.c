/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What of linked buffers needs neither the EAL nor a pool: a few segments of
 * external memory, read. Runs under valgrind.
 */

#include <errno.h>
#include <stdlib.h>

#include "unit.h"

/* Memory from malloc(), of exactly its size, freed by its callback. */
struct heap {
	struct lbuf_ext ext;
	uint8_t *mem;
	unsigned int *frees;
};

static void
heap_free(struct lbuf_ext *ext, void *arg)
{
	struct heap *heap = arg;

	assert_ptr_equal(ext, &heap->ext);
	(*heap->frees)++;
	free(heap->mem);
	free(heap);
}

static void
add(struct lbuf *b, const char *text, unsigned int *frees)
{
	struct heap *heap = malloc(sizeof(*heap));
	size_t n = strlen(text);

	assert_non_null(heap);
	heap->frees = frees;
	heap->mem = malloc(n);
	assert_non_null(heap->mem);
	memcpy(heap->mem, text, n);
	lbuf_ext_init(&heap->ext, heap_free, heap);
	assert_int_equal(lbuf_write_ext(b, &heap->ext, heap->mem, n), 0);
	assert_int_equal(lbuf_flush(b), 0);
}

static void
counts(void **state)
{
	struct lbuf_mem mem = { .refcnt = 1 };

	(void)state;
	lbuf_mem_share(&mem);
	assert_int_equal(mem.flags, 0);
	lbuf_mem_get(&mem);
	assert_int_equal(mem.refcnt, 2);
	assert_false(lbuf_mem_drop(&mem));
	assert_int_equal(mem.refcnt, 1);
	assert_true(lbuf_mem_drop(&mem));
	assert_int_equal(mem.refcnt, 1);
	lbuf_mem_get(&mem);
	lbuf_mem_share(&mem);
	assert_int_equal(mem.flags, LBUF_MEM_SHARED);
	lbuf_mem_get(&mem);
	assert_int_equal(mem.refcnt, 3);
	assert_false(lbuf_mem_drop(&mem));
	assert_false(lbuf_mem_drop(&mem));
	assert_true(lbuf_mem_drop(&mem));
	assert_int_equal(mem.refcnt, 1);
	assert_int_equal(mem.flags, 0);
}

static void
read_two_segments(void **state)
{
	unsigned int frees = 0;
	struct iovec iov[2];
	uint8_t copy[8];
	uint32_t crc = 0, v32;
	uint16_t sum, v16;
	uint64_t v64, bytes;
	struct lbuf b;

	(void)state;
	lbuf_init(&b, NULL);
	add(&b, "1234", &frees);
	add(&b, "56789", &frees);
	assert_int_equal(lbuf_len(&b), 9);
	assert_int_equal(lbuf_crc32c(&b, 0, 9, &crc), 0);
	assert_int_equal(crc, 0xe3069283);
	assert_int_equal(lbuf_cksum(&b, 3, 3, &sum), 0);
	assert_int_equal(rte_be_to_cpu_16(sum), 0x3435 + 0x3600);
	assert_int_equal(lbuf_peek_be16(&b, &v16), 0);
	assert_int_equal(v16, 0x3132);
	assert_int_equal(lbuf_peek_be64(&b, &v64), 0);
	assert_int_equal(v64, UINT64_C(0x3132333435363738));
	assert_int_equal(lbuf_find(&b, '7', 0), 6);
	assert_int_equal(lbuf_find_str(&b, "456", 3, 1), 3);
	assert_int_equal(lbuf_find_str(&b, "9a", 2, 0), -ENOENT);
	assert_int_equal(lbuf_iovec(&b, 1, iov, 2, &bytes), 2);
	assert_int_equal(bytes, 8);
	assert_int_equal(lbuf_peek_copy(&b, copy, 8), 0);
	assert_memory_equal(copy, "12345678", 8);
	assert_memory_equal(lbuf_next(&b, 4), "1234", 4);
	assert_int_equal(frees, 0);
	assert_int_equal(lbuf_release(&b), 0);
	assert_int_equal(frees, 1);
	assert_int_equal(lbuf_peek_be32(&b, &v32), 0);
	assert_int_equal(v32, 0x35363738);
	assert_int_equal(lbuf_read_cksum(&b, copy, 5, &sum), 0);
	assert_memory_equal(copy, "56789", 5);
	assert_int_equal(lbuf_peek_be16(&b, &v16), -ENODATA);
	assert_null(lbuf_peek(&b, 1));
	lbuf_close(&b);
	assert_int_equal(frees, 2);
	lbuf_close(&b);
	assert_int_equal(lbuf_skip(&b, 1), -EPIPE);
}

static void
cut_two_segments(void **state)
{
	struct lbuf b, slice, line;
	unsigned int frees = 0;

	(void)state;
	lbuf_init(&b, NULL);
	add(&b, "first line\nsec", &frees);
	add(&b, "ond line\nrest", &frees);
	assert_int_equal(lbuf_until(&b, '\n', &line), 11);
	assert_str(&line, "first line\n");
	assert_int_equal(lbuf_until_str(&b, "e\n", 2, NULL, &slice), 12);
	assert_str(&slice, "second line\n");
	assert_str(&b, "rest");
	lbuf_close(&line);
	assert_int_equal(frees, 0);
	lbuf_close(&b);
	assert_str(&slice, "second line\n");
	assert_int_equal(lbuf_skip(&slice, 4), 0);
	assert_int_equal(lbuf_release(&slice), 0);
	assert_int_equal(frees, 1);
	assert_str(&slice, "nd line\n");
	assert_int_equal(lbuf_write(&slice, "x", 1), -EROFS);
	lbuf_close(&slice);
	assert_int_equal(frees, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(read_two_segments),
		cmocka_unit_test(cut_two_segments),
	};

	return cmocka_run_group_tests_name("test_noeal", tests, NULL, NULL) == 0 ? EXIT_SUCCESS
										 : EXIT_FAILURE;
}
