/*
 * /dev/kvm: the three kinds of descriptors (device, VM, vCPU) and their ioctls. See include/kvm-abi.h.
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
    if (init.target != 0)
        return -EINVAL;
    kvm_reset_vcpu(vcpu);
    vcpu->power_off = (init.features & KVM_ARM_VCPU_POWER_OFF) != 0;
    return kvm_psci_set_version(vcpu, init.features & KVM_ARM_VCPU_PSCI_0_2 ? KVM_ARM_PSCI_0_2 : KVM_ARM_PSCI_0_1);
}

static s32 vcpu_set_one_reg(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_one_reg reg;
    u64 value;

    if (copy_from_user(&reg, argument, sizeof(reg)) || copy_from_user(&value, (u32)reg.addr, sizeof(value)))
        return -EFAULT;
    return reg.id == KVM_REG_ARM_PSCI_VERSION ? kvm_psci_set_version(vcpu, value) : -ENOENT;
}

static s32 vcpu_set_regs(struct kvm_vcpu *vcpu, u32 argument)
{
    struct kvm_regs regs;

    if (!vcpu->initialized)
        return -EINVAL;
    if (copy_from_user(&regs, argument, sizeof(regs)))
        return -EFAULT;
    u32 mode = regs.usr_regs[USR_CPSR] & 0x1f;
    if (mode == 0x1a || mode == 0x16 || !(mode & 0x10))
        return -EINVAL; /* not Hyp, not Monitor */
    vcpu->regs = regs;
    return 0;
}

static s32 kvm_vcpu_ioctl(struct file *file, u32 command, u32 argument)
{
    struct kvm_vcpu *vcpu = file->private_data;

    switch (command) {
    case KVM_RUN:
        return kvm_vcpu_ioctl_run(vcpu);
    case KVM_ARM_VCPU_INIT:
        return vcpu_init(vcpu, argument);
    case KVM_GET_REGS:
        return copy_to_user(argument, &vcpu->regs, sizeof(vcpu->regs));
    case KVM_SET_REGS:
        return vcpu_set_regs(vcpu, argument);
    case KVM_SET_ONE_REG:
        return vcpu_set_one_reg(vcpu, argument);
    case KVM_GET_STATISTICS:
        vcpu->stat.vfp_switches = vcpu->vfp_switches;
        return copy_to_user(argument, &vcpu->stat, sizeof(vcpu->stat));
    default:
        return -EINVAL;
    }
}

static s32 kvm_vcpu_mmap(struct file *file, u32 length)
{
    struct kvm_vcpu *vcpu = file->private_data;
    u32 va = length == PAGE_SIZE ? process_map_kernel_page(current->process, vcpu->run) : 0;

    return va ? (s32)va : -EINVAL;
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
    struct kvm_vcpu *vcpu = kvm_create_vcpu(kvm, id);

    if (!vcpu)
        return -EINVAL;
    kvm_get(kvm);
    return file_install(&kvm_vcpu_operations, vcpu);
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
    case KVM_CREATE_IRQCHIP:
        vgic_vm_init(kvm);
        return 0;
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

static s32 create_vm(u32 name_address)
{
    char name[16] = "vm";

    if (name_address && copy_from_user(name, name_address, sizeof(name)))
        return -EFAULT;
    struct kvm *kvm = kvm_create_vm(name);
    return kvm ? file_install(&kvm_vm_operations, kvm) : -ENOMEM;
}

static s32 kvm_device_ioctl(struct file *file, u32 command, u32 argument)
{
    (void)file;
    switch (command) {
    case KVM_GET_API_VERSION:
        return KVM_API_VERSION;
    case KVM_CREATE_VM:
        return create_vm(argument);
    case KVM_GET_VCPU_MMAP_SIZE:
        return PAGE_SIZE;
    default:
        return -EINVAL;
    }
}

const struct file_operations kvm_device_operations = {.ioctl = kvm_device_ioctl};
