/*
 * The lessons: each makes one part of the hypervisor work and prints what came of it.
 *
 * Every line is the same on any correct machine. What isn't (lesson_machine_dependent) is printed between
 * two marks, for comparisons to leave out.
 */
#include "guest.h"

extern char _user_ipa[];
extern u8 user_program[];

#define SCRATCH_VA 0xd0000000
#define SCRATCH_IPA 0x40200000
#define SCRATCH_ALIAS 0xc0200000
#define ROM_VA DEVICE_VA(ROM_IPA)

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "NO";
}

void lesson_exceptions(void)
{
    call_svc();
    print("svc: #%u taken at PL1: %s\n", last_svc, yes_no(exception_counts.svc == 1));
    undefined_instruction();
    print("und: UDF taken at PL1: %s\n", yes_no(exception_counts.undef == 1));
}

void lesson_paging(void)
{
    volatile u32 *page = (u32 *)SCRATCH_VA, *alias = (u32 *)SCRATCH_ALIAS;

    paging_map_page(SCRATCH_VA, SCRATCH_IPA, PAGE_KERNEL);
    *page = 0x600dcafe;
    print("paging: VA 0x%08x -> IPA 0x%08x, read back 0x%08x through 0x%08x\n", SCRATCH_VA, SCRATCH_IPA,
          *alias, SCRATCH_ALIAS);
    paging_unmap_page(SCRATCH_VA);
    u32 before = exception_counts.data_abort;
    (void)*page;
    print("paging: unmapped: Data Abort %s, DFSR 0x%03x, DFAR 0x%08x\n",
          yes_no(exception_counts.data_abort == before + 1), last_fault_status & 0x40f, last_fault_address);
}

void lesson_user(void)
{
    paging_map_page((u32)user_program & ~0xfffu, (u32)_user_ipa, PAGE_USER_TEXT);
    u32 before = exception_counts.svc;
    u32 result = call_user((u32)user_program);
    print("user: PL0 program made %u system calls, result %u\n", exception_counts.svc - before, result);
}

void lesson_hypercalls(void)
{
    print("hvc: PSCI_VERSION: 0x%08x\n", call_hvc(PSCI_VERSION, 0, 0, 0));
    u32 before = exception_counts.undef;
    call_hvc(0x12345678, 0, 0, 0);
    print("hvc: unknown function: Undefined Instruction: %s\n", yes_no(exception_counts.undef == before + 1));
}

void lesson_traps(void)
{
    u32 before = exception_counts.undef;
    trap_smc(PSCI_SYSTEM_OFF);
    print("trap: SMC (HCR.TSC): Undefined Instruction: %s\n", yes_no(exception_counts.undef == before + 1));

    u32 actlr = trap_actlr_read();
    trap_actlr_write(~actlr);
    print("trap: ACTLR (HCR.TAC): SMP %u, unchanged by a write: %s\n", BITS(actlr, 6, 6),
          yes_no(trap_actlr_read() == actlr));

    /* One interrupt, to wake up from WFI; IRQs stay masked, so WFI must end all the same. */
    __asm__ volatile("cpsid i" ::: "memory");
    timer_start_ticks(1, CP15_READ(CNTFRQ) / 1000);
    trap_wfi();
    print("trap: WFI (HCR.TWI): woke with the interrupt still masked: %s\n", yes_no(timer_ticks == 0));
    __asm__ volatile("cpsie i" ::: "memory");
    while (timer_ticks == 0)
        ;
    print("trap: WFI: interrupt %u taken when unmasked\n", last_interrupt);
}

void lesson_vfp(void)
{
    static u64 pattern[32], seen[32];
    u32 different = 0;

    CP15_WRITE(CPACR, CP15_READ(CPACR) | 0xf << 20);
    isb();
    vfp_enable(); /* the first VFP instruction: EC 0x07, the lazy switch */
    for (u32 i = 0; i < 32; i++)
        pattern[i] = (u64)(0x40000000u + i) << 32 | (0x1000u + i);
    vfp_load(pattern);
    call_hvc(PSCI_VERSION, 0, 0, 0); /* an exit: the registers go home, and come back at the next use */
    vfp_disable();
    call_hvc(PSCI_VERSION, 0, 0, 0); /* one with VFP off: they must survive that as well */
    vfp_enable();
    vfp_store(seen);
    for (u32 i = 0; i < 32; i++)
        different += seen[i] != pattern[i];
    print("vfp: d0-d31 across two exits: %u different\n", different);
    print("vfp: VMOV core -> d5 -> core: 0x%08x\n", vfp_move(0x2718281f));
}

void lesson_rom(void)
{
    volatile u32 *rom = (u32 *)ROM_VA;
    u32 first = rom[0];

    rom[0] = ~first; /* a permission fault at Stage 2 */
    print("rom: word 0x%08x, unchanged by a write: %s\n", first, yes_no(rom[0] == first));
}

void lesson_timer(void)
{
    timer_start_ticks(3, CP15_READ(CNTFRQ) / 2000);
    while (timer_ticks < 3)
        ; /* busy: the interrupts arrive by list register while the guest runs */
    print("timer: 3 virtual timer interrupts, last INTID %u\n", last_interrupt);
    timer_start_ticks(2, CP15_READ(CNTFRQ) / 2000);
    for (;;) {
        /* Masked between the look and the WFI, or the last interrupt could come in between. */
        __asm__ volatile("cpsid i" ::: "memory");
        if (timer_ticks == 2)
            break;
        trap_wfi();
        __asm__ volatile("cpsie i" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
    print("timer: 2 more, waiting in WFI\n");
    send_software_interrupt();
    while (software_interrupts == 0)
        ;
    print("sgi: software interrupt %u to itself taken\n", last_interrupt);
}

void lesson_machine_dependent(void)
{
    print("--- traps that not every emulator has: begin ---\n");
    u32 before = exception_counts.undef;
    trap_cp14_trace();
    print("trap: CP14 trace register (HCPTR.TTA): Undefined Instruction: %s\n",
          yes_no(exception_counts.undef == before + 1));
    trap_dccisw(0);
    trap_dccsw(0);
    trap_dcisw(0);
    print("trap: cache maintenance by set/way (HCR.TSW): done\n");
    print("trap: L2CTLR (HCR.TIDCP): cores %u\n", BITS(trap_l2ctlr(), 25, 24) + 1);
    print("trap: L2ECTLR (HCR.TIDCP): 0x%08x\n", trap_l2ectlr());
    trap_wfe(); /* clears the event register, if an event was waiting there; */
    trap_wfe(); /* then there is something to wait for */
    print("trap: WFE (HCR.TWE): done\n");
    before = exception_counts.data_abort;
    u32 id = read32(DEVICE_VA(BOARD_RTC_BASE) + 0xfe0);
    if (exception_counts.data_abort == before)
        print("pass-through: the machine's own PL031, PeriphID0 0x%02x\n", id);
    else
        print("pass-through: no PL031 answers here: it is another's\n");
    print("--- traps that not every emulator has: end ---\n");
}
