/* The files of the page, as they stand in the program. */
#ifndef CPAGE_H
#define CPAGE_H

#include <stddef.h>

/* How many files there are. */
size_t cpage_count(void);
/* The path of a file below the page's root, as "view/tree.js"; index is below the count. */
const char *cpage_name(size_t index);
/* Its bytes, which live as long as the program, and how many they are. */
const unsigned char *cpage_bytes(size_t index);
size_t cpage_length(size_t index);

#endif
