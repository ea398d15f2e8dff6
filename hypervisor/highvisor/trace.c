/*
 * The ring of trace records, and /dev/trace, where it is read as text.
 *
 * Whoever has something to record takes a place by an atomic addition, on any core, in interrupt context or not; the
 * sequence number, written last, says that the record is whole. Lines have the form of the kernel's trace_pipe, and
 * reading consumes them.
 */
#include "exception-names.h"
#include "format.h"
#include "trace.h"

#define LINE 200

u32 trace_enabled;
struct trace_ring trace_ring;

void trace_record(enum trace_event event, const struct kvm *kvm, u32 vcpu_id, u32 a, u32 b, u32 c, u32 d)
{
    u32 at = __atomic_fetch_add(&trace_ring.next, 1, __ATOMIC_RELAXED);
    struct trace_record *record = &trace_ring.records[at % TRACE_RECORDS];

    __atomic_store_n(&record->sequence, 0, __ATOMIC_RELEASE);
    record->time = timer_now();
    record->event = (u8)event;
    record->core = (u8)this_cpu()->id;
    record->vm_id = (u8)kvm->vm_id;
    record->vcpu_id = (u8)vcpu_id;
    record->arguments[0] = a;
    record->arguments[1] = b;
    record->arguments[2] = c;
    record->arguments[3] = d;
    __atomic_store_n(&record->sequence, at + 1, __ATOMIC_RELEASE);
}

/* ---- as text ---- */

struct line {
    char text[LINE];
    u32 length;
};

static void put(void *context, char c)
{
    struct line *line = context;

    if (line->length < LINE)
        line->text[line->length++] = c;
}

__attribute__((format(printf, 2, 3))) static void print(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to(put, line, format, arguments);
    va_end(arguments);
}

static void kvm_entry(struct line *line, const u32 *a)
{
    print(line, "PC: 0x%08x", a[0]);
}

static void kvm_exit(struct line *line, const u32 *a)
{
    print(line, "%s: HSR_EC: 0x%04x (%s), PC: 0x%08x%s", exception_type_name(ARM_EXCEPTION_CODE(a[0])), a[1],
          exception_class_name(a[1]), a[2], a[0] & ARM_EXIT_WITH_ABORT ? ", asynchronous abort" : "");
}

static void kvm_guest_fault(struct line *line, const u32 *a)
{
    print(line, "ipa 0x%llx, hsr 0x%08x, hxfar 0x%08x, pc 0x%08x", (u64)(a[0] >> 4) << 12, a[1], a[2], a[3]);
}

static void kvm_access_fault(struct line *line, const u32 *a)
{
    print(line, "IPA: %x", a[0]);
}

static void kvm_irq_line(struct line *line, const u32 *a)
{
    print(line, "Inject %s interrupt (%u), vcpu->idx: %u, num: %u, level: %u",
          a[0] == KVM_ARM_IRQ_TYPE_SPI ? "SPI" : "PPI", a[0], a[1], a[2], a[3]);
}

static void kvm_mmio_emulate(struct line *line, const u32 *a)
{
    print(line, "Emulate MMIO at: 0x%08x (hsr: %08x, cpsr: %08x)", a[0], a[1], a[2]);
}

static void kvm_mmio(struct line *line, const u32 *a)
{
    print(line, "mmio %s len %u gpa 0x%x val 0x%x", a[0] & TRACE_MMIO_WRITE ? "write" : "read",
          a[0] & ~TRACE_MMIO_WRITE, a[1], a[2]);
}

static void kvm_emulate_cp15_imp(struct line *line, const u32 *a)
{
    u32 hsr = a[0];

    print(line, "Implementation defined CP15: %s\tp15, %u, r%u, c%u, c%u, %u", hsr & 1 ? "mrc" : "mcr",
          BITS(hsr, 16, 14), BITS(hsr, 8, 5), BITS(hsr, 13, 10), BITS(hsr, 4, 1), BITS(hsr, 19, 17));
}

static void kvm_wfx(struct line *line, const u32 *a)
{
    print(line, "guest executed wf%c at: 0x%08x", a[1] ? 'e' : 'i', a[0]);
}

