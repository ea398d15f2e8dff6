/*
 * System registers of ARMv7-A by their architectural names (ARM ARM, B4.1 and B6.1).
 *
 * CP15_READ(SCTLR) is one MRC; CP15_WRITE(SCTLR, value) one MCR; the 64-bit ones use MRRC and MCRR.
 * The table gives each register's encoding as the assembler writes it: coprocessor, opc1, CRn, CRm, opc2.
 */
#ifndef CP15_H
#define CP15_H

#include "types.h"

#define CP15_MIDR "p15, 0, %0, c0, c0, 0"
#define CP15_MPIDR "p15, 0, %0, c0, c0, 5"
#define CP15_CLIDR "p15, 1, %0, c0, c0, 1"
#define CP15_CCSIDR "p15, 1, %0, c0, c0, 0" /* of the cache that CSSELR says */
#define CP15_CSSELR "p15, 2, %0, c0, c0, 0"
#define CP15_SCTLR "p15, 0, %0, c1, c0, 0"
#define CP15_ACTLR "p15, 0, %0, c1, c0, 1"
#define CP15_CPACR "p15, 0, %0, c1, c0, 2"
#define CP15_TTBR0 "p15, 0, %0, c2, c0, 0"
#define CP15_TTBCR "p15, 0, %0, c2, c0, 2"
#define CP15_DACR "p15, 0, %0, c3, c0, 0"
#define CP15_DFSR "p15, 0, %0, c5, c0, 0"
#define CP15_IFSR "p15, 0, %0, c5, c0, 1"
#define CP15_DFAR "p15, 0, %0, c6, c0, 0"
#define CP15_IFAR "p15, 0, %0, c6, c0, 2"
#define CP15_ICIALLUIS "p15, 0, %0, c7, c1, 0"
#define CP15_ICIALLU "p15, 0, %0, c7, c5, 0"
#define CP15_DCISW "p15, 0, %0, c7, c6, 2"
#define CP15_DCCMVAC "p15, 0, %0, c7, c10, 1"
#define CP15_DCCSW "p15, 0, %0, c7, c10, 2"
#define CP15_DCCISW "p15, 0, %0, c7, c14, 2"
#define CP15_DCCIMVAC "p15, 0, %0, c7, c14, 1"
#define CP15_ICIMVAU "p15, 0, %0, c7, c5, 1"
#define CP15_TLBIALL "p15, 0, %0, c8, c7, 0"
#define CP15_TLBIMVA "p15, 0, %0, c8, c7, 1"
#define CP15_TLBIMVAIS "p15, 0, %0, c8, c3, 1" /* IS: on all cores of the inner shareable domain */
#define CP15_TLBIASIDIS "p15, 0, %0, c8, c3, 2"
#define CP15_L2CTLR "p15, 1, %0, c9, c0, 2"
#define CP15_L2ECTLR "p15, 1, %0, c9, c0, 3"
#define CP15_PMCR "p15, 0, %0, c9, c12, 0"
#define CP15_PMCCNTR "p15, 0, %0, c9, c13, 0"
#define CP15_PRRR "p15, 0, %0, c10, c2, 0" /* MAIR0 when TTBCR.EAE = 1 */
#define CP15_NMRR "p15, 0, %0, c10, c2, 1" /* MAIR1 when TTBCR.EAE = 1 */
#define CP15_AMAIR0 "p15, 0, %0, c10, c3, 0"
#define CP15_AMAIR1 "p15, 0, %0, c10, c3, 1"
#define CP15_VBAR "p15, 0, %0, c12, c0, 0"
#define CP15_CONTEXTIDR "p15, 0, %0, c13, c0, 1"
#define CP15_TPIDRURW "p15, 0, %0, c13, c0, 2"
#define CP15_TPIDRURO "p15, 0, %0, c13, c0, 3"
#define CP15_TPIDRPRW "p15, 0, %0, c13, c0, 4"
#define CP15_CNTFRQ "p15, 0, %0, c14, c0, 0"
#define CP15_CNTKCTL "p15, 0, %0, c14, c1, 0"
#define CP15_CNTP_TVAL "p15, 0, %0, c14, c2, 0"
#define CP15_CNTP_CTL "p15, 0, %0, c14, c2, 1"
#define CP15_CNTV_TVAL "p15, 0, %0, c14, c3, 0"
#define CP15_CNTV_CTL "p15, 0, %0, c14, c3, 1"
#define CP15_HSR "p15, 4, %0, c5, c2, 0"
#define CP15_HCR "p15, 4, %0, c1, c1, 0"
#define CP15_HVBAR "p15, 4, %0, c12, c0, 0"
#define CP14_TRCIDR "p14, 1, %0, c0, c0, 1" /* a CP14 trace register: opc1 = 1 */

#define CP15_READ(reg)                                                                             \
    ({                                                                                             \
        u32 value_;                                                                                \
        __asm__ volatile("mrc " CP15_##reg : "=r"(value_)::"memory");                              \
        value_;                                                                                    \
    })
#define CP15_WRITE(reg, value) __asm__ volatile("mcr " CP15_##reg ::"r"((u32)(value)) : "memory")

#define CP15_64_TTBR0 "p15, 0, %Q0, %R0, c2"
#define CP15_64_TTBR1 "p15, 1, %Q0, %R0, c2"
#define CP15_64_CNTPCT "p15, 0, %Q0, %R0, c14"
#define CP15_64_CNTVCT "p15, 1, %Q0, %R0, c14"
#define CP15_64_CNTP_CVAL "p15, 2, %Q0, %R0, c14"
#define CP15_64_CNTV_CVAL "p15, 3, %Q0, %R0, c14"

#define CP15_READ64(reg)                                                                           \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("mrrc " CP15_64_##reg : "=r"(value_)::"memory");                          \
        value_;                                                                                    \
    })
#define CP15_WRITE64(reg, value) __asm__ volatile("mcrr " CP15_64_##reg ::"r"((u64)(value)) : "memory")

static inline void isb(void)
{
    __asm__ volatile("isb" ::: "memory");
}

static inline void dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/** Orders memory accesses before it and after it, as the other cores see them. */
static inline void dmb(void)
{
    __asm__ volatile("dmb ish" ::: "memory");
}

static inline void wfi(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline u32 read_cpsr(void)
{
    u32 cpsr;
    __asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
    return cpsr;
}

#endif
