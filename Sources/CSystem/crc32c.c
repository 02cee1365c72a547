#include "csystem_crc32c.h"
