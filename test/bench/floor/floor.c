/* The floors: C programs that make only the system calls that a command must make. The
 * benchmarks compare the commands with them.
 *
 *	floor enqueue QUEUE < MESSAGE     one durable entry
 *	floor each QUEUE FILE...          entries, each synced by itself
 *	floor group QUEUE FILE...         write all, sync once, rename all, sync
 *	floor claim QUEUE < NAMES         open, read and rename each
 *	floor list-claim QUEUE < NAMES    read the directory first
 *	floor finish QUEUE < NAMES        unlink each, then one directory sync
 *	floor restore QUEUE < NAMES       append, sync, flip, sync, rename, sync
 *	floor spawn QUEUE < NAMES         claim each, run true, unlink, one sync at the end
 *	floor spawn-sync QUEUE < NAMES    the same with a sync each
 *	floor list QUEUE                  read the directory
 *	floor sorted QUEUE                read the directory, sort the names, print the paths
 *	floor read QUEUE                  open and read each entry
 *	floor cat QUEUE FILE              read FILE and write it, in blocks
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"

int dir;
char buf[1 << 20];

void check(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
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
	char **bases;
	if (argc < 3)
		errx(64, "floor WHAT QUEUE");
	const char *what = argv[1];
	dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(dir, argv[2]);
	if (!strcmp(what, "enqueue")) {
		enqueue_each(NULL, 1);
	} else if (!strcmp(what, "each")) {
		enqueue_each(argv + 3, argc - 3);
	} else if (!strcmp(what, "group")) {
		enqueue_group(argv + 3, argc - 3);
	} else if (!strcmp(what, "claim")) {
		bases = names(&count);
		each(claim, bases, count);
	} else if (!strcmp(what, "list-claim")) {
		bases = names(&count);
		list();
		each(claim, bases, count);
	} else if (!strcmp(what, "finish")) {
		bases = names(&count);
		each(finish, bases, count);
		check(fsync(dir), "fsync");
	} else if (!strcmp(what, "restore")) {
		bases = names(&count);
		restore(bases, count);
	} else if (!strcmp(what, "spawn") || !strcmp(what, "spawn-sync")) {
		bases = names(&count);
		spawn_each(bases, count, !strcmp(what, "spawn-sync"));
	} else if (!strcmp(what, "list")) {
		printf("%ld\n", list());
	} else if (!strcmp(what, "sorted")) {
		list_sorted(argv[2]);
	} else if (!strcmp(what, "read")) {
		read_each();
	} else if (!strcmp(what, "cat") && argc == 4) {
		cat(argv[3]);
	} else {
		errx(64, "what is %s?", what);
	}
	if (fflush(stdout))
		err(1, "standard output");
	return 0;
}
