#ifndef CSYSTEM_CRC32C_H
#define CSYSTEM_CRC32C_H

#endif
