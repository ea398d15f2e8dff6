/* Exits in words, the kernel's own (arch/arm/include/asm/kvm_arm.h). */
#ifndef EXCEPTION_NAMES_H
#define EXCEPTION_NAMES_H

#include "types.h"

/** By HSR.EC (kvm_arm_exception_class). */
const char *exception_class_name(u32 ec);
/** By ARM_EXCEPTION_* (kvm_arm_exception_type). */
const char *exception_type_name(u32 code);

#endif
