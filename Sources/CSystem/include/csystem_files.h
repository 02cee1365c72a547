/* File calls that the Glibc module does not show to Swift. Each returns 0 (or a count) on success
 * and -errno on failure. */
#ifndef CSYSTEM_FILES_H
#define CSYSTEM_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Open file description write lock over the whole file; -EAGAIN when another description holds it.
 * F_OFD_* needs _GNU_SOURCE. */
int csystem_ofd_lock(int fd);
/* Gives the lock up, for every duplicate of the descriptor as well. */
int csystem_ofd_unlock(int fd);
/* Makes the write lock a read lock, which keeps other writers out as well; F_OFD_SETLK. */
int csystem_ofd_loosen(int fd);
/* The lock that another open file description holds: 2 a write lock, 1 a read lock, 0 none. */
int csystem_ofd_locked_by_another(int fd);
/* Writes back the whole file system of fd; syncfs needs _GNU_SOURCE. */
int csystem_syncfs(int fd);
/* Reserves blocks and extends the size with zeros; fallocate needs _GNU_SOURCE. */
int csystem_fallocate(int fd, int64_t offset, int64_t length);
/* Begins to write back dirty pages and does not wait; a hint. sync_file_range needs _GNU_SOURCE. */
int csystem_begin_writeback(int fd, int64_t offset, int64_t length);
/* Renames and fails with -EEXIST when the target exists; renameat2 needs _GNU_SOURCE. Falls back to
 * link and unlink. */
int csystem_rename_noreplace(const char *from, const char *to);
/* Fills the buffer with random bytes; getrandom is not in the module. */
int csystem_random(void *bytes, size_t count);
/* Opens with a mode; open is variadic. */
int csystem_open(const char *path, int flags, unsigned mode);
/* Duplicates with close-on-exec; fcntl is variadic. */
int csystem_duplicate(int fd);
/* The device number of the file behind fd, for one syncfs per file system. */
int csystem_device(int fd, uint64_t *device);
/* Names the calling thread for debuggers; pthread_setname_np needs _GNU_SOURCE. */
void csystem_name_thread(const char *name);
/* memcpy that walks backwards where a forward copy would stall on 4 KiB aliasing (destination 1 to
 * 16 bytes past the source, modulo 4,096). */
void csystem_copy(void *destination, const void *source, size_t count);

#endif
