/*
 * The names of exits: how a world was left, and for a trap its class.
 */
#include "exception-names.h"
#include "kvm-arm.h"

static const char *const classes[HSR_EC_MAX] = {
    [HSR_EC_UNKNOWN] = "UNKNOWN",   [HSR_EC_WFX] = "WFI",           [HSR_EC_CP15_32] = "CP15_32",
    [HSR_EC_CP15_64] = "CP15_64",   [HSR_EC_CP14_MR] = "CP14_MR",   [HSR_EC_CP14_LS] = "CP14_LS",
    [HSR_EC_CP_0_13] = "CP_0_13",   [HSR_EC_CP10_ID] = "CP10_ID",   [HSR_EC_JAZELLE] = "JAZELLE",
    [HSR_EC_BXJ] = "BXJ",           [HSR_EC_CP14_64] = "CP14_64",   [HSR_EC_SVC_HYP] = "SVC_HYP",
    [HSR_EC_HVC] = "HVC",           [HSR_EC_SMC] = "SMC",           [HSR_EC_IABT] = "IABT",
    [HSR_EC_IABT_HYP] = "IABT_HYP", [HSR_EC_DABT] = "DABT",         [HSR_EC_DABT_HYP] = "DABT_HYP",
};

static const char *const types[] = {
    [ARM_EXCEPTION_RESET] = "RESET",
    [ARM_EXCEPTION_UNDEFINED] = "UNDEFINED",
    [ARM_EXCEPTION_SOFTWARE] = "SOFTWARE",
    [ARM_EXCEPTION_PREF_ABORT] = "PREF_ABORT",
    [ARM_EXCEPTION_DATA_ABORT] = "DATA_ABORT",
    [ARM_EXCEPTION_IRQ] = "IRQ",
    [ARM_EXCEPTION_FIQ] = "FIQ",
    [ARM_EXCEPTION_HVC] = "HVC",
};

const char *exception_class_name(u32 ec)
{
    return ec < HSR_EC_MAX && classes[ec] ? classes[ec] : "?";
}

const char *exception_type_name(u32 code)
{
    return code < ARRAY_SIZE(types) ? types[code] : "?";
}
