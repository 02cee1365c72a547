/* SPDX-License-Identifier: Apache-2.0 */
#include "csystem_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

int csystem_watch_open(void) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int csystem_watch_add(int fd, const char *path) {
    int watch = inotify_add_watch(fd, path,
                                  IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE |
                                      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    return watch < 0 ? -errno : watch;
}

void csystem_watch_remove(int fd, int watch) { inotify_rm_watch(fd, watch); }

int csystem_watch_read(int fd, int *watches, int capacity) {
    /* Aligned as the kernel writes its events. */
    _Alignas(struct inotify_event) char buffer[16384];
    ssize_t length = read(fd, buffer, sizeof buffer);
    if (length <= 0) return 0;
    int count = 0;
    for (char *at = buffer; at < buffer + length;) {
        struct inotify_event *event = (struct inotify_event *)at;
        int watch = event->mask & IN_Q_OVERFLOW ? CSYSTEM_WATCH_ALL : event->wd;
        if (count == 0 || watches[count - 1] != watch) {
            if (count == capacity) {
                watches[0] = CSYSTEM_WATCH_ALL;
                return 1;
            }
            watches[count++] = watch;
        }
        at += sizeof *event + event->len;
    }
    return count;
}

int csystem_wake_open(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

void csystem_wake(int fd) {
    uint64_t one = 1;
    /* It fails only when it is awake already. */
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
}

void csystem_wait(int watch_fd, int wake_fd, int milliseconds) {
    struct pollfd files[2] = {{wake_fd, POLLIN, 0}, {watch_fd, POLLIN, 0}};
    poll(files, watch_fd < 0 ? 1 : 2, milliseconds);
    if (files[0].revents) {
        uint64_t count;
        ssize_t got = read(wake_fd, &count, sizeof count);
        (void)got;
    }
}
