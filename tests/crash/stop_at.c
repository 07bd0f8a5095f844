/*
 * Preloaded into the server (LD_PRELOAD), between its SQLite and the kernel: ends the process at a chosen call, or
 * makes calls fail as a full, a read-only or a broken disk would.
 *
 * What to do is one line in the file that CRASH_TEST_ORDERS names; without that file nothing happens.
 *
 *   write N     end before the Nth write to the write-ahead log
 *   sync N      end before the Nth sync of the write-ahead log
 *   synced N    end after the Nth sync of the write-ahead log
 *   answer N    end after the first byte of the Nth answer has gone out
 *   any N       end before the Nth of these calls, whichever it is
 *   full        writes to the database and its companions fail: no space
 *   read-only   the same: read-only file system
 *   unsyncable  syncs fail: I/O error
 *   unreadable  reads fail: I/O error
 *
 * A killed process leaves what it has written in the kernel's cache. With the word `lose` at the end of the line, the
 * process first takes back whatever it has written to the database and not synced: the worst that a power cut can do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum File { OTHER, DATABASE, LOG, INDEX, CLIENT };
enum Moment { WRITE, SYNC, SYNCED, ANSWER };

struct Orders {
    char word[16];
    long count;
    int lose;
};

/* A write that no sync has made last yet, and what was there before it. Newest first. */
struct Unsynced {
    int file;
    dev_t device;
    ino_t inode;
    off_t offset, old_size;
    size_t kept;
    char *before;
    struct Unsynced *next;
};

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct Unsynced *unsynced;
static long passed; /* calls that the present orders have let pass */

static enum File kind_of(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return OTHER;
    path[length] = 0;
    if (!strncmp(path, "socket:", 7)) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int named = !getsockname(file, (struct sockaddr *)&address, &size);
        return named && (address.ss_family == AF_INET || address.ss_family == AF_INET6) ? CLIENT : OTHER;
    }
    const char *name = strrchr(path, '/');
    if (!name) return OTHER;
    if (!strcmp(name, "/latchkey.db")) return DATABASE;
    if (!strcmp(name, "/latchkey.db-wal")) return LOG;
    if (!strcmp(name, "/latchkey.db-shm")) return INDEX;
    return OTHER;
}

static struct Orders orders(void) {
    struct Orders orders = { "", 1, 0 };
    char line[64] = "";
    const char *path = getenv("CRASH_TEST_ORDERS");
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
    if (file < 0) {
        passed = 0;
        return orders;
    }
    syscall(SYS_read, file, line, sizeof line - 1);
    close(file);
    sscanf(line, "%15s %ld", orders.word, &orders.count);
    orders.lose = strstr(line, "lose") != NULL;
    return orders;
}

static int has_order(const struct Orders *orders, const char *word) { return !strcmp(orders->word, word); }

static void remember(int file, size_t length, off_t offset) {
    struct stat about;
    struct Unsynced *entry = calloc(1, sizeof *entry);
    if (!entry || fstat(file, &about) || !(entry->before = malloc(length))) abort();
    ssize_t kept = syscall(SYS_pread64, file, entry->before, length, offset);
    if (kept < 0) abort();
    entry->file = file;
    entry->device = about.st_dev;
    entry->inode = about.st_ino;
    entry->offset = offset;
    entry->old_size = about.st_size;
    entry->kept = (size_t)kept;
    entry->next = unsynced;
    unsynced = entry;
}

static void forget(int file) {
    struct stat about;
    if (fstat(file, &about)) return;
    for (struct Unsynced **at = &unsynced; *at;) {
        struct Unsynced *entry = *at;
        if (entry->device == about.st_dev && entry->inode == about.st_ino) {
            *at = entry->next;
            free(entry->before);
            free(entry);
        } else {
            at = &entry->next;
        }
    }
}

static void take_back(void) {
    for (struct Unsynced *entry = unsynced; entry; entry = entry->next) {
        struct stat about;
        /* The descriptor may have been closed, and its number given to another file. */
        if (fstat(entry->file, &about) || about.st_dev != entry->device || about.st_ino != entry->inode) continue;
        syscall(SYS_pwrite64, entry->file, entry->before, entry->kept, entry->offset);
        syscall(SYS_ftruncate, entry->file, entry->old_size);
    }
}

