/* Stores messages. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "floor.h"

/* name makes a file base that no other process makes. */
static void name(char *out, size_t size, const char *ext)
{
	static unsigned n;
	struct timeval tv;
	gettimeofday(&tv, NULL);
	snprintf(out, size, "%ld.%06ld+%08x%032x%s", (long)tv.tv_sec, (long)tv.tv_usec,
		(unsigned)getpid(), ++n, ext);
}

/* As long as what an entry of Mailman 2.1 has besides its message: the opcodes around it
 * and the metadata that every entry has. */
static const char metadata[60];

/* temporary writes one message, and as many bytes as an entry has besides, to a temporary
 * file, and leaves it open. */
static int temporary(int from, char *base, size_t size)
{
	char tmp[128];
	struct stat st;
	ssize_t n;
	off_t at = 0;
	name(base, size, "");
	snprintf(tmp, sizeof tmp, "%s.pck.tmp", base);
	int fd = openat(dir, tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	check(fd, tmp);
	while ((n = read(from, buf, sizeof buf - sizeof metadata)) > 0) {
		memcpy(buf + n, metadata, sizeof metadata);
		check(pwrite(fd, buf, n + sizeof metadata, at), "write");
		at += n;
	}
	check(n, "read");
	check(fstat(fd, &st), "fstat");
	check(fchmod(fd, 0660), "fchmod");
	return fd;
}

static void ready(const char *base)
{
	char tmp[128], pck[128];
	snprintf(tmp, sizeof tmp, "%s.pck.tmp", base);
	snprintf(pck, sizeof pck, "%s.pck", base);
	check(renameat2(dir, tmp, dir, pck, RENAME_NOREPLACE), "rename");
}

void enqueue_each(char **files, int count)
{
	char base[100];
	for (int i = 0; i < count; i++) {
		int from = files ? open(files[i], O_RDONLY) : 0;
		check(from, "open");
		int fd = temporary(from, base, sizeof base);
		check(fsync(fd), "fsync");
		ready(base);
		check(fsync(dir), "fsync");
		close(fd);
		if (files)
			close(from);
		printf("%s.pck\n", base);
	}
}

void enqueue_group(char **files, int count)
{
	char (*bases)[100] = calloc(count, sizeof *bases);
	for (int i = 0; i < count; i++) {
		int from = open(files[i], O_RDONLY);
		check(from, files[i]);
		close(temporary(from, bases[i], sizeof bases[i]));
		close(from);
	}
	check(syncfs(dir), "syncfs");
	for (int i = 0; i < count; i++)
		ready(bases[i]);
	check(fsync(dir), "fsync");
	for (int i = 0; i < count; i++)
		printf("%s.pck\n", bases[i]);
}
