/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Runs a fuzz target on inputs that are there, without libFuzzer: files, or all
 * files of folders, in the order of their names.
 */

#include <dirent.h>
#include <sys/stat.h>

#include <rte_eal.h>

#include "fuzz.h"

static unsigned int inputs;

static void
run_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	/* Of exactly this size, so that AddressSanitizer sees its end. */
	uint8_t *data = malloc(size);

	fuzz_check(f != NULL && (data != NULL || size == 0));
	fuzz_check(fread(data, 1, size, f) == size);
	fclose(f);
	/* Told in time, should it be the last that is told. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	inputs++;
}

static void
run_path(const char *path)
{
	struct dirent **entry;
	char inside[PATH_MAX];
	struct stat st;
	int i, n;

	if (stat(path, &st) != 0)
		fuzz_fail("%s: not there", path);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return;
	}
	n = scandir(path, &entry, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.') {
			snprintf(inside, sizeof(inside), "%s/%s", path, entry[i]->d_name);
			run_path(inside);
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

int
main(int argc, char **argv)
{
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%u inputs\n", inputs);
	fuzz_close();
	rte_eal_cleanup();
	return inputs != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
