/*
 * /dev/kvm: its descriptors (/dev/kvm itself, VM, vCPU; vgic-device.c has the VGIC's) and their ioctls. See
 * include/kvm-abi.h.
 */
#include "trace.h"

static const struct file_operations kvm_vm_operations;
static const struct file_operations kvm_vcpu_operations;

/* ---- vCPU ---- */

static s32 vcpu_init(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_vcpu_init init;

    if (copy_from_user(&init, argument, sizeof(init)))
        return -EFAULT;
    if (init.target != 0 || (init.features & ~(KVM_ARM_VCPU_POWER_OFF | KVM_ARM_VCPU_PSCI_0_2)))
        return -EINVAL;
    kvm_reset_vcpu(vcpu);
    vcpu->power_off = (init.features & KVM_ARM_VCPU_POWER_OFF) != 0;
    return kvm_psci_set_version(vcpu, init.features & KVM_ARM_VCPU_PSCI_0_2 ? KVM_ARM_PSCI_0_2 : KVM_ARM_PSCI_0_1);
}

static s32 vcpu_get_regs(struct kvm_vcpu *vcpu, u32 argument)
{
    return copy_to_user(argument, &vcpu->regs, sizeof(vcpu->regs));
}

static s32 vcpu_set_regs(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_regs regs;

    if (copy_from_user(&regs, argument, sizeof(regs)))
        return -EFAULT;
    if (!kvm_mode_is_valid(regs.usr_regs[USR_CPSR]))
        return -EINVAL;
    vcpu->regs = regs;
    return 0;
}

static s32 vcpu_get_one_reg(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_one_reg reg;

    return copy_from_user(&reg, argument, sizeof(reg)) ? -EFAULT : kvm_get_one_reg(vcpu, &reg);
}

static s32 vcpu_set_one_reg(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_one_reg reg;

    return copy_from_user(&reg, argument, sizeof(reg)) ? -EFAULT : kvm_set_one_reg(vcpu, &reg);
}

static s32 vcpu_get_reg_list(struct kvm_vcpu *vcpu, u32 argument)
{
    (void)vcpu;
    return kvm_get_reg_list(argument);
}

static s32 vcpu_get_mp_state(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_mp_state state = {vcpu->power_off ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE};

    return copy_to_user(argument, &state, sizeof(state));
}

static s32 vcpu_set_mp_state(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_mp_state state;

    if (copy_from_user(&state, argument, sizeof(state)))
        return -EFAULT;
    if (state.mp_state != KVM_MP_STATE_STOPPED && state.mp_state != KVM_MP_STATE_RUNNABLE)
        return -EINVAL;
    vcpu->power_off = state.mp_state == KVM_MP_STATE_STOPPED;
    return 0;
}

static s32 vcpu_get_events(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_vcpu_events events;

    memset(&events, 0, sizeof(events));
    events.serror_pending = (vcpu->hcr & HCR_VA) != 0;
    return copy_to_user(argument, &events, sizeof(events));
}

static s32 vcpu_set_events(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_vcpu_events events;

    if (copy_from_user(&events, argument, sizeof(events)))
        return -EFAULT;
    for (u32 i = 0; i < ARRAY_SIZE(events.reserved); i++)
        if (events.reserved[i])
            return -EINVAL;
    if (events.serror_pending > 1 || events.serror_has_esr || events.ext_dabt_pending > 1)
        return -EINVAL;
    if (events.ext_dabt_pending && !kvm_abort_mmio(vcpu))
        return -EINVAL;
    vcpu->hcr = (vcpu->hcr & ~HCR_VA) | (events.serror_pending ? HCR_VA : 0);
    return 0;
}

/* What is done by one thread at a time, and not while the vCPU runs. */
static const struct {
    u32 command;
    bool needs_init; /* EINVAL before KVM_ARM_VCPU_INIT */
    s32 (*function)(struct kvm_vcpu *vcpu, u32 argument);
} vcpu_commands[] = {
    {KVM_ARM_VCPU_INIT, false, vcpu_init},
    {KVM_GET_REGS, true, vcpu_get_regs},
    {KVM_SET_REGS, true, vcpu_set_regs},
    {KVM_GET_ONE_REG, true, vcpu_get_one_reg},
    {KVM_SET_ONE_REG, true, vcpu_set_one_reg},
    {KVM_GET_REG_LIST, true, vcpu_get_reg_list},
    {KVM_GET_MP_STATE, true, vcpu_get_mp_state},
    {KVM_SET_MP_STATE, true, vcpu_set_mp_state},
    {KVM_GET_VCPU_EVENTS, true, vcpu_get_events},
    {KVM_SET_VCPU_EVENTS, true, vcpu_set_events},
};

