/*
 * The VGIC as a device of the VM's: a descriptor whose attributes a VMM sets and gets (KVM_CREATE_DEVICE).
 *
 * A group of attributes is a row: how long its values are, whether there is such an attribute, and what getting and setting it does. The registers
 * of the distributor are rows of vgic-distributor.c; those of a CPU interface are fields of GICH_VMCR, and GICH_APR.
 */
#include "kvm.h"

#define IPA_BITS 40

static inline u32 offset_of(const struct kvm_device_attr *attr)
{
    return (u32)attr->attr;
}

/* ---- addresses ---- */

static u64 *base_of(struct kvm *kvm, u64 type)
{
    return type == KVM_VGIC_V2_ADDR_TYPE_DIST ? &kvm->vgic.dist_base : &kvm->vgic.cpu_base;
}

static bool has_address(const struct kvm_device_attr *attr)
{
    return attr->attr == KVM_VGIC_V2_ADDR_TYPE_DIST || attr->attr == KVM_VGIC_V2_ADDR_TYPE_CPU;
}

static s32 get_address(struct kvm *kvm, const struct kvm_device_attr *attr, u64 *value)
{
    *value = *base_of(kvm, attr->attr);
    return 0;
}

static s32 set_address(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value)
{
    bool is_dist = attr->attr == KVM_VGIC_V2_ADDR_TYPE_DIST;
    u64 size = is_dist ? KVM_VGIC_V2_DIST_SIZE : KVM_VGIC_V2_CPU_SIZE;
    u64 other_size = is_dist ? KVM_VGIC_V2_CPU_SIZE : KVM_VGIC_V2_DIST_SIZE;
    u64 *base = base_of(kvm, attr->attr), other = *base_of(kvm, !attr->attr);

    if (*base != VGIC_ADDR_UNDEF)
        return -EEXIST;
    if (value & (PAGE_SIZE - 1))
        return -EINVAL;
    if (value >> IPA_BITS || (value + size - 1) >> IPA_BITS)
        return -E2BIG;
    if (other != VGIC_ADDR_UNDEF && value < other + other_size && other < value + size)
        return -EINVAL;
    *base = value;
    return 0;
}

/* ---- registers ---- */

/* With the VM's lock held, so that no vCPU comes. While none runs, what they have pending is all in one place. */
static s32 begin_access(struct kvm *kvm, const struct kvm_device_attr *attr, struct kvm_vcpu **vcpu)
{
    u32 id = (u32)(attr->attr >> KVM_DEV_ARM_VGIC_CPUID_SHIFT);

    *vcpu = id < KVM_MAX_VCPUS ? kvm->vcpus[id] : NULL;
    if (!*vcpu)
        return -EINVAL;
    return kvm->vgic.ready && kvm_lock_all_vcpus(kvm) ? 0 : -EBUSY;
}

static bool has_dist_register(const struct kvm_device_attr *attr)
{
    return vgic_has_user_register(offset_of(attr));
}

static s32 access_dist_register(struct kvm *kvm, const struct kvm_device_attr *attr, bool write, u32 *value)
{
    struct kvm_vcpu *vcpu;
    s32 result = begin_access(kvm, attr, &vcpu);

    if (result < 0)
        return result;
    u32 flags = spin_lock(&kvm->vgic.lock);
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i])
            vgic_interface_fold(kvm->vcpus[i]);
    vgic_user_access(vcpu, offset_of(attr), write, value);
    spin_unlock(&kvm->vgic.lock, flags);
    kvm_unlock_all_vcpus(kvm);
    return 0;
}

static s32 get_dist_register(struct kvm *kvm, const struct kvm_device_attr *attr, u64 *value)
{
    u32 word;
    s32 result = access_dist_register(kvm, attr, false, &word);

    *value = word;
    return result;
}

static s32 set_dist_register(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value)
{
    u32 word = (u32)value;

    return access_dist_register(kvm, attr, true, &word);
}

/* GICH_VMCR has the virtual interface's registers (IHI 0048B 5.3.3); GICH_APR the priorities that are active. */
static const struct {
    u32 offset;
    u32 shift, mask; /* in VMCR */
    bool is_apr;
} cpu_registers[] = {
    {0x00, 0, 0x21f, false}, /* CTLR: enables, AckCtl, FIQEn, CBPR, EOImode are where they are in VMCR */
    {0x04, 27, 0x1f, false}, /* PMR */
    {0x08, 21, 7, false},    /* BPR */
    {0x1c, 18, 7, false},    /* ABPR */
    {0xd0, 0, 0xffffffff, true},
};

static u32 cpu_row(const struct kvm_device_attr *attr)
{
    u32 i = 0;

    while (i < ARRAY_SIZE(cpu_registers) && cpu_registers[i].offset != offset_of(attr))
        i++;
    return i;
}

static bool has_cpu_register(const struct kvm_device_attr *attr)
{
    return cpu_row(attr) < ARRAY_SIZE(cpu_registers);
}

static u32 *cpu_state(struct kvm_vcpu *vcpu, u32 row)
{
    return cpu_registers[row].is_apr ? &vcpu->vgic_cpu.vgic_apr : &vcpu->vgic_cpu.vgic_vmcr;
}

static s32 get_cpu_register(struct kvm *kvm, const struct kvm_device_attr *attr, u64 *value)
{
    struct kvm_vcpu *vcpu;
    u32 row = cpu_row(attr);
    s32 result = begin_access(kvm, attr, &vcpu);

    if (result < 0)
        return result;
    *value = *cpu_state(vcpu, row) >> cpu_registers[row].shift & cpu_registers[row].mask;
    kvm_unlock_all_vcpus(kvm);
    return 0;
}

