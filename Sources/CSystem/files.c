#include "csystem_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

static int ofd(int fd, int command, short type, struct flock *lock) {
    memset(lock, 0, sizeof *lock);
    lock->l_type = type;
    lock->l_whence = SEEK_SET;
    return result(fcntl(fd, command, lock));
}

int csystem_ofd_lock(int fd) {
    struct flock lock;
    int code = ofd(fd, F_OFD_SETLK, F_WRLCK, &lock);
    return code == -EACCES ? -EAGAIN : code;
}

int csystem_ofd_unlock(int fd) {
    struct flock lock;
    return ofd(fd, F_OFD_SETLK, F_UNLCK, &lock);
}

int csystem_ofd_loosen(int fd) {
    struct flock lock;
    return ofd(fd, F_OFD_SETLK, F_RDLCK, &lock);
}

int csystem_ofd_locked_by_another(int fd) {
    struct flock lock;
    int code = ofd(fd, F_OFD_GETLK, F_WRLCK, &lock);
    if (code < 0) return code;
    return lock.l_type == F_UNLCK ? 0 : lock.l_type == F_RDLCK ? 1 : 2;
}

int csystem_syncfs(int fd) { return result(syncfs(fd)); }

int csystem_fallocate(int fd, int64_t offset, int64_t length) {
    return result(fallocate(fd, 0, offset, length));
}

int csystem_begin_writeback(int fd, int64_t offset, int64_t length) {
    return result(sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE));
}

int csystem_rename_noreplace(const char *from, const char *to) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -errno;
    if (link(from, to) != 0) return -errno;
    return result(unlink(from));
}

int csystem_random(void *bytes, size_t count) {
    unsigned char *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        at += got;
        count -= (size_t)got;
    }
    return 0;
}

int csystem_open(const char *path, int flags, unsigned mode) {
    return result(open(path, flags, (mode_t)mode));
}

int csystem_duplicate(int fd) { return result(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

int csystem_device(int fd, uint64_t *device) {
    struct stat information;
    if (fstat(fd, &information) != 0) return -errno;
    *device = (uint64_t)information.st_dev;
    return 0;
}

void csystem_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void csystem_copy(void *destination, const void *source, size_t count) {
    size_t distance = ((uintptr_t)destination - (uintptr_t)source) & 4095;
    if (count < 4096 || distance == 0 || distance > 16) {
        memcpy(destination, source, count);
        return;
    }
    char *to = destination;
    const char *from = source;
    while (count >= 64) {
        count -= 64;
        char block[64];
        memcpy(block, from + count, 64);
        memcpy(to + count, block, 64);
    }
    memcpy(to, from, count);
}
