/*
 * Copies the guest's RAM while the guest runs: what a VMM does that moves a running VM elsewhere, by the dirty log.
 *
 * The guest itself says when, so that its writes between two rounds are known: it stores 1 to begin (all RAM is
 * copied), 2 for a round (what was written since the last is copied and listed), 3 to end (one more round, then copy
 * and RAM are compared). What the log has missed is different then.
 */
#include "vmm.h"

enum { BEGIN = 1, ROUND = 2, END = 3 };

static u8 *copy;
static u32 *bitmap;

static void set_logging(u32 flags)
{
    struct kvm_userspace_memory_region region = {.slot = 0, .flags = flags, .guest_phys_addr = GUEST_RAM_IPA,
                                                 .memory_size = vm.ram_size, .userspace_addr = (u32)vm.ram};
    s32 result = ioctl(vm.descriptor, KVM_SET_USER_MEMORY_REGION, (u32)&region);

    if (result < 0)
        fail_with(result, "KVM_MEM_LOG_DIRTY_PAGES");
}

static void *allocate(u32 size)
{
    s32 memory = system_call(SYS_MMAP, size, MAP_ANONYMOUS | (size >= MAP_LARGE_RAM ? MAP_HUGETLB : 0), (u32)-1);

    if (memory < 0)
        fail("%u bytes for a copy: not to be had", size);
    return (void *)memory;
}

static void begin(void)
{
    if (!copy) {
        copy = allocate(vm.ram_size);
        bitmap = allocate(vm.ram_size / VMM_PAGE / 8);
    }
    set_logging(KVM_MEM_LOG_DIRTY_PAGES);
    memcpy(copy, vm.ram, vm.ram_size); /* from here on what is written is in the log */
    say("vm%u: pre-copy begins\n", vm.number);
}

static bool is_logged(u32 page)
{
    return (bitmap[page / 32] & BIT(page % 32)) != 0;
}

static void copy_round(void)
{
    struct kvm_dirty_log log = {.slot = 0, .dirty_bitmap = (u32)bitmap};
    u32 pages = vm.ram_size / VMM_PAGE, first = 0;
    s32 result = ioctl(vm.descriptor, KVM_GET_DIRTY_LOG, (u32)&log);

    if (result < 0)
        fail_with(result, "KVM_GET_DIRTY_LOG");
    gather_output();
    while (first < pages) {
        u32 end = first;
        while (end < pages && is_logged(end))
            end++;
        if (end > first) {
            say("vm%u: written: IPA 0x%08x..0x%08x\n", vm.number, GUEST_RAM_IPA + first * VMM_PAGE,
                GUEST_RAM_IPA + end * VMM_PAGE - 1);
            memcpy(copy + first * VMM_PAGE, vm.ram + first * VMM_PAGE, (end - first) * VMM_PAGE);
        }
        first = end + 1;
    }
    write_gathered();
}

/* By words: memcmp takes bytes. */
static bool is_equal(const u32 *a, const u32 *b, u32 size)
{
    while (size && *a == *b) {
        a++;
        b++;
        size -= sizeof(u32);
    }
    return size == 0;
}

static void end(void)
{
    copy_round();
    set_logging(0);
    say("vm%u: pre-copy ends: the copy is what the RAM is: %s\n", vm.number,
        is_equal((const u32 *)copy, (const u32 *)vm.ram, vm.ram_size) ? "yes" : "NO");
}

void pre_copy_write(u32 value)
{
    if (value == BEGIN)
        begin();
    else if (value == ROUND && copy)
        copy_round();
    else if (value == END && copy)
        end();
}
