#include "csystem_options.h"
