#ifndef CSYSTEM_OPTIONS_H
#define CSYSTEM_OPTIONS_H

#endif