static void end(const struct Orders *orders) {
    if (orders->lose) take_back();
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Called with the lock held. Whether this is the moment; counts those that it lets pass. */
static int is_time(const struct Orders *orders, enum Moment moment) {
    int meant = (has_order(orders, "any") && moment != SYNCED) || (has_order(orders, "write") && moment == WRITE) ||
                (has_order(orders, "sync") && moment == SYNC) || (has_order(orders, "synced") && moment == SYNCED) ||
                (has_order(orders, "answer") && moment == ANSWER);
    return meant && ++passed >= orders->count;
}

static ssize_t write_file(int file, const void *bytes, size_t length, off_t offset, int moves) {
    enum File kind = kind_of(file);
    if (kind == OTHER || kind == CLIENT) {
        return moves ? syscall(SYS_write, file, bytes, length) : syscall(SYS_pwrite64, file, bytes, length, offset);
    }
    pthread_mutex_lock(&lock);
    struct Orders now = orders();
    int fault = has_order(&now, "full") ? ENOSPC : has_order(&now, "read-only") ? EROFS : 0;
    ssize_t written = -1;
    if (!fault) {
        if ((kind == LOG || has_order(&now, "any")) && is_time(&now, WRITE)) end(&now);
        /* The index of the log is shared memory, and made anew after a crash. */
        if (kind != INDEX) remember(file, length, moves ? lseek(file, 0, SEEK_CUR) : offset);
        written = moves ? syscall(SYS_write, file, bytes, length) : syscall(SYS_pwrite64, file, bytes, length, offset);
    }
    pthread_mutex_unlock(&lock);
    if (fault) errno = fault;
    return written;
}

static int sync_file(int file, long call) {
    enum File kind = kind_of(file);
    if (kind == OTHER || kind == CLIENT) return (int)syscall(call, file);
    pthread_mutex_lock(&lock);
    struct Orders now = orders();
    int fault = has_order(&now, "unsyncable") ? EIO : 0;
    int done = -1;
    if (!fault) {
        if ((kind == LOG || has_order(&now, "any")) && is_time(&now, SYNC)) end(&now);
        done = (int)syscall(call, file);
        if (!done) forget(file);
        if (kind == LOG && is_time(&now, SYNCED)) end(&now);
    }
    pthread_mutex_unlock(&lock);
    if (fault) errno = fault;
    return done;
}

/* Whether a read must fail. */
static int is_unreadable(int file) {
    enum File kind = kind_of(file);
    if (kind != DATABASE && kind != LOG) return 0;
    pthread_mutex_lock(&lock);
    struct Orders now = orders();
    pthread_mutex_unlock(&lock);
    if (!has_order(&now, "unreadable")) return 0;
    errno = EIO;
    return 1;
}

static void about_to_answer(int file, const void *bytes, size_t length) {
    if (!length || kind_of(file) != CLIENT) return;
    pthread_mutex_lock(&lock);
    struct Orders now = orders();
    if (is_time(&now, ANSWER)) {
        if (has_order(&now, "answer")) syscall(SYS_sendto, file, bytes, 1, MSG_NOSIGNAL, NULL, 0);
        end(&now);
    }
    pthread_mutex_unlock(&lock);
}

ssize_t write(int file, const void *bytes, size_t length) {
    about_to_answer(file, bytes, length);
    return write_file(file, bytes, length, 0, 1);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    return write_file(file, bytes, length, offset, 0);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return write_file(file, bytes, length, offset, 0);
}

int fsync(int file) { return sync_file(file, SYS_fsync); }
int fdatasync(int file) { return sync_file(file, SYS_fdatasync); }

ssize_t read(int file, void *bytes, size_t length) {
    return is_unreadable(file) ? -1 : syscall(SYS_read, file, bytes, length);
}

ssize_t pread64(int file, void *bytes, size_t length, off64_t offset) {
    return is_unreadable(file) ? -1 : syscall(SYS_pread64, file, bytes, length, offset);
}

ssize_t pread(int file, void *bytes, size_t length, off_t offset) {
    return is_unreadable(file) ? -1 : syscall(SYS_pread64, file, bytes, length, offset);
}

ssize_t send(int file, const void *bytes, size_t length, int flags) {
    about_to_answer(file, bytes, length);
    return syscall(SYS_sendto, file, bytes, length, flags, NULL, 0);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    for (int i = 0; i < count; i++) {
        if (parts[i].iov_len) {
            about_to_answer(file, parts[i].iov_base, parts[i].iov_len);
            break;
        }
    }
    return syscall(SYS_writev, file, parts, count);
}