static void kvm_hvc(struct line *line, const u32 *a)
{
    print(line, "HVC at 0x%08x (r0: 0x%08x, imm: 0x%x)", a[0], a[1], a[2]);
}

static const char *on_or_off(u32 on)
{
    return on ? "on" : "off";
}

static void kvm_set_way_flush(struct line *line, const u32 *a)
{
    print(line, "S/W flush at 0x%08x (cache %s)", a[0], on_or_off(a[1]));
}

static void kvm_toggle_cache(struct line *line, const u32 *a)
{
    print(line, "VM op at 0x%08x (cache was %s, now %s)", a[0], on_or_off(a[1]), on_or_off(a[2]));
}

static void kvm_unmap_hva(struct line *line, const u32 *a)
{
    print(line, "mmu notifier unmap hva: 0x%08x", a[0]);
}

static void kvm_age_page(struct line *line, const u32 *a)
{
    print(line, "hva %x gfn %x level %u %s", a[0], a[1], a[2], a[3] ? "YOUNG" : "OLD");
}

static void kvm_unmap_hva_range(struct line *line, const u32 *a)
{
    print(line, "mmu notifier unmap range: 0x%08x -- 0x%08x", a[0], a[1]);
}

static void interrupt(struct line *line, const u32 *a)
{
    print(line, "VCPU: %u, IRQ %u, level %u", a[0], a[1], a[2]);
}

/* CTL is in the first word, CVAL in the two after it. */
static void timer_state(struct line *line, const u32 *a)
{
    print(line, "CTL: %#08x CVAL: %#16llx arch_timer_ctx_index: %u", a[0], (u64)a[2] << 32 | a[1], a[3]);
}

static void kvm_timer_save_state(struct line *line, const u32 *a)
{
    print(line, "   ");
    timer_state(line, a);
}

static void kvm_timer_emulate(struct line *line, const u32 *a)
{
    print(line, "arch_timer_ctx_index: %u (should_fire: %u)", a[0], a[1]);
}

static void kvm_timer_hrtimer_expire(struct line *line, const u32 *a)
{
    print(line, "arch_timer_ctx_index: %u", a[0]);
}

static const struct {
    const char *name;
    void (*print)(struct line *line, const u32 *arguments);
} events[TRACE_EVENTS] = {
    [TRACE_KVM_ENTRY] = {"kvm_entry", kvm_entry},
    [TRACE_KVM_EXIT] = {"kvm_exit", kvm_exit},
    [TRACE_KVM_GUEST_FAULT] = {"kvm_guest_fault", kvm_guest_fault},
    [TRACE_KVM_ACCESS_FAULT] = {"kvm_access_fault", kvm_access_fault},
    [TRACE_KVM_IRQ_LINE] = {"kvm_irq_line", kvm_irq_line},
    [TRACE_KVM_MMIO_EMULATE] = {"kvm_mmio_emulate", kvm_mmio_emulate},
    [TRACE_KVM_MMIO] = {"kvm_mmio", kvm_mmio},
    [TRACE_KVM_EMULATE_CP15_IMP] = {"kvm_emulate_cp15_imp", kvm_emulate_cp15_imp},
    [TRACE_KVM_WFX] = {"kvm_wfx", kvm_wfx},
    [TRACE_KVM_HVC] = {"kvm_hvc", kvm_hvc},
    [TRACE_KVM_SET_WAY_FLUSH] = {"kvm_set_way_flush", kvm_set_way_flush},
    [TRACE_KVM_TOGGLE_CACHE] = {"kvm_toggle_cache", kvm_toggle_cache},
    [TRACE_KVM_UNMAP_HVA] = {"kvm_unmap_hva", kvm_unmap_hva},
    [TRACE_KVM_AGE_PAGE] = {"kvm_age_page", kvm_age_page},
    [TRACE_KVM_UNMAP_HVA_RANGE] = {"kvm_unmap_hva_range", kvm_unmap_hva_range},
    [TRACE_KVM_TIMER_UPDATE_IRQ] = {"kvm_timer_update_irq", interrupt},
    [TRACE_KVM_TIMER_SAVE_STATE] = {"kvm_timer_save_state", kvm_timer_save_state},
    [TRACE_KVM_TIMER_RESTORE_STATE] = {"kvm_timer_restore_state", timer_state},
    [TRACE_KVM_TIMER_EMULATE] = {"kvm_timer_emulate", kvm_timer_emulate},
    [TRACE_KVM_TIMER_HRTIMER_EXPIRE] = {"kvm_timer_hrtimer_expire", kvm_timer_hrtimer_expire},
    [TRACE_VGIC_UPDATE_IRQ_PENDING] = {"vgic_update_irq_pending", interrupt},
};

