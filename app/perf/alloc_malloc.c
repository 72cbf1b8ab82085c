/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The malloc of the C library and of others, side by side.
 *
 * The others are loaded for themselves (RTLD_LOCAL) and call their own functions
 * (RTLD_DEEPBIND): nothing else in the process uses them. All are called through
 * a pointer, as any shared library is.
 */

#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnu/libc-version.h>

#define ENGINE dynm

struct dynm_ctx {
	void *(*get)(size_t size);
	void (*put)(void *obj);
	void (*purge)(void *handle);
	void *handle;
};

static inline void *
dynm_get(struct dynm_ctx *e, size_t size)
{
	return e->get(size);
}

static inline void
dynm_put(struct dynm_ctx *e, void *obj)
{
	e->put(obj);
}

static inline void *
dynm_addr(void *obj)
{
	return obj;
}

#include "alloc_loops.h"

/* A library, and what Debian calls it and its functions. */
struct library {
	const char *name;
	const char *files[3];
	const char *get;
	const char *put;
	void (*purge)(void *handle); /* free memory goes back to the system */
	void (*version)(void *handle, char *text, size_t room);
};

/* --- jemalloc ---------------------------------------------------------------- */

typedef int (*mallctl_t)(const char *name, void *old, size_t *old_len, void *new, size_t new_len);

static void
jemalloc_purge(void *handle)
{
	mallctl_t ctl;

	*(void **)&ctl = dlsym(handle, "mallctl");
	if (ctl != NULL) {
		ctl("thread.tcache.flush", NULL, NULL, NULL, 0);
		ctl("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: all arenas */
	}
}

static void
jemalloc_version(void *handle, char *text, size_t room)
{
	const char *version;
	size_t len = sizeof(version);
	mallctl_t ctl;

	*(void **)&ctl = dlsym(handle, "mallctl");
	if (ctl != NULL && ctl("version", &version, &len, NULL, 0) == 0)
		snprintf(text, room, "%.*s", (int)strcspn(version, "-"), version);
}

static const struct library jemalloc = {
	.name = "jemalloc",
	.files = { "libjemalloc.so.2" },
	.get = "malloc",
	.put = "free",
	.purge = jemalloc_purge,
	.version = jemalloc_version,
};

/* --- tcmalloc ---------------------------------------------------------------- */

static void
tcmalloc_purge(void *handle)
{
	void (*purge)(void);

	*(void **)&purge = dlsym(handle, "MallocExtension_ReleaseFreeMemory");
	if (purge != NULL)
		purge();
}

static void
tcmalloc_version(void *handle, char *text, size_t room)
{
	const char *(*version)(int *, int *, const char **);
	const char *patch;
	int major, minor;

	*(void **)&version = dlsym(handle, "tc_version");
	if (version != NULL) {
		version(&major, &minor, &patch);
		snprintf(text, room, "%d.%d%s", major, minor, patch);
	}
}

static const struct library tcmalloc = {
	.name = "tcmalloc",
	.files = { "libtcmalloc_minimal.so.4", "libtcmalloc.so.4" },
	.get = "tc_malloc",
	.put = "tc_free",
	.purge = tcmalloc_purge,
	.version = tcmalloc_version,
};

/* --- mimalloc ---------------------------------------------------------------- */

static void
mimalloc_purge(void *handle)
{
	void (*purge)(bool force);

	*(void **)&purge = dlsym(handle, "mi_collect");
	if (purge != NULL)
		purge(true);
}

static void
mimalloc_version(void *handle, char *text, size_t room)
{
	int (*version)(void);
	int v;

	*(void **)&version = dlsym(handle, "mi_version");
	if (version != NULL) {
		v = version();
		snprintf(text, room, "%d.%d.%d", v / 100, v / 10 % 10, v % 10);
	}
}

static const struct library mimalloc = {
	.name = "mimalloc",
	.files = { "libmimalloc.so.2.0", "libmimalloc.so.2", "libmimalloc.so.3" },
	.get = "mi_malloc",
	.put = "mi_free",
	.purge = mimalloc_purge,
	.version = mimalloc_version,
};

/* --- all of them ------------------------------------------------------------- */

static void *
library_load(const struct library *lib)
{
	void *handle = NULL;
	unsigned int i;

	for (i = 0; handle == NULL && lib->files[i] != NULL; i++)
		handle = dlopen(lib->files[i], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	return handle;
}

void
malloc_prepare(char **argv)
{
	static const char tunable[] = "glibc.rtld.optional_static_tls=16384";
	const char *error;

	/* What jemalloc keeps for each thread exceeds what glibc sets aside. */
	if (library_load(&jemalloc) != NULL || getenv("GLIBC_TUNABLES") != NULL)
		return;
	error = dlerror();
	if (error == NULL || strstr(error, "static TLS") == NULL)
		return;
	setenv("GLIBC_TUNABLES", tunable, 1);
	execv("/proc/self/exe", argv);
}

static void
glibc_purge(void *handle)
{
	(void)handle;
	malloc_trim(0);
}

static void *
dynm_open(const struct alloc_engine *e, const struct alloc_need *need, const char **why)
{
	const struct library *lib = e->arg;
	struct dynm_ctx *ctx = calloc(1, sizeof(*ctx));

	(void)need;
	if (ctx == NULL)
		return NULL;
	if (lib == NULL) {
		ctx->get = malloc;
		ctx->put = free;
		ctx->purge = glibc_purge;
		return ctx;
	}
	ctx->purge = lib->purge;
	ctx->handle = library_load(lib);
	if (ctx->handle != NULL) {
		*(void **)&ctx->get = dlsym(ctx->handle, lib->get);
		*(void **)&ctx->put = dlsym(ctx->handle, lib->put);
	}
	if (ctx->get == NULL || ctx->put == NULL) {
		*why = "not installed";
		free(ctx);
		return NULL;
	}
	return ctx;
}

static void
dynm_close(void *ctx)
{
	struct dynm_ctx *e = ctx;

	e->purge(e->handle);
	free(e);
}

#define MALLOC_ENGINE(symbol, text, library) \
	const struct alloc_engine symbol = { .name = (text), \
		.open = dynm_open, \
		.close = dynm_close, \
		.arg = (library), \
		ENGINE_LOOPS }

MALLOC_ENGINE(alloc_glibc, "glibc", NULL);
MALLOC_ENGINE(alloc_jemalloc, "jemalloc", &jemalloc);
MALLOC_ENGINE(alloc_tcmalloc, "tcmalloc", &tcmalloc);
MALLOC_ENGINE(alloc_mimalloc, "mimalloc", &mimalloc);

void
malloc_versions(FILE *f)
{
	static const struct library *const libs[] = { &jemalloc, &tcmalloc, &mimalloc };
	unsigned int i;

	fprintf(f, ",\"glibc\":\"%s\"", gnu_get_libc_version());
	for (i = 0; i < RTE_DIM(libs); i++) {
		void *handle = library_load(libs[i]);
		char text[32] = "unknown";

		if (handle == NULL)
			continue;
		libs[i]->version(handle, text, sizeof(text));
		fprintf(f, ",\"%s\":\"%s\"", libs[i]->name, text);
	}
}
