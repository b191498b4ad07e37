/* Loaded into every contender alike: each fsync and fdatasync takes this many microseconds more, as a slower disk would.
   The number stands in a file all of them map, so one run can change it for all at once. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static volatile int *microseconds;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void map(void) {
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *path = getenv("FSYNC_DELAY_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *at = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) microseconds = at;
}

static void delay(void) {
    long wait = microseconds ? *microseconds : 0;
    struct timespec span = {wait / 1000000, wait % 1000000 * 1000};
    if (wait > 0) nanosleep(&span, NULL);
}

int fsync(int file) { delay(); return real_fsync(file); }
int fdatasync(int file) { delay(); return real_fdatasync(file); }
