/* Modes and faults in words, for whoever reports them. */
#ifndef FAULT_NAMES_H
#define FAULT_NAMES_H

#include "types.h"

/** The mode that CPSR or SPSR names, "svc" and so on; "?" if there is none. */
const char *mode_name(u32 psr);
/** What DFSR, IFSR (long-descriptor format) or an abort's HSR have as their status, without the level. */
const char *fault_status_name(u32 status);
/** Whether it tells of an access before, nobody knows which: then the address registers say nothing. */
bool fault_is_asynchronous(u32 status);
/** The level of the table walk that a fault status tells, or 0. */
u32 fault_status_level(u32 status);

#endif