static s32 locked_vcpu_ioctl(struct kvm_vcpu *vcpu, u32 command, u32 argument)
{
    for (u32 i = 0; i < ARRAY_SIZE(vcpu_commands); i++) {
        if (vcpu_commands[i].command != command)
            continue;
        if (!kvm_vcpu_trylock(vcpu))
            return -EBUSY;
        bool may_be = vcpu->initialized || !vcpu_commands[i].needs_init;
        s32 result = may_be ? vcpu_commands[i].function(vcpu, argument) : -EINVAL;
        kvm_vcpu_unlock(vcpu);
        return result;
    }
    return -EINVAL;
}

static s32 kvm_vcpu_ioctl(struct file *file, u32 command, u32 argument)
{
    struct kvm_vcpu *vcpu = file->private_data;

    switch (command) {
    case KVM_RUN:
        return kvm_vcpu_ioctl_run(vcpu);
    case KVM_KICK:
        kvm_vcpu_request_exit(vcpu);
        return 0;
    case KVM_GET_STATISTICS:
        vcpu->stat.vfp_switches = vcpu->vfp_switches;
        return copy_to_user(argument, &vcpu->stat, sizeof(vcpu->stat));
    default:
        return locked_vcpu_ioctl(vcpu, command, argument);
    }
}

/* Once: the page is the process's when the vCPU has gone. */
static s32 kvm_vcpu_mmap(struct file *file, u32 length)
{
    struct kvm_vcpu *vcpu = file->private_data;

    if (length != PAGE_SIZE || !kvm_vcpu_trylock(vcpu))
        return -EINVAL;
    u32 va = vcpu->run_va ? 0 : process_map_kernel_page(current->process, vcpu->run);
    bool again = vcpu->run_va && !va;
    if (va)
        vcpu->run_va = va;
    kvm_vcpu_unlock(vcpu);
    return va ? (s32)va : again ? -EINVAL : -ENOMEM;
}

static void kvm_vcpu_release(struct file *file)
{
    struct kvm_vcpu *vcpu = file->private_data;

    console_ignore(vcpu);
    kvm_put(vcpu->kvm);
}

static const struct file_operations kvm_vcpu_operations = {
    .ioctl = kvm_vcpu_ioctl,
    .mmap = kvm_vcpu_mmap,
    .release = kvm_vcpu_release,
};

/* ---- VM ---- */

static s32 create_vcpu(struct kvm *kvm, u32 id)
{
    struct kvm_vcpu *vcpu;
    s32 result = kvm_create_vcpu(kvm, id, &vcpu);

    if (result < 0)
        return result;
    kvm_get(kvm);
    result = file_install(&kvm_vcpu_operations, vcpu);
    if (result < 0)
        kvm_put(kvm); /* with which the vCPU goes */
    return result;
}

static s32 irq_line(struct kvm *kvm, const struct kvm_irq_level *line)
{
    u32 type = line->irq >> KVM_ARM_IRQ_TYPE_SHIFT, irq = line->irq & 0xffff;
    u32 vcpu_id = BITS(line->irq, 23, 16);

    if ((type == KVM_ARM_IRQ_TYPE_SPI) != (irq >= VGIC_NR_PRIVATE))
        return -EINVAL;
    trace_vm(TRACE_KVM_IRQ_LINE, kvm, type, vcpu_id, irq, line->level);
    return kvm_vgic_inject_irq(kvm, type == KVM_ARM_IRQ_TYPE_SPI ? 0 : vcpu_id, irq, line->level != 0);
}

static s32 create_device(struct kvm *kvm, u32 argument)
{
    struct kvm_create_device device;

    if (copy_from_user(&device, argument, sizeof(device)))
        return -EFAULT;
    if (device.flags & ~KVM_CREATE_DEVICE_TEST)
        return -EINVAL;
    if (device.type != KVM_DEV_TYPE_ARM_VGIC_V2)
        return -ENODEV;
    s32 result = vgic_create_device(kvm, device.flags & KVM_CREATE_DEVICE_TEST);
    if (result < 0 || (device.flags & KVM_CREATE_DEVICE_TEST))
        return result;
    device.fd = (u32)result;
    return copy_to_user(argument, &device, sizeof(device));
}

