/* The door to liblz4: blocks for payloads, frames for snapshots. */
#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
