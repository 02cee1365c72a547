/* What Swift cannot reach: one header per theme. */
#ifndef CSYSTEM_H
#define CSYSTEM_H
#include "csystem_crc32c.h"
#include "csystem_files.h"
#include "csystem_options.h"
#include "csystem_watch.h"
#include "csystem_window.h"
#endif
