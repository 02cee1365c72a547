// The floor under every log: frames of the size of ours, written with nothing else done to them.
//
//   append_loop write|buffer|durable PAYLOAD COUNT FILE TEXT
//
// write    one write() per frame
// buffer   frames gathered in 64 KiB, written whole and aligned
// durable  pwrite() into a file filled with zeros beforehand, then fdatasync(), per frame
#include <fcntl.h>
#include <unistd.h>

#include "measure.h"

enum { headerBytes = 32, bufferBytes = 65536 };

static void write_all(int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count < 0) fail("write");
        bytes += count;
        length -= (size_t)count;
    }
}

static void fill_header(char *frame, uint32_t payload, uint64_t sequence) {
    memset(frame, 0, headerBytes);
    memcpy(frame + 8, &payload, sizeof payload);
    memcpy(frame + 16, &sequence, sizeof sequence);
}

static void preallocate(int file, size_t length) {
    static char zeros[bufferBytes];
    for (size_t at = 0; at < length; at += sizeof zeros) write_all(file, zeros, sizeof zeros);
    if (fsync(file) != 0) fail("fsync");
}

int main(int count, char **arguments) {
    if (count != 6) return fprintf(stderr, "usage: see append_loop.c\n"), 1;
    const char *mode = arguments[1];
    size_t payload = (size_t)atol(arguments[2]);
    long records = atol(arguments[3]);
    struct text text = read_text(arguments[5]);
    size_t frame = (headerBytes + payload + 7) / 8 * 8;
    char *buffer = aligned_alloc(4096, bufferBytes + (frame + 4095) / 4096 * 4096);
    int file = open(arguments[4], O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
    if (file < 0 || buffer == NULL) fail(arguments[4]);
    memset(buffer, 0, bufferBytes + frame);

    int buffered = strcmp(mode, "buffer") == 0, durable = strcmp(mode, "durable") == 0;
    if (durable) preallocate(file, frame * (size_t)records);
    size_t used = 0;
    double begin = now();
    for (long number = 0; number < records; number += 1) {
        fill_header(buffer + used, (uint32_t)payload, (uint64_t)number);
        memcpy(buffer + used + headerBytes, payload_at(&text, number, payload), payload);
        if (durable) {
            off_t at = (off_t)(frame * (size_t)number);
            if (pwrite(file, buffer, frame, at) != (ssize_t)frame) fail("pwrite");
            if (fdatasync(file) != 0) fail("fdatasync");
        } else if (!buffered) {
            write_all(file, buffer, frame);
        } else if ((used += frame) >= bufferBytes) {
            write_all(file, buffer, bufferBytes);
            used -= bufferBytes;
            memcpy(buffer, buffer + bufferBytes, used);
        }
    }
    if (buffered) write_all(file, buffer, used);
    double end = now();
    print_result(records, end - begin, (long long)frame * records);
    return close(file);
}
