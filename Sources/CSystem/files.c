#include "csystem_files.h"
