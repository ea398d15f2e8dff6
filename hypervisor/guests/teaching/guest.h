/*
 * The teaching guest's interfaces, by file. It is a small kernel for a VM: everything it does, it does to
 * make the hypervisor work.
 */
#ifndef GUEST_H
#define GUEST_H

#include "board.h"
#include "cp15.h"
#include "types.h"

#define DEVICE_VA(ipa) ((ipa) + 0xf0000000u)
#define VA_TO_IPA(va) ((u32)(va) - 0x80000000u)
#define ROM_IPA 0x04000000

/* exception-entry.S, exceptions.c */
struct exception_frame {
    u32 spsr;
    u32 alignment;
    u32 r[13];
    u32 pc;
};

struct exception_counts {
    u32 undef;
    u32 svc;
    u32 prefetch_abort;
    u32 data_abort;
    u32 irq;
};

extern volatile struct exception_counts exception_counts;
extern volatile u32 last_svc, last_fault_status, last_fault_address;
u32 call_user(u32 pc);
void leave_user(u32 result);

/* instructions.S */
u32 trap_cp14_trace(void);
void trap_wfi(void);
void trap_wfe(void);
void trap_smc(u32 function);
u32 trap_actlr_read(void);
void trap_actlr_write(u32 value);
void trap_dccisw(u32 set_way);
void trap_dccsw(u32 set_way);
void trap_dcisw(u32 set_way);
u32 trap_l2ctlr(void);
u32 trap_l2ectlr(void);
u32 call_hvc(u32 function, u32 a1, u32 a2, u32 a3);
void call_svc(void);
void undefined_instruction(void);
void vfp_enable(void);
void vfp_disable(void);
void vfp_load(const u64 *from);
void vfp_store(u64 *to);
u32 vfp_move(u32 value);

/* uart.c */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* paging.c */
void paging_map_page(u32 va, u32 ipa, u32 flags);
void paging_unmap_page(u32 va);
#define PAGE_KERNEL 0x45e      /* AP: PL1 read/write; normal memory; small page */
#define PAGE_USER_TEXT 0x67e   /* AP: read-only at both levels */

/* interrupts.c */
void interrupts_init(void);
void timer_start_ticks(u32 count, u32 interval);
extern volatile u32 timer_ticks, last_interrupt, software_interrupts;
void send_software_interrupt(void);

/* lessons*.c: one function per subject, in the order they run */
void lesson_exceptions(void);
void lesson_paging(void);
void lesson_user(void);
void lesson_hypercalls(void);
void lesson_traps(void);
void lesson_thumb_traps(void);
void lesson_vfp(void);
void lesson_rom(void);
void lesson_timer(void);
void lesson_machine_dependent(void);

#endif