static s32 check_extension(u32 extension);

static s32 kvm_vm_ioctl(struct file *file, u32 command, u32 argument)
{
    struct kvm *kvm = file->private_data;
    union {
        struct kvm_userspace_memory_region region;
        struct kvm_irq_level line;
        struct kvm_assigned_device device;
        struct kvm_assigned_irq assigned_irq;
        struct kvm_dirty_log log;
    } u;

    switch (command) {
    case KVM_CREATE_VCPU:
        return create_vcpu(kvm, argument);
    case KVM_CHECK_EXTENSION:
        return check_extension(argument);
    case KVM_CREATE_DEVICE:
        return create_device(kvm, argument);
    case KVM_SET_USER_MEMORY_REGION:
        return copy_from_user(&u.region, argument, sizeof(u.region)) ? -EFAULT
                                                                      : kvm_set_memory_region(kvm, &u.region);
    case KVM_GET_DIRTY_LOG:
        return copy_from_user(&u.log, argument, sizeof(u.log)) ? -EFAULT : kvm_get_dirty_log(kvm, &u.log);
    case KVM_GET_STATISTICS:
        return copy_to_user(argument, &kvm->stat, sizeof(kvm->stat));
    case KVM_IRQ_LINE:
        return copy_from_user(&u.line, argument, sizeof(u.line)) ? -EFAULT : irq_line(kvm, &u.line);
    case KVM_ASSIGN_DEVICE:
        return copy_from_user(&u.device, argument, sizeof(u.device)) ? -EFAULT
                                                                      : kvm_assign_device(kvm, &u.device);
    case KVM_ASSIGN_DEV_IRQ:
        return copy_from_user(&u.assigned_irq, argument, sizeof(u.assigned_irq)) ? -EFAULT
                                                                                  : kvm_assign_irq(kvm, &u.assigned_irq);
    default:
        return -EINVAL;
    }
}

static void kvm_vm_release(struct file *file)
{
    kvm_put(file->private_data);
}

static const struct file_operations kvm_vm_operations = {.ioctl = kvm_vm_ioctl, .release = kvm_vm_release};

/* ---- the device ---- */

static s32 check_extension(u32 extension)
{
    const struct {
        u32 extension, value;
    } extensions[] = {
        {KVM_CAP_IRQCHIP, 1},
        {KVM_CAP_USER_MEMORY, 1},
        {KVM_CAP_NR_VCPUS, online_cpus},
        {KVM_CAP_NR_MEMSLOTS, KVM_MEMORY_SLOTS},
        {KVM_CAP_MP_STATE, 1},
        {KVM_CAP_VCPU_EVENTS, 1},
        {KVM_CAP_MAX_VCPUS, KVM_MAX_VCPUS},
        {KVM_CAP_ONE_REG, 1},
        {KVM_CAP_READONLY_MEM, 1},
        {KVM_CAP_ARM_PSCI, 1},
        {KVM_CAP_DEVICE_CTRL, 1},
        {KVM_CAP_ARM_PSCI_0_2, 1},
        {KVM_CAP_ARM_INJECT_EXT_DABT, 1},
    };

    for (u32 i = 0; i < ARRAY_SIZE(extensions); i++)
        if (extensions[i].extension == extension)
            return (s32)extensions[i].value;
    return 0;
}

static s32 create_vm(u32 name_address)
{
    char name[16] = "vm";

    if (name_address && copy_from_user(name, name_address, sizeof(name)))
        return -EFAULT;
    struct kvm *kvm = kvm_create_vm(name);
    if (!kvm)
        return -ENOMEM;
    s32 descriptor = file_install(&kvm_vm_operations, kvm);
    if (descriptor < 0)
        kvm_put(kvm);
    return descriptor;
}

static s32 kvm_device_ioctl(struct file *file, u32 command, u32 argument)
{
    (void)file;
    switch (command) {
    case KVM_GET_API_VERSION:
        return KVM_API_VERSION;
    case KVM_CREATE_VM:
        return create_vm(argument);
    case KVM_CHECK_EXTENSION:
        return check_extension(argument);
    case KVM_GET_VCPU_MMAP_SIZE:
        return PAGE_SIZE;
    default:
        return -EINVAL;
    }
}

const struct file_operations kvm_device_operations = {.ioctl = kvm_device_ioctl};
