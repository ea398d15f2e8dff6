/** A file that has tests in long runs only. */
export const LONG_ONLY = Infinity;

/**
 * Tests that execute much: each is bundled with all it needs, since modules one by one take twice the time, and is a process
 * of its own. How many seconds it takes says which begins first; wrong ones cost time, and nothing else.
 */
export const SLOW_TESTS = {
  'boots/determinism': 40,
  'boots/engines': LONG_ONLY,
  'boots/kernels': 40,
  'boots/u-boot': 30,
  'boots/vexpress': LONG_ONLY,
  'boots/virtio': LONG_ONLY,
  'boots/xen': LONG_ONLY,
  'conformance/disassembly/objdump': 17,
  'conformance/gic/accesses': 18,
  'conformance/instructions/engines': 37,
  'conformance/instructions/instructions': 160,
  'conformance/mmu/differential': 7,
  'conformance/system/debug-events': 20,
  'emulator/compiler/tiers': 56,
  'emulator/hostile/determinism': 20,
  'emulator/hostile/machine': 20,
  'hypervisor/asynchronous-aborts': 53,
  'hypervisor/boot': 20,
  'hypervisor/debian': 40,
  'hypervisor/debian-virtio': LONG_ONLY,
  'hypervisor/engines': 20,
  'hypervisor/guests': 20,
  'hypervisor/isolation': 40,
  'hypervisor/reclaim': 40,
  'hypervisor/save-restore': 40,
  'hypervisor/smp': 40,
  'hypervisor/state-preservation': 40,
  'hypervisor/variants': 20,
};
