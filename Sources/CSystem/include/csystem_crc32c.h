/* CRC-32C (Castagnoli) with the processor's instruction, which Swift cannot reach. */
#ifndef CSYSTEM_CRC32C_H
#define CSYSTEM_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of count bytes; seed is the result for the bytes before, or 0. */
uint32_t csystem_crc32c(uint32_t seed, const void *bytes, size_t count);
/* The same from tables only; the tests compare the two. */
uint32_t csystem_crc32c_table(uint32_t seed, const void *bytes, size_t count);

#endif
