/** A translation explained: every descriptor read, what follows from it, where it leads or why it faults. */
import {
  decodeDescriptor,
  describeAttributes,
  explainTranslation,
  type AccessKind,
  type DescriptorRead,
  type MemoryFault,
  type TranslationRegisters,
} from '../../emulator';
import { hex } from '../protocol/registers';
import type { Translation, WalkStep } from '../protocol/translate';
import type { Context } from '../worlds/context';
import type { ExpressionWorld } from '../worlds/expression-context';
import { contextRegisters, stage2Registers } from '../worlds/memory';
import { formatAddress, ipaSpace, type Space } from '../worlds/space';

export interface ExplainedWalk extends Translation {
  /** The whole explanation, a line a step. */
  readonly text: string;
}

/**
 * Explains the translation of `address` in `space` as it would be made for an access by `context`.
 * @throws Error in words for an `ipa` space of a VM that has not run.
 */
export function explainWalk(
  world: ExpressionWorld,
  space: Space,
  address: number,
  context: Context,
  access: AccessKind = 'read',
): ExplainedWalk {
  const input = formatAddress({ space, address });
  if (space.kind === 'pa')
    return {
      input,
      steps: [],
      pa: hex(address, 40),
      text: `${input} is a physical address: nothing is translated`,
    };
  const stage2Only = space.kind === 'ipa';
  const vm = stage2Only ? world.contexts.machines.find((candidate) => candidate.vm === space.vm) : undefined;
  if (stage2Only && vm === undefined)
    throw new Error(`there is no VM ${space.vm}: no guest with that number has run yet`);
  const registers = vm === undefined ? contextRegisters(context) : stage2Registers(world.machine, vm);
  const hyp = space.kind === 'hyp';
  const { steps, result, fault } = explainTranslation(
    registers,
    world.machine.memory,
    stage2Only ? 'stage 2' : hyp ? 'Hyp' : 'PL1&0',
    address,
    access,
    stage2Only || context.registers.privilegeLevel > 0,
  );
  const twoStages = result?.stage1 !== undefined && result.stage2 !== undefined;
  const translation: Translation = {
    input,
    steps: steps.map((read) => walkStep(read, space, registers, hyp)),
    ...(twoStages && { ipa: hex(result.ipa, 40) }),
    ...(result !== undefined && { pa: hex(result.pa, 40), attributes: describeAttributes(result) }),
    ...(fault !== undefined && { fault: faultWords(fault) }),
  };
  return { ...translation, text: words(translation) };
}

function walkStep(
  read: DescriptorRead,
  space: Space,
  registers: TranslationRegisters,
  hyp: boolean,
): WalkStep {
  const decoded = decodeDescriptor(read, registers, hyp);
  const inner = read.stage === 2 && space.kind === 'guest' ? ipaSpace(space.vm!) : space;
  return {
    stage: read.stage,
    level: read.level,
    input: formatAddress({ space: inner, address: read.input }),
    descriptorAddress: hex(read.pa, 40),
    descriptor:
      read.format === 'long' ? hex((BigInt(read.high) << 32n) | BigInt(read.low), 64) : hex(read.low, 32),
    kind: decoded.kind,
    meaning: `${read.onWalk ? 'For the address of a stage 1 table: ' : ''}${decoded.meaning}`,
    fields: decoded.fields.map(({ name, high, low, value, meaning }) => ({
      name,
      bits: [high, low],
      value: hex(value, high - low + 1),
      meaning,
    })),
  };
}

function faultWords(fault: MemoryFault): string {
  const stage = fault.stage2 ? 'Stage 2' : 'Stage 1';
  const level = fault.level > 0 ? `, level ${fault.level}` : '';
  const where = fault.onWalk ? ', on a stage 1 table walk' : '';
  const to = fault.stage2 ? ` at IPA ${hex(fault.ipa, 40)}; it is taken to Hyp mode` : '';
  return `${stage} ${fault.kind} fault${level}${where}${to}`;
}

function words(translation: Translation): string {
  const lines = translation.steps.map(
    ({ stage, level, descriptor, descriptorAddress, kind, meaning }) =>
      `stage ${stage} level ${level}: ${descriptor} at pa:${descriptorAddress}, ${kind}. ${meaning}`,
  );
  const { input, fault, ipa, pa, attributes } = translation;
  lines.push(fault ?? `${input} → ${ipa === undefined ? '' : `IPA ${ipa} → `}PA ${pa} (${attributes})`);
  return lines.join('\n');
}
