/** What a script that measures needs, in one module. */
export { DEFAULT_CONFIGURATION, Machine, worldOf } from '../../emulator';
export { applyDelta } from '../launch/delta';
export { guestModules } from '../launch/boot-modules';
export { Program } from '../symbols/program';
export { COST_MODEL, DEFAULT_CYCLES } from './cost-model';
export { PHASES, PhaseCosts } from './phase-costs';
