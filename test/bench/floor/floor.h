#include <sys/types.h>

/* The queue's directory, and room for what is read. */
extern int dir;
extern char buf[1 << 20];

void check(long result, const char *what);

/* store.c */
void enqueue_each(char **files, int count);
void enqueue_group(char **files, int count);

/* claim.c */
int claim_open(const char *base);
void claim(char *base);
void finish(char *base);
void restore(char **list, int count);

/* look.c */
long list(void);
void list_sorted(const char *queue);
void read_each(void);
void cat(const char *file);

/* spawn.c */
void spawn_each(char **list, int count, int sync_each);
