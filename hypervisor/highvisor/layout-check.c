/*
 * Compile-time check: the offsets the lowvisor's assembly uses are the structures' own. No code.
 */
#include "hyp-panic.h"
#include "kvm.h"
#include "vcpu-layout.h"

#define CHECK(type, member, offset)                                                                \
    _Static_assert(offsetof(struct type, member) == (offset), #type "." #member " moved")

CHECK(kvm_vcpu, regs, VCPU_REGS);
CHECK(kvm_vcpu, regs.usr_regs[USR_SP], VCPU_SP_USR);
CHECK(kvm_vcpu, regs.usr_regs[USR_PC], VCPU_PC);
CHECK(kvm_vcpu, regs.usr_regs[USR_CPSR], VCPU_CPSR);
CHECK(kvm_vcpu, regs.svc_regs, VCPU_BANKED);
_Static_assert(sizeof(struct kvm_regs) == 38 * 4, "38 general-purpose registers");
CHECK(kvm_vcpu, cp15, VCPU_CP15);
CHECK(kvm_cp15_state, contextidr, CP15_GROUP_B);
CHECK(kvm_cp15_state, cntkctl, CP15_GROUP_C);
_Static_assert(sizeof(struct kvm_cp15_state) == CP15_STATE_SIZE, "CP15 state");
CHECK(kvm_vcpu, vpidr, VCPU_VPIDR);
CHECK(kvm_vcpu, vmpidr, VCPU_VMPIDR);
CHECK(kvm_vcpu, hcr, VCPU_HCR);
CHECK(kvm_vcpu, fault.hsr, VCPU_HSR);
CHECK(kvm_vcpu, fault.hxfar, VCPU_HXFAR);
CHECK(kvm_vcpu, fault.hpfar, VCPU_HPFAR);
CHECK(kvm_vcpu, exit_code, VCPU_EXIT_CODE);
CHECK(kvm_vcpu, timer_cpu.cntv_ctl, VCPU_TIMER_CTL);
CHECK(kvm_vcpu, timer_cpu.cntv_cval, VCPU_TIMER_CVAL);
CHECK(kvm_vcpu, vgic_cpu, VCPU_VGIC);
CHECK(vgic_cpu, vgic_vmcr, VGIC_VMCR);
CHECK(vgic_cpu, vgic_misr, VGIC_MISR);
CHECK(vgic_cpu, vgic_eisr, VGIC_EISR);
CHECK(vgic_cpu, vgic_elrsr, VGIC_ELRSR);
CHECK(vgic_cpu, vgic_apr, VGIC_APR);
CHECK(vgic_cpu, nr_lr, VGIC_NR_LR);
CHECK(vgic_cpu, vgic_lr, VGIC_LR);
CHECK(kvm_vcpu, vfp_guest, VCPU_VFP_GUEST);
CHECK(vfp_hard_struct, fpexc, VFP_FPEXC);
CHECK(kvm_vcpu, vfp_host, VCPU_VFP_HOST);
CHECK(kvm_vcpu, kvm, VCPU_KVM);
CHECK(kvm_vcpu, hyp_host_sp, VCPU_HOST_SP);
CHECK(kvm_vcpu, vfp_switches, VCPU_VFP_SWITCHES);
CHECK(kvm, vttbr, KVM_VTTBR);
CHECK(kvm, cntvoff, KVM_CNTVOFF);
CHECK(kvm, timer_enabled, KVM_TIMER_ENABLED);
CHECK(kvm, vctrl_base, KVM_VCTRL_BASE);
CHECK(hyp_panic, count, HYP_PANIC_COUNT);
CHECK(hyp_panic, faults[0], HYP_PANIC_FIRST);
CHECK(hyp_panic, faults[1], HYP_PANIC_SECOND);
CHECK(hyp_panic, host_cp15, HYP_PANIC_HOST_CP15);
_Static_assert(sizeof(struct hyp_panic) == 1 << HYP_PANIC_SHIFT, "one for each core");
CHECK(hyp_fault, code, HYP_FAULT_CODE);
CHECK(hyp_fault, sp, HYP_FAULT_SP);
CHECK(hyp_fault, elr_hyp, HYP_FAULT_ELR);
CHECK(hyp_fault, spsr_hyp, HYP_FAULT_SPSR);
CHECK(hyp_fault, hsr, HYP_FAULT_HSR);
CHECK(hyp_fault, hdfar, HYP_FAULT_HDFAR);
CHECK(hyp_fault, hifar, HYP_FAULT_HIFAR);
CHECK(hyp_fault, vcpu, HYP_FAULT_VCPU);
CHECK(hyp_fault, vttbr, HYP_FAULT_VTTBR);
CHECK(hyp_fault, hcr, HYP_FAULT_HCR);
_Static_assert(sizeof(struct kvm_vcpu) <= PAGE_SIZE, "a vCPU is one page, mapped in Hyp");
_Static_assert(sizeof(struct kvm) <= PAGE_SIZE, "a VM is one page, mapped in Hyp");
