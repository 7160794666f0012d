/* Claims, finishes and restores entries. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "floor.h"

/* claim_open claims an entry, and leaves it open. */
int claim_open(const char *base)
{
	char pck[300], bak[300];
	snprintf(pck, sizeof pck, "%s.pck", base);
	snprintf(bak, sizeof bak, "%s.bak", base);
	int fd = openat(dir, pck, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	check(fd, pck);
	check(read(fd, buf, sizeof buf), "read");
	check(renameat2(dir, pck, dir, bak, RENAME_NOREPLACE), "rename");
	return fd;
}

void claim(char *base)
{
	close(claim_open(base));
	printf("%s.bak\n", base);
}

void finish(char *base)
{
	char bak[300];
	snprintf(bak, sizeof bak, "%s.bak", base);
	check(unlinkat(dir, bak, 0), bak);
}

/* A count of one, written after the last byte of the old entry. */
static const char counted[] = "\n_bak_countK\1s.";

struct restored {
	int fd;
	ssize_t size;
};

static void append(char *base, struct restored *r)
{
	char bak[300];
	snprintf(bak, sizeof bak, "%s.bak", base);
	r->fd = openat(dir, bak, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	check(r->fd, bak);
	check(flock(r->fd, LOCK_EX | LOCK_NB), "flock");
	r->size = read(r->fd, buf, sizeof buf);
	check(r->size, "read");
	check(pwrite(r->fd, counted, sizeof counted - 1, r->size), "pwrite");
}

static void restore_name(char *base)
{
	char pck[300], bak[300];
	snprintf(pck, sizeof pck, "%s.pck", base);
	snprintf(bak, sizeof bak, "%s.bak", base);
	check(renameat2(dir, bak, dir, pck, RENAME_NOREPLACE), "rename");
	puts(pck);
}

/* restore takes entries that have no count yet through the steps of a restore, in order, a
 * group of entries at a time. */
void restore(char **list, int count)
{
	enum { largest = 2048 };
	static struct restored group[largest];
	struct rlimit files;
	check(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
	files.rlim_cur = files.rlim_max;
	check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	for (int n; count > 0; list += n, count -= n) {
		n = count < largest ? count : largest;
		for (int i = 0; i < n; i++)
			append(list[i], &group[i]);
		check(syncfs(dir), "syncfs");
		for (int i = 0; i < n; i++)
			check(pwrite(group[i].fd, "U", 1, group[i].size - 1), "pwrite");
		check(syncfs(dir), "syncfs");
		for (int i = 0; i < n; i++)
			restore_name(list[i]);
		check(fsync(dir), "fsync");
		for (int i = 0; i < n; i++)
			close(group[i].fd);
	}
}
