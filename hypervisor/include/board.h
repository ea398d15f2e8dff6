/*
 * The machine's memory map, the same for the host (as PA) and for a guest (as IPA): QEMU's `virt`.
 *
 * A guest sees no other address for its RAM, GIC and UART than the host does; what differs is who
 * answers. Included by assembly too, so only plain numbers.
 */
#ifndef BOARD_H
#define BOARD_H

#define BOARD_GICD_BASE 0x08000000 /* distributor */
#define BOARD_GICC_BASE 0x08010000 /* CPU interface; in a guest: the GICV page by Stage 2 */
#define BOARD_GICH_BASE 0x08030000 /* hypervisor control interface */
#define BOARD_GICV_BASE 0x08040000 /* virtual CPU interface */
#define BOARD_UART_BASE 0x09000000 /* PL011 */
#define BOARD_RTC_BASE 0x09010000  /* PL031: given to the teaching guest as it is */
#define BOARD_VIRTIO_BASE 0x0a000000 /* of a guest: virtio-mmio slots for a disk, a console, entropy */
#define BOARD_VIRTIO_SIZE 0x200
#define BOARD_VIRTIO_SLOTS 3
#define BOARD_RAM_BASE 0x40000000

#define BOARD_GICD_SIZE 0x10000
#define BOARD_GICC_SIZE 0x2000
#define BOARD_UART_SIZE 0x1000

/* Interrupt numbers (INTID): PPIs 16..31, SPIs from 32. */
#define BOARD_IRQ_MAINTENANCE 25
#define BOARD_IRQ_HYP_TIMER 26
#define BOARD_IRQ_VIRTUAL_TIMER 27
#define BOARD_IRQ_PHYSICAL_TIMER 30
#define BOARD_IRQ_UART 33
#define BOARD_IRQ_RTC 34
#define BOARD_IRQ_VIRTIO 48 /* of the first slot; each has its own */

/* PSCI 0.2 function identifiers (Arm DEN 0022), SMC32 convention. */
#define PSCI_VERSION 0x84000000
#define PSCI_CPU_SUSPEND 0x84000001
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0x84000003
#define PSCI_AFFINITY_INFO 0x84000004
#define PSCI_MIGRATE 0x84000005
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
/* PSCI 0.1 has no numbers of its own: these are the ones that KVM gives its guests, in the device tree. */
#define PSCI_0_1_CPU_SUSPEND 0x95c1ba5e
#define PSCI_0_1_CPU_OFF 0x95c1ba5f
#define PSCI_0_1_CPU_ON 0x95c1ba60
#define PSCI_0_1_MIGRATE 0x95c1ba61
/* SMC Calling Convention (Arm DEN 0028): asked for by way of PSCI_FEATURES. */
#define ARM_SMCCC_VERSION 0x80000000

#endif
