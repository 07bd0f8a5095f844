/* Preloaded into the server: makes every fsync and fdatasync a millisecond slower, like a physical disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_for_the_platter(void) {
    const struct timespec one_ms = {0, 1000000};
    nanosleep(&one_ms, 0);
}

int fsync(int file) {
    wait_for_the_platter();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
    wait_for_the_platter();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