static void print_record(struct line *line, const struct trace_record *record)
{
    u32 rest, seconds = divide(record->time, timer_frequency(), &rest);
    u32 microseconds = divide((u64)rest * 1000000, timer_frequency(), &rest);

    line->length = 0;
    if (record->vcpu_id == TRACE_NO_VCPU)
        print(line, "             vmm-%u", record->vm_id);
    else
        print(line, "       CPU %u/KVM-%u", record->vcpu_id, record->vm_id);
    print(line, "     [%03u] .... %5u.%06u: %s: ", record->core, seconds, microseconds, events[record->event].name);
    events[record->event].print(line, record->arguments);
    print(line, "\n");
}

/* The next record that is still there and whole, of those before `next`, from `*at` on; false: there is none. */
static bool next_record(struct trace_record *record, u32 *at, u32 next)
{
    if (next - *at > TRACE_RECORDS)
        *at = next - TRACE_RECORDS;
    while (*at != next) {
        const struct trace_record *from = &trace_ring.records[(*at)++ % TRACE_RECORDS];
        *record = *from;
        if (record->sequence == *at && __atomic_load_n(&from->sequence, __ATOMIC_ACQUIRE) == record->sequence)
            return true;
    }
    return false;
}

void trace_dump(u32 count)
{
    u32 next = trace_ring.next, at = next > count ? next - count : 0;
    struct trace_record record;
    struct line line;

    if (!next)
        return;
    kprintf("host: --- trace: begin ---\n");
    while (next_record(&record, &at, next)) {
        print_record(&line, &record);
        console_write(line.text, line.length);
    }
    kprintf("host: --- trace: end ---\n");
}

/* ---- /dev/trace ---- */

/* Whole lines, as many as there are and fit. */
static s32 trace_read(struct file *file, u32 user_buffer, u32 size)
{
    struct trace_record record;
    struct line line;
    u32 done = 0;

    (void)file;
    while (size - done >= LINE && next_record(&record, &trace_ring.read, trace_ring.next)) {
        print_record(&line, &record);
        if (copy_to_user(user_buffer + done, line.text, line.length))
            return -EFAULT;
        done += line.length;
    }
    return (s32)done;
}

/* Turns on the event of that name, or all; with '!' before it, off. */
static bool enable(const char *name)
{
    bool off = *name == '!';
    u32 mask = 0;

    name += off;
    for (u32 i = 0; i < TRACE_EVENTS; i++)
        if (strcmp(name, "all") == 0 || strcmp(name, events[i].name) == 0)
            mask |= BIT(i);
    trace_enabled = off ? trace_enabled & ~mask : trace_enabled | mask;
    return mask != 0;
}

/* Names of events, with spaces or commas between them. */
static s32 trace_write(struct file *file, u32 user_buffer, u32 size)
{
    char name[32];
    u32 length = 0;

    (void)file;
    for (u32 i = 0; i <= size; i++) {
        char c = ' ';
        if (i < size && copy_from_user(&c, user_buffer + i, 1))
            return -EFAULT;
        if (c != ' ' && c != ',' && c != '\n') {
            if (length == sizeof(name) - 1)
                return -EINVAL;
            name[length++] = c;
        } else if (length) {
            name[length] = '\0';
            length = 0;
            if (!enable(name))
                return -EINVAL;
        }
    }
    return (s32)size;
}

const struct file_operations trace_operations = {.read = trace_read, .write = trace_write};
