// The entry of libFuzzer, for which the toolchain has no header.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *count, char ***arguments,
                        int (*_Nonnull target)(const uint8_t *_Nullable data, size_t size));
