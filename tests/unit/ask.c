/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "ask.h"
#include "unit.h"

/* Longest answer of EAL's, bytes. */
#define ANSWER_MAX 16384

const char *
ask(const char *format, const char *name, uint64_t first)
{
	static char answer[ANSWER_MAX + 1];
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char command[128];
	ssize_t n;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/dpdk_telemetry.v2",
			rte_eal_get_runtime_dir());
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_true(read(fd, answer, ANSWER_MAX) > 0);
	n = snprintf(command, sizeof(command), format, name, first);
	assert_int_equal(write(fd, command, (size_t)n), n);
	n = read(fd, answer, ANSWER_MAX);
	close(fd);
	assert_true(n > 0);
	answer[n] = '\0';
	return answer;
}

unsigned int
occurrences(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

uint64_t
number(const char *text, const char *name)
{
	char key[32];

	snprintf(key, sizeof(key), "\"%s\":", name);
	text = strstr(text, key);
	return text == NULL ? UINT64_MAX : strtoull(text + strlen(key), NULL, 10);
}
