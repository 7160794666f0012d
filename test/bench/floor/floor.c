/* The floors: C programs that make only the system calls that a command must make. The
 * benchmarks compare the commands with them.
 *
 *	floor enqueue QUEUE < MESSAGE     one durable entry
 *	floor each QUEUE FILE...          entries, each synced by itself
 *	floor group QUEUE FILE...         write all, sync once, rename all, sync
 *	floor claim QUEUE < NAMES         open, read and rename each
 *	floor finish QUEUE < NAMES        unlink each, then one directory sync
 *	floor list QUEUE                  read the directory
 *	floor restore QUEUE < NAMES       append, sync, flip, sync, rename, sync
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static int dir;
static char buf[1 << 20];

static void check(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

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

static void enqueue_each(char **files, int count)
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

static void enqueue_group(char **files, int count)
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

static void claim(char *base)
{
	char pck[300], bak[300];
	snprintf(pck, sizeof pck, "%s.pck", base);
	snprintf(bak, sizeof bak, "%s.bak", base);
	int fd = openat(dir, pck, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	check(fd, pck);
	check(read(fd, buf, sizeof buf), "read");
	check(renameat2(dir, pck, dir, bak, RENAME_NOREPLACE), "rename");
	close(fd);
	puts(bak);
}

static void finish(char *base)
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
static void restore(char **list, int count)
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

/* names reads lines into an array. */
static char **names(int *count)
{
	char **list = NULL, *line = NULL;
	size_t size = 0;
	ssize_t n;
	*count = 0;
	while ((n = getline(&line, &size, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if ((*count & (*count - 1)) == 0)
			list = realloc(list, (*count ? 2 * *count : 1) * sizeof *list);
		list[(*count)++] = strdup(line);
	}
	return list;
}

static void each(void (*act)(char *), char **list, int count)
{
	for (int i = 0; i < count; i++)
		act(list[i]);
}

int main(int argc, char **argv)
{
	int count;
	char **list;
	if (argc < 3)
		errx(64, "floor WHAT QUEUE");
	dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(dir, argv[2]);
	if (!strcmp(argv[1], "enqueue")) {
		enqueue_each(NULL, 1);
	} else if (!strcmp(argv[1], "each")) {
		enqueue_each(argv + 3, argc - 3);
	} else if (!strcmp(argv[1], "group")) {
		enqueue_group(argv + 3, argc - 3);
	} else if (!strcmp(argv[1], "claim")) {
		list = names(&count);
		each(claim, list, count);
	} else if (!strcmp(argv[1], "finish")) {
		list = names(&count);
		each(finish, list, count);
		check(fsync(dir), "fsync");
	} else if (!strcmp(argv[1], "restore")) {
		list = names(&count);
		restore(list, count);
	} else if (!strcmp(argv[1], "list")) {
		long n, total = 0;
		while ((n = syscall(SYS_getdents64, dir, buf, 64 << 10)) > 0)
			total += n;
		check(n, "getdents64");
		printf("%ld\n", total);
	} else {
		errx(64, "what is %s?", argv[1]);
	}
	if (fflush(stdout))
		err(1, "standard output");
	return 0;
}
