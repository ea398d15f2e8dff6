/*
 * The micro-benchmark guest's interfaces, by file.
 */
#ifndef BENCH_H
#define BENCH_H

#include "board.h"
#include "types.h"

/* start.S */
extern char bench_secondary_start[];
/** A PSCI call. */
u32 call_hvc(u32 function, u32 a1, u32 a2, u32 a3);

/* operations.S: each does its operation once */
void bench_hypercall(void);
void bench_io_kernel(void);
void bench_io_user(void);
void bench_eoi_ack(void);
void bench_ipi(void);
/** Set by the vCPU that takes the interrupt of bench_ipi. */
extern volatile u32 ipi_taken;

#endif
