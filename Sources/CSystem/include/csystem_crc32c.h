/* CRC-32C (Castagnoli) with the processor's instruction, which Swift cannot reach. */
#ifndef CSYSTEM_CRC32C_H
#define CSYSTEM_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of count bytes; seed is the result for the bytes before, or 0. */
uint32_t csystem_crc32c(uint32_t seed, const void *bytes, size_t count);
/* The CRC of 28 bytes: four, and three times eight, as little-endian numbers. Memory that was just
 * written in other pieces would have to be waited for. */
uint32_t csystem_crc32c_words(uint32_t seed, uint32_t first, uint64_t a, uint64_t b, uint64_t c);
/* The same from tables only; the tests compare them. */
uint32_t csystem_crc32c_table(uint32_t seed, const void *bytes, size_t count);

#endif
