/* SPDX-License-Identifier: Apache-2.0 */
#include "csystem_window.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; EINVAL before, which does no harm. */
#endif

/* Open windows, for the signal handler to look through. A base of 0 is a free slot, one of 1 a slot
 * that is being filled. */
static struct {
    _Atomic uintptr_t base;
    _Atomic size_t count;
    volatile sig_atomic_t is_lost;
} windows[CSYSTEM_WINDOWS];

static struct sigaction former;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The page of a window is not there: the file was cut, or the disk has no room or does not answer.
 * Memory takes its place, so that the store ends and can be told to have failed. */
static int replace(uintptr_t address) {
    for (int slot = 0; slot < CSYSTEM_WINDOWS; slot++) {
        uintptr_t base = atomic_load_explicit(&windows[slot].base, memory_order_acquire);
        size_t count = atomic_load_explicit(&windows[slot].count, memory_order_relaxed);
        if (base <= 1 || address < base || address - base >= count) continue;
        void *memory = mmap((void *)base, count, PROT_READ | PROT_WRITE,
                            MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return 0;
        windows[slot].is_lost = 1;
        return 1;
    }
    return 0;
}

static void pass_on(int signal, siginfo_t *information, void *context) {
    if (former.sa_flags & SA_SIGINFO) {
        former.sa_sigaction(signal, information, context);
    } else if (former.sa_handler == SIG_DFL || former.sa_handler == SIG_IGN) {
        /* Back to what the program had; the fault then happens again. */
        sigaction(signal, &former, NULL);
        if (information->si_code <= 0) raise(signal);
    } else {
        former.sa_handler(signal);
    }
}

static void fault(int signal, siginfo_t *information, void *context) {
    int code = errno;
    if (information->si_code <= 0 || !replace((uintptr_t)information->si_addr)) {
        pass_on(signal, information, context);
    }
    errno = code;
}

static void install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(SIGBUS, &action, &former);
}

/* Whether what is stored is at once seen by all who read the file: not so where others hold it. */
static int is_local(int fd) {
    static const unsigned kinds[] = {
        0xEF53 /* ext4 */, 0x58465342 /* xfs */, 0x9123683E /* btrfs */,
        0xF2F52010 /* f2fs */, 0x01021994 /* tmpfs */, 0x794C7630 /* overlay */,
    };
    struct statfs status;
    if (fstatfs(fd, &status) != 0) return 0;
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        if ((unsigned)status.f_type == kinds[kind]) return 1;
    }
    return 0;
}

int csystem_window_open(int fd, int64_t offset, size_t count, void **base) {
    if (!is_local(fd)) return -EOPNOTSUPP;
    pthread_once(&once, install);
    for (int slot = 0; slot < CSYSTEM_WINDOWS; slot++) {
        uintptr_t free_slot = 0;
        if (!atomic_compare_exchange_strong(&windows[slot].base, &free_slot, 1)) continue;
        void *memory = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
        if (memory == MAP_FAILED) {
            int code = errno;
            atomic_store(&windows[slot].base, 0);
            return -code;
        }
        /* All pages at once cost less than one by one. EFAULT: a store would fail. */
        if (madvise(memory, count, MADV_POPULATE_WRITE) != 0 && errno == EFAULT) {
            int code = errno;
            munmap(memory, count);
            atomic_store(&windows[slot].base, 0);
            return -code;
        }
        windows[slot].is_lost = 0;
        atomic_store_explicit(&windows[slot].count, count, memory_order_relaxed);
        atomic_store_explicit(&windows[slot].base, (uintptr_t)memory, memory_order_release);
        *base = memory;
        return slot;
    }
    return -ENOMEM;
}

void csystem_window_close(int slot) {
    /* Not ours any more before another mapping can be at its place. */
    uintptr_t base = atomic_exchange(&windows[slot].base, 1);
    munmap((void *)base, atomic_load(&windows[slot].count));
    atomic_store(&windows[slot].base, 0);
}

int csystem_window_store(int slot, void *to, const void *from, size_t count) {
    memcpy(to, from, count);
    atomic_signal_fence(memory_order_seq_cst);
    return !windows[slot].is_lost;
}
