/* Looks at queues and entries. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "floor.h"

/* list reads the directory, and returns the size of what it has read. */
long list(void)
{
	long n, total = 0;
	while ((n = syscall(SYS_getdents64, dir, buf, 64 << 10)) > 0)
		total += n;
	check(n, "getdents64");
	return total;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ready_names returns the names of the ready entries, in the directory's order. */
static char **ready_names(long *count)
{
	DIR *d = fdopendir(dup(dir));
	struct dirent *e;
	char **names = NULL;
	check(d ? 0 : -1, "fdopendir");
	for (*count = 0; (e = readdir(d)); ) {
		size_t n = strlen(e->d_name);
		if (n < 4 || strcmp(e->d_name + n - 4, ".pck"))
			continue;
		if ((*count & (*count - 1)) == 0)
			names = realloc(names, (*count ? 2 * *count : 1) * sizeof *names);
		names[(*count)++] = strdup(e->d_name);
	}
	return names;
}

void list_sorted(const char *queue)
{
	long count;
	char **names = ready_names(&count);
	qsort(names, count, sizeof *names, compare);
	for (long i = 0; i < count; i++)
		printf("%s/%s\n", queue, names[i]);
}

void read_each(void)
{
	long count, total = 0;
	char **names = ready_names(&count);
	for (long i = 0; i < count; i++) {
		int fd = openat(dir, names[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		check(fd, names[i]);
		ssize_t n = read(fd, buf, sizeof buf);
		check(n, "read");
		total += n;
		close(fd);
	}
	printf("%ld %ld\n", count, total);
}

/* cat reads a file in blocks of 64 KiB, and writes them. */
void cat(const char *file)
{
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	check(fd, file);
	while ((n = read(fd, buf, 64 << 10)) > 0)
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(1, buf + done, n - done);
			check(w, "write");
		}
	check(n, "read");
}
