/* SPDX-License-Identifier: Apache-2.0 */
#include "CSpecification.h"

static const unsigned char text[] = {
#embed "openapi.json"
};

const unsigned char *cspecification_text(void) { return text; }

size_t cspecification_length(void) { return sizeof text; }
