/**
 * The emulator's public face: build a machine, load images, run it, stop it, observe it. What is not exported here
 * is nobody's business outside of `emulator/`.
 */
export {
  Machine,
  DEFAULT_CONFIGURATION,
  type BootOptions,
  type MachineConfiguration,
  type MachineEnd,
  type RunOutcome,
} from './machine/machine';
export {
  SavedTranslationsError,
  decodeTranslations,
  encodeTranslations,
  translationsName,
} from './machine/saved-translations';
export { Translations } from './compiler/translations';
export { EngineDifference } from './compiler/checked-compiler';
export type { VirtioPlug } from './machine/board-virtio';
export type { ConsolePort } from './machine/console-port';
export type { NamedFile } from './machine/boot';
export { ImageError } from './machine/image-error';
export { recogniseImage } from './machine/image-format';
export type * from './events/events';
export { EVENT_KINDS } from './events/events';
export type { EventHub, EventListener } from './events/event-hub';
export { CORE, RunState, SECURE_BANK, SYS, PendingLine } from './state/layout';
export type { CoreState } from './state/machine-state';
export { MODES, Mode, Psr, bankedIndex, readCpsr, writeCpsr } from './state/psr';
export { world as worldOf } from './system/world';
export { TRAP_ROWS, describeHsr } from './system/trap-rows';
export {
  REGISTER_ROWS,
  STATUS_REGISTERS,
  decodeFields,
  decodeRegister,
  findRegister,
  registerByName,
  registerKey,
  type DecodedField,
} from './system/registers/table';
export type { Field, RegisterRow } from './system/registers/row';
export { peekRegister, pokeRegister } from './system/access';
export { MemoryFault, orThrow, type AccessKind } from './system/fault';
export { Hcr, Sctlr, readTranslationRegisters, type TranslationRegisters } from './mmu/registers';
export type { TranslatedAddress } from './mmu/translation-records';
export { Walk, type DescriptorRead } from './mmu/walk';
export { describeAttributes } from './mmu/describe';
export { decodeDescriptor } from './mmu/explain';
export { mapStage2, type MappedRange, type RegimeMap } from './mmu/ranges';
export { memoryName, memoryTypeName, shareabilityName } from './mmu/attributes';
export { explainTranslation, translateAddress, type TranslationRegime } from './mmu/translate';
export type { PhysicalMemory, PeekedBytes } from './mmu/physical-memory';
export type { Watch, WatchHit } from './mmu/watch';
export { disassembleInstruction } from './machine/disassembly';
export { decodeListRegister, type ListRegister } from './gic/list-register';
