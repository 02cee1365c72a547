/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of files in memory, to be written by storing there. */
#ifndef CSYSTEM_WINDOW_H
#define CSYSTEM_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* Windows that a process may have open at once. */
#define CSYSTEM_WINDOWS 256

/* Maps count bytes at offset, a multiple of the page size, of a file that is at least that long.
 * Returns a number for the calls below, or -errno; -ENOMEM when too many are open, -EOPNOTSUPP on
 * all but the file systems that are known to be this machine's own.
 *
 * The first call installs a handler for SIGBUS. Where that comes from a window, the store says that
 * it failed; any other goes to the handler that was there before. */
int csystem_window_open(int fd, int64_t offset, size_t count, void *_Nullable *_Nonnull base);
/* Ends a window; what was stored stays in the file. */
void csystem_window_close(int window);
/* Copies into a window. Returns 0 when the file could not take it, now or since the window was
 * opened. */
int csystem_window_store(int window, void *_Nonnull to, const void *_Nonnull from,
                         size_t count);

#endif
