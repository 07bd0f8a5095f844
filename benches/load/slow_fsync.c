/* Preloaded into the server: every fsync and fdatasync takes a millisecond longer, as on a disk that really writes. */
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
