/* SPDX-License-Identifier: Apache-2.0 */
/* The Python type `StepHooks`: what Burr calls before and after each step. */

#ifndef BURRLOG_HOOKS_H
#define BURRLOG_HOOKS_H

#include "python.h"

/** Makes the type; NULL with an exception. */
PyObject *make_hooks_type(void);

#endif
