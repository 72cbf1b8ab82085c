/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "report.h"
#include "loop.h"

static int wakeup = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
fwd_loop_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
fwd_loop_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int
fwd_loop_init(void)
{
	fwd_loop_lock();
	wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (wakeup >= 0)
		return 0;
	FWD_ERR("eventfd: %s", strerror(errno));
	return -errno;
}

void
fwd_loop_wake(void)
{
	const uint64_t one = 1;
	int saved = errno;
	/* It cannot fail but for a count that is high already. */
	ssize_t n = write(wakeup, &one, sizeof(one));

	(void)n;
	errno = saved;
}

bool
fwd_loop_wait(int fd, int ms)
{
	struct pollfd p[2] = {
		{ .fd = wakeup, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	uint64_t count;
	ssize_t n;
	int ret;

	fwd_loop_unlock();
	ret = poll(p, fd >= 0 ? 2 : 1, ms);
	fwd_loop_lock();
	if (ret <= 0)
		return false;
	if (p[0].revents != 0) {
		n = read(wakeup, &count, sizeof(count));
		(void)n;
	}
	return p[1].revents != 0;
}
