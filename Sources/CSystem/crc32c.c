#include "csystem_crc32c.h"

#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif

enum { LONG = 4096, SHORT = 256 };

/* slice[k][b]: the CRC of byte b followed by k zero bytes; far[][] and near[][] append LONG and
 * SHORT zero bytes to a CRC. */
static uint32_t slice[8][256];
static uint32_t far[4][256];
static uint32_t near[4][256];

static uint64_t load(const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

static uint32_t table_run(uint32_t crc, const unsigned char *at, size_t count) {
    for (; count >= 8; at += 8, count -= 8) {
        uint64_t word = load(at) ^ crc;
        crc = slice[7][word & 255] ^ slice[6][word >> 8 & 255] ^
              slice[5][word >> 16 & 255] ^ slice[4][word >> 24 & 255] ^
              slice[3][word >> 32 & 255] ^ slice[2][word >> 40 & 255] ^
              slice[1][word >> 48 & 255] ^ slice[0][word >> 56];
    }
    for (; count > 0; at++, count--) crc = slice[0][(crc ^ *at) & 255] ^ crc >> 8;
    return crc;
}

/* The CRC is linear over its register, so the effect of n zero bytes is four look-ups. */
static void make_shift(uint32_t table[4][256], size_t zeros) {
    static const unsigned char nothing[LONG];
    for (int k = 0; k < 4; k++) {
        uint32_t bit[8];
        for (int i = 0; i < 8; i++) bit[i] = table_run(UINT32_C(1) << (8 * k + i), nothing, zeros);
        for (int b = 0; b < 256; b++) {
            uint32_t value = 0;
            for (int i = 0; i < 8; i++)
                if (b >> i & 1) value ^= bit[i];
            table[k][b] = value;
        }
    }
}

static inline uint32_t shift(const uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 255] ^ table[1][crc >> 8 & 255] ^
           table[2][crc >> 16 & 255] ^ table[3][crc >> 24];
}

#if defined(__x86_64__)
#define HARDWARE __attribute__((target("sse4.2")))
#define STEP8(crc, word) ((uint32_t)__builtin_ia32_crc32di((crc), (word)))
#define STEP4(crc, word) __builtin_ia32_crc32si((crc), (word))
#define STEP1(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
static int has_hardware(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__)
#define HARDWARE __attribute__((target("crc")))
#define STEP8(crc, word) __builtin_arm_crc32cd((crc), (word))
#define STEP4(crc, word) __builtin_arm_crc32cw((crc), (word))
#define STEP1(crc, byte) __builtin_arm_crc32cb((crc), (byte))
static int has_hardware(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#else
    return 1;
#endif
}
#endif

#if defined(HARDWARE)
/* Three chains hide the instruction's latency of three cycles. */
HARDWARE static inline uint32_t
three(uint32_t crc, const unsigned char *at, size_t length, const uint32_t table[4][256]) {
    uint32_t second = 0, third = 0;
    for (const unsigned char *end = at + length; at < end; at += 8) {
        crc = STEP8(crc, load(at));
        second = STEP8(second, load(at + length));
        third = STEP8(third, load(at + 2 * length));
    }
    return shift(table, shift(table, crc) ^ second) ^ third;
}

HARDWARE static uint32_t hardware_run(uint32_t crc, const unsigned char *at, size_t count) {
    for (; count >= 3 * LONG; at += 3 * LONG, count -= 3 * LONG) crc = three(crc, at, LONG, far);
    for (; count >= 3 * SHORT; at += 3 * SHORT, count -= 3 * SHORT)
        crc = three(crc, at, SHORT, near);
    for (; count >= 8; at += 8, count -= 8) crc = STEP8(crc, load(at));
    if (count >= 4) {
        uint32_t half;
        memcpy(&half, at, 4);
        crc = STEP4(crc, half);
        at += 4, count -= 4;
    }
    for (; count > 0; at++, count--) crc = STEP1(crc, *at);
    return crc;
}

HARDWARE static uint32_t
hardware_words(uint32_t crc, uint32_t first, uint64_t a, uint64_t b, uint64_t c) {
    return STEP8(STEP8(STEP8(STEP4(crc, first), a), b), c);
}
#endif

static uint32_t table_words(uint32_t crc, uint32_t first, uint64_t a, uint64_t b, uint64_t c) {
    const uint64_t words[] = {(uint64_t)first << 32, a, b, c};
    unsigned char bytes[32];
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)(words[i / 8] >> 8 * (i % 8));
    return table_run(crc, bytes + 4, 28);
}

static uint32_t (*run_words)(uint32_t, uint32_t, uint64_t, uint64_t, uint64_t) = table_words;
static uint32_t (*run)(uint32_t, const unsigned char *, size_t) = table_run;

/* Before main, so that no call has to ask which processor this is. */
__attribute__((constructor)) static void prepare(void) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82F63B78) : 0);
        slice[0][b] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (int b = 0; b < 256; b++)
            slice[k][b] = slice[0][slice[k - 1][b] & 255] ^ slice[k - 1][b] >> 8;
    make_shift(far, LONG);
    make_shift(near, SHORT);
#if defined(HARDWARE)
    if (has_hardware()) {
        run = hardware_run;
        run_words = hardware_words;
    }
#endif
}

uint32_t csystem_crc32c(uint32_t seed, const void *bytes, size_t count) {
    return ~run(~seed, bytes, count);
}

uint32_t
csystem_crc32c_words(uint32_t seed, uint32_t first, uint64_t a, uint64_t b, uint64_t c) {
    return ~run_words(~seed, first, a, b, c);
}

uint32_t csystem_crc32c_table(uint32_t seed, const void *bytes, size_t count) {
    return ~table_run(~seed, bytes, count);
}
