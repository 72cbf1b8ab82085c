/* SPDX-License-Identifier: BSD-3-Clause */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pcap_file.h"

#define MAGIC 0xa1b2c3d4
#define LINKTYPE_ETHERNET 1

struct file_header {
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint32_t zone;
	uint32_t accuracy;
	uint32_t snaplen;
	uint32_t linktype;
};

struct frame_header {
	uint32_t sec;
	uint32_t usec;
	uint32_t captured;
	uint32_t len;
};

static int
map_file(struct pcap_file *file, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof(struct file_header)) {
		close(fd);
		return -1;
	}
	file->size = (size_t)st.st_size;
	file->map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	return file->map == MAP_FAILED ? -1 : 0;
}

/* Go over the frames; they are entered where there is room for them. How many. */
static size_t
walk(const struct pcap_file *file, struct frame *frames)
{
	size_t at = sizeof(struct file_header), nb = 0;
	const uint8_t *map = file->map;
	struct frame_header h;

	while (file->size - at >= sizeof(h)) {
		memcpy(&h, map + at, sizeof(h));
		at += sizeof(h);
		if (h.captured > file->size - at)
			break;
		if (frames != NULL) {
			frames[nb].data = map + at;
			frames[nb].len = h.captured;
			frames[nb].sec = h.sec;
			frames[nb].usec = h.usec;
		}
		nb++;
		at += h.captured;
	}
	return nb;
}

int
pcap_file_read(struct pcap_file *file, const char *name)
{
	struct file_header h;

	memset(file, 0, sizeof(*file));
	if (map_file(file, name) != 0) {
		fprintf(stderr, "%s: cannot be read\n", name);
		return -1;
	}
	memcpy(&h, file->map, sizeof(h));
	if (h.magic == MAGIC && h.linktype == LINKTYPE_ETHERNET) {
		file->nb = walk(file, NULL);
		file->frames = calloc(file->nb + 1, sizeof(*file->frames));
	}
	if (file->frames == NULL) {
		fprintf(stderr, "%s: no file of Ethernet frames that this machine wrote\n", name);
		pcap_file_free(file);
		return -1;
	}
	walk(file, file->frames);
	return 0;
}

void
pcap_file_free(struct pcap_file *file)
{
	free(file->frames);
	munmap(file->map, file->size);
}
