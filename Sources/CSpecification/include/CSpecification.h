/* SPDX-License-Identifier: Apache-2.0 */
/* The specification of the HTTP API, embedded. */
#ifndef CSPECIFICATION_H
#define CSPECIFICATION_H

#include <stddef.h>

/* The bytes of openapi.json. */
const unsigned char *_Nonnull cspecification_text(void);
/* How many there are. */
size_t cspecification_length(void);

#endif
