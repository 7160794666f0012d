/* Runs true for each entry. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"

extern char **environ;

/* run_true has the entry as its standard input. */
static void run_true(int entry)
{
	char *args[] = {"true", NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;
	int status;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, entry, 0);
	errno = posix_spawnp(&child, args[0], &actions, NULL, args, environ);
	check(-errno, args[0]);
	posix_spawn_file_actions_destroy(&actions);
	check(waitpid(child, &status, 0), "waitpid");
	check(-status, "true");
}

void spawn_each(char **list, int count, int sync_each)
{
	for (int i = 0; i < count; i++) {
		int fd = claim_open(list[i]);
		check(flock(fd, LOCK_EX | LOCK_NB), "flock");
		run_true(fd);
		finish(list[i]);
		if (sync_each)
			check(fsync(dir), "fsync");
		close(fd);
	}
	check(fsync(dir), "fsync");
}
