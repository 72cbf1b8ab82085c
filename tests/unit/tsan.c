/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What ThreadSanitizer cannot see: EAL is not built for it, so what is ordered by the
 * locks inside of it looks like a race. These stand between the library, the tests,
 * and EAL (ld --wrap), and tell.
 */

#include <pthread.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_ring.h>

void
__tsan_acquire(void *addr);
void
__tsan_release(void *addr);

/* Stand for the locks of EAL's heap, of its lists, and for the pipes of lcores. */
static char heap, tailq;
static struct {
	char started, ended;
	lcore_function_t *func;
	void *arg;
} lcore[RTE_MAX_LCORE];

#define WRAPPED_NEW(type, name, params, ...) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		type mem = __real_##name(__VA_ARGS__); \
\
		__tsan_acquire(&heap); \
		return mem; \
	}
#define WRAPPED_FREE(name, params) \
	void __real_##name params; \
	void __wrap_##name params; \
	void __wrap_##name params \
	{ \
		__tsan_release(&heap); \
		__real_##name(mem); \
	}

WRAPPED_NEW(void *, rte_malloc, (const char *type, size_t size, unsigned int align), type, size,
		align)
WRAPPED_NEW(void *, rte_zmalloc, (const char *type, size_t size, unsigned int align), type, size,
		align)
WRAPPED_NEW(void *, rte_malloc_socket,
		(const char *type, size_t size, unsigned int align, int socket), type, size, align,
		socket)
WRAPPED_NEW(void *, rte_zmalloc_socket,
		(const char *type, size_t size, unsigned int align, int socket), type, size, align,
		socket)
WRAPPED_FREE(rte_free, (void *mem))
WRAPPED_NEW(struct rte_mempool *, rte_mempool_create_empty,
		(const char *name, unsigned int n, unsigned int size, unsigned int cache_size,
				unsigned int private_size, int socket, unsigned int flags),
		name, n, size, cache_size, private_size, socket, flags)
WRAPPED_FREE(rte_mempool_free, (struct rte_mempool * mem))
WRAPPED_NEW(struct rte_ring *, rte_ring_create,
		(const char *name, unsigned int count, int socket, unsigned int flags), name, count,
		socket, flags)
WRAPPED_FREE(rte_ring_free, (struct rte_ring * mem))

#define WRAPPED_LOCK(name, order) \
	void __real_##name(void); \
	void __wrap_##name(void); \
	void __wrap_##name(void) \
	{ \
		if ((order) == 'r') \
			__tsan_release(&tailq); \
		__real_##name(); \
		if ((order) == 'a') \
			__tsan_acquire(&tailq); \
	}

WRAPPED_LOCK(rte_mcfg_tailq_read_lock, 'a')
WRAPPED_LOCK(rte_mcfg_tailq_read_unlock, 'r')
WRAPPED_LOCK(rte_mcfg_tailq_write_lock, 'a')
WRAPPED_LOCK(rte_mcfg_tailq_write_unlock, 'r')

/* An lcore id, and its caches, go from one thread to the next. */
static pthread_mutex_t ids = PTHREAD_MUTEX_INITIALIZER;

int
__real_rte_thread_register(void);
int
__wrap_rte_thread_register(void);
int
__wrap_rte_thread_register(void)
{
	int ret;

	pthread_mutex_lock(&ids);
	ret = __real_rte_thread_register();
	pthread_mutex_unlock(&ids);
	return ret;
}

void
__real_rte_thread_unregister(void);
void
__wrap_rte_thread_unregister(void);
void
__wrap_rte_thread_unregister(void)
{
	pthread_mutex_lock(&ids);
	__real_rte_thread_unregister();
	pthread_mutex_unlock(&ids);
}

static int
run(void *arg)
{
	unsigned int id = (unsigned int)(uintptr_t)arg;
	int ret;

	__tsan_acquire(&lcore[id].started);
	ret = lcore[id].func(lcore[id].arg);
	__tsan_release(&lcore[id].ended);
	return ret;
}

int
__real_rte_eal_remote_launch(lcore_function_t *func, void *arg, unsigned int id);
int
__wrap_rte_eal_remote_launch(lcore_function_t *func, void *arg, unsigned int id);
int
__wrap_rte_eal_remote_launch(lcore_function_t *func, void *arg, unsigned int id)
{
	lcore[id].func = func;
	lcore[id].arg = arg;
	__tsan_release(&lcore[id].started);
	return __real_rte_eal_remote_launch(run, (void *)(uintptr_t)id, id);
}

int
__real_rte_eal_wait_lcore(unsigned int id);
int
__wrap_rte_eal_wait_lcore(unsigned int id);
int
__wrap_rte_eal_wait_lcore(unsigned int id)
{
	int ret = __real_rte_eal_wait_lcore(id);

	__tsan_acquire(&lcore[id].ended);
	return ret;
}
