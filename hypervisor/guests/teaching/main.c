/*
 * The teaching guest: a small kernel that lives in a VM and does everything that makes a hypervisor work.
 *
 * head.S has turned on the MMU. guest_main runs the lessons in order and powers the VM off by PSCI.
 */
#include "guest.h"

void guest_main(void)
{
    print("guest: teaching guest in mode 0x%02x, MIDR 0x%08x, MPIDR 0x%08x\n", read_cpsr() & 0x1f,
          CP15_READ(MIDR), CP15_READ(MPIDR));
    print("guest: MMU on: %s, VA 0x%08x -> IPA 0x%08x\n", CP15_READ(SCTLR) & 1 ? "yes" : "NO", 0xc0009000,
          VA_TO_IPA(0xc0009000));
    lesson_exceptions();
    lesson_paging();
    lesson_user();
    interrupts_init();
    __asm__ volatile("cpsie i" ::: "memory");
    lesson_hypercalls();
    lesson_traps();
    lesson_thumb_traps();
    lesson_vfp();
    lesson_rom();
    lesson_timer();
    lesson_machine_dependent();
    print("guest: PSCI SYSTEM_OFF\n");
    call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
    print("guest: still here after SYSTEM_OFF\n");
}
