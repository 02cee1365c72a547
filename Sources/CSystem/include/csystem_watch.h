/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for changes in directories: inotify and eventfd, which the Glibc module does not show. */
#ifndef CSYSTEM_WATCH_H
#define CSYSTEM_WATCH_H

/* Stands for every watch: the kernel dropped events. */
enum { CSYSTEM_WATCH_ALL = -1 };

/* An inotify descriptor, or -errno. */
int csystem_watch_open(void);
/* Watches a directory for files that appear, grow or go; the watch's number, or -errno. */
int csystem_watch_add(int fd, const char *_Nonnull path);
/* Ends a watch. */
void csystem_watch_remove(int fd, int watch);
/* The watches that have something to tell, without waiting; their count. */
int csystem_watch_read(int fd, int *_Nonnull watches, int capacity);
/* A descriptor that csystem_wait wakes for, or -errno. */
int csystem_wake_open(void);
/* Ends a wait, or the next one. */
void csystem_wake(int fd);
/* Waits for either descriptor, at most so long; watch_fd may be -1. */
void csystem_wait(int watch_fd, int wake_fd, int milliseconds);

#endif