static s32 set_cpu_register(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value)
{
    struct kvm_vcpu *vcpu;
    u32 row = cpu_row(attr);
    s32 result = begin_access(kvm, attr, &vcpu);

    if (result < 0)
        return result;
    u32 shift = cpu_registers[row].shift, mask = cpu_registers[row].mask, *state = cpu_state(vcpu, row);
    *state = (*state & ~(mask << shift)) | ((u32)value & mask) << shift;
    kvm_unlock_all_vcpus(kvm);
    return 0;
}

/* ---- number of interrupts, initialization ---- */

static bool has_first_alone(const struct kvm_device_attr *attr)
{
    return attr->attr == 0;
}

static s32 get_nr_irqs(struct kvm *kvm, const struct kvm_device_attr *attr, u64 *value)
{
    (void)attr;
    *value = kvm->vgic.nr_irqs;
    return 0;
}

static s32 set_nr_irqs(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value)
{
    (void)attr;
    if (value < VGIC_NR_PRIVATE + 32 || value > VGIC_NR_IRQS || value % 32)
        return -EINVAL;
    if (kvm->vgic.ready)
        return -EBUSY;
    kvm->vgic.nr_irqs = (u32)value;
    return 0;
}

static s32 initialize(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value)
{
    (void)attr;
    (void)value;
    if (kvm->vgic.ready)
        return -EBUSY;
    if (kvm->vgic.dist_base == VGIC_ADDR_UNDEF || kvm->vgic.cpu_base == VGIC_ADDR_UNDEF)
        return -ENXIO;
    if (!kvm->online_vcpus)
        return -ENODEV;
    if (!kvm_lock_all_vcpus(kvm))
        return -EBUSY; /* the lowvisor would save what it has not loaded */
    vgic_vm_init(kvm);
    kvm_unlock_all_vcpus(kvm);
    return 0;
}

/* ---- the device ---- */

static const struct attribute_group {
    u32 group;
    u32 size; /* of a value; 0: it has none */
    bool (*has)(const struct kvm_device_attr *attr);
    s32 (*get)(struct kvm *kvm, const struct kvm_device_attr *attr, u64 *value);
    s32 (*set)(struct kvm *kvm, const struct kvm_device_attr *attr, u64 value);
} groups[] = {
    {KVM_DEV_ARM_VGIC_GRP_ADDR, sizeof(u64), has_address, get_address, set_address},
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, sizeof(u32), has_dist_register, get_dist_register, set_dist_register},
    {KVM_DEV_ARM_VGIC_GRP_CPU_REGS, sizeof(u32), has_cpu_register, get_cpu_register, set_cpu_register},
    {KVM_DEV_ARM_VGIC_GRP_NR_IRQS, sizeof(u32), has_first_alone, get_nr_irqs, set_nr_irqs},
    {KVM_DEV_ARM_VGIC_GRP_CTRL, 0, has_first_alone, NULL, initialize},
};

static const struct attribute_group *find_group(const struct kvm_device_attr *attr)
{
    for (u32 i = 0; i < ARRAY_SIZE(groups); i++)
        if (groups[i].group == attr->group && groups[i].has(attr))
            return &groups[i];
    return NULL;
}

static s32 get_attribute(struct kvm *kvm, const struct kvm_device_attr *attr, const struct attribute_group *group)
{
    u64 value;

    if (!group->get)
        return -ENXIO;
    u32 flags = spin_lock(&kvm->lock);
    s32 result = group->get(kvm, attr, &value);
    spin_unlock(&kvm->lock, flags);
    if (result < 0)
        return result;
    return attr->addr >> 32 ? -EFAULT : copy_to_user((u32)attr->addr, &value, group->size);
}

static s32 set_attribute(struct kvm *kvm, const struct kvm_device_attr *attr, const struct attribute_group *group)
{
    u64 value = 0;

    if (group->size && (attr->addr >> 32 || copy_from_user(&value, (u32)attr->addr, group->size)))
        return -EFAULT;
    u32 flags = spin_lock(&kvm->lock);
    s32 result = group->set(kvm, attr, value);
    spin_unlock(&kvm->lock, flags);
    return result;
}

static s32 vgic_device_ioctl(struct file *file, u32 command, u32 argument)
{
    struct kvm *kvm = file->private_data;
    struct kvm_device_attr attr;

    if (command != KVM_SET_DEVICE_ATTR && command != KVM_GET_DEVICE_ATTR && command != KVM_HAS_DEVICE_ATTR)
        return -EINVAL;
    if (copy_from_user(&attr, argument, sizeof(attr)))
        return -EFAULT;
    const struct attribute_group *group = find_group(&attr);
    if (attr.flags)
        return -EINVAL;
    if (!group)
        return -ENXIO;
    if (command == KVM_HAS_DEVICE_ATTR)
        return 0;
    return command == KVM_SET_DEVICE_ATTR ? set_attribute(kvm, &attr, group) : get_attribute(kvm, &attr, group);
}

static void vgic_device_release(struct file *file)
{
    kvm_put(file->private_data);
}

static const struct file_operations vgic_device_operations = {
    .ioctl = vgic_device_ioctl,
    .release = vgic_device_release,
};

s32 vgic_create_device(struct kvm *kvm, bool only_test)
{
    u32 flags = spin_lock(&kvm->lock);
    bool exists = kvm->vgic.created;

    if (!exists && !only_test)
        vgic_vm_create(kvm);
    spin_unlock(&kvm->lock, flags);
    if (exists || only_test)
        return exists ? -EEXIST : 0;
    kvm_get(kvm);
    s32 descriptor = file_install(&vgic_device_operations, kvm);
    if (descriptor < 0)
        kvm_put(kvm);
    return descriptor;
}
