/* SPDX-License-Identifier: BSD-3-Clause */

#include <pthread.h>

#include "conn_list.h"

/* A mutex, as who looks is no lcore, and formats text meanwhile. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, lbuf_conn_table) tables = TAILQ_HEAD_INITIALIZER(tables);

void
conn_list_add(struct lbuf_conn_table *t)
{
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&tables, t, next);
	pthread_mutex_unlock(&lock);
}

void
conn_list_remove(struct lbuf_conn_table *t)
{
	pthread_mutex_lock(&lock);
	TAILQ_REMOVE(&tables, t, next);
	pthread_mutex_unlock(&lock);
}

void
conn_list_walk(void (*func)(const struct lbuf_conn_table *t, void *arg), void *arg)
{
	const struct lbuf_conn_table *t;

	pthread_mutex_lock(&lock);
	TAILQ_FOREACH(t, &tables, next)
		func(t, arg);
	pthread_mutex_unlock(&lock);
}
