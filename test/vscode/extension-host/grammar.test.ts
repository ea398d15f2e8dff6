// The grammar for ARM assembly, with the tokenizer that VS Code itself brings, on the hypervisor's own sources.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as vscode from 'vscode';

interface Token {
  startIndex: number;
  endIndex: number;
  scopes: string[];
}
interface Grammar {
  tokenizeLine(line: string, state: unknown): { tokens: Token[]; ruleStack: unknown };
}
interface TextMate {
  Registry: new (options: unknown) => { loadGrammar(scope: string): Promise<Grammar | null> };
  parseRawGrammar(text: string, path: string): unknown;
  INITIAL: unknown;
}
interface Oniguruma {
  loadWASM(data: ArrayBufferLike): Promise<void>;
  OnigScanner: new (patterns: string[]) => unknown;
  OnigString: new (text: string) => unknown;
}

/** A line's words with the innermost scope of each. */
type Words = [text: string, scope: string][];

describe('the grammar for ARM assembly', () => {
  let grammar: Grammar;
  let initial: unknown;
  let root: string;

  before(async () => {
    const extension = vscode.extensions.getExtension('worldswitch.worldswitch');
    assert.ok(extension);
    root = extension.extensionPath;
    const require = createRequire(join(vscode.env.appRoot, 'package.json'));
    const textMate = require('vscode-textmate') as TextMate;
    const oniguruma = require('vscode-oniguruma') as Oniguruma;
    await oniguruma.loadWASM(readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')).buffer);
    const path = join(root, 'syntaxes', 'arm-assembly.tmLanguage.json');
    const registry = new textMate.Registry({
      onigLib: Promise.resolve({
        createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
        createOnigString: (text: string) => new oniguruma.OnigString(text),
      }),
      loadGrammar: () => Promise.resolve(textMate.parseRawGrammar(readFileSync(path, 'utf8'), path)),
    });
    const loaded = await registry.loadGrammar('source.arm');
    assert.ok(loaded);
    grammar = loaded;
    initial = textMate.INITIAL;
  });

  function words(line: string): Words {
    return grammar
      .tokenizeLine(line, initial)
      .tokens.map(({ startIndex, endIndex, scopes }): [string, string] => [
        line.slice(startIndex, endIndex).trim(),
        scopes[scopes.length - 1],
      ])
      .filter(([text]) => text !== '');
  }

  function colours(line: string, ...expected: Words): void {
    const found = words(line);
    for (const [text, scope] of expected)
      assert.ok(
        found.some(([word, is]) => word === text && is.startsWith(scope)),
        `${text} as ${scope} in ${JSON.stringify(found)}`,
      );
  }

  it('tells mnemonics, registers, numbers and comments apart', () => {
    colours(
      '    mcr     p15, 4, r0, c1, c1, 0       @ HCR',
      ['mcr', 'keyword.other.mnemonic.system'],
      ['p15', 'variable.language.coprocessor'],
      ['r0', 'variable.language.register'],
      ['c1', 'variable.language.coprocessor'],
      ['4', 'constant.numeric'],
      ['@ HCR', 'comment.line'],
    );
    colours(
      '    hvc #0x4a',
      ['hvc', 'keyword.control.mnemonic.exception'],
      ['#0x4a', 'constant.numeric.hex'],
    );
    colours(
      '    msr elr_hyp, lr',
      ['elr_hyp', 'variable.language.register.special'],
      ['lr', 'variable.language'],
    );
    colours(
      '    mrs r1, SP_fiq // banked',
      ['SP_fiq', 'variable.language.register.special'],
      ['// banked', 'comment'],
    );
    colours('    vqrdmulh.s16 q0, q1, d2[1]', ['q0', 'variable.language.register.vector']);
    colours('    vmrs r2, fpexc', ['vmrs', 'keyword.other'], ['fpexc', 'variable.language.register.special']);
    colours(
      '    vstmia r0!, {d0-d15}',
      ['vstmia', 'support.function.mnemonic.vector'],
      ['d15', 'variable.language'],
    );
  });

  it('takes condition codes and suffixes', () => {
    for (const mnemonic of [
      'ldrexd',
      'strbne',
      'vmovne.f64',
      'vldmia',
      'addseq',
      'bne',
      'blx',
      'subs.w',
      'ldmfd',
      'movweq',
      'ittee',
      'cbnz',
      'popne',
    ])
      assert.match(words(`    ${mnemonic} r0, r1`)[0][1], /mnemonic/, mnemonic);
  });

  it('takes no symbol for a mnemonic', () => {
    colours('    bl  mov_table', ['mov_table', 'variable.other.symbol']);
    colours('add_one:', ['add_one', 'entity.name.function']);
    colours('1:  b 1b', ['1', 'entity.name.label'], ['1b', 'entity.name.label']);
    colours('vectors:', ['vectors', 'entity.name.function']);
    colours('    ldr r0, =vcpu', ['vcpu', 'variable.other.symbol']);
  });

  it('knows directives, macros and the preprocessor', () => {
    colours(
      '.macro save_host base',
      ['.macro', 'keyword.control.macro'],
      ['save_host', 'entity.name.function.macro'],
    );
    colours('    str r\\n, [\\base, #\\@]', ['\\base', 'variable.parameter']);
    colours(
      '#include "vcpu-layout.h"',
      ['#include', 'keyword.control.directive.include'],
      ['"vcpu-layout.h"', 'string'],
    );
    colours(
      '#define HCR_VM (1 << 0)',
      ['HCR_VM', 'entity.name.function.preprocessor'],
      ['<<', 'keyword.operator'],
    );
    colours('    .asciz "a\\n"', ['.asciz', 'storage.type'], ['\\n', 'constant.character.escape']);
    colours('    .cfi_startproc', ['.cfi_startproc', 'keyword.other.directive']);
  });

  it('gives every mnemonic of the hypervisor a colour', () => {
    const plain = new Set<string>();
    const macros = new Set<string>();
    const sources = readdirSync(join(root, 'hypervisor'), { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.[Sh]$/.test(path),
    );
    const lines = sources.flatMap((path) => readFileSync(join(root, 'hypervisor', path), 'utf8').split('\n'));
    for (const line of lines) {
      const macro = /^\s*\.macro\s+(\w+)|^\s*#\s*define\s+(\w+)/.exec(line);
      if (macro) macros.add(macro[1] ?? macro[2]);
    }
    for (const path of sources.filter((name) => name.endsWith('.S'))) {
      let state = initial;
      for (const line of readFileSync(join(root, 'hypervisor', path), 'utf8').split('\n')) {
        const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
        state = ruleStack;
        const first = tokens.find(
          ({ startIndex, endIndex }) => line.slice(startIndex, endIndex).trim() !== '',
        );
        const word = first && line.slice(first.startIndex, first.endIndex).trim();
        if (
          first &&
          word &&
          /^\s+[a-z]/.test(line) &&
          first.scopes.at(-1) === 'variable.other.symbol.arm' &&
          !macros.has(word)
        )
          plain.add(`${word} (${path})`);
      }
    }
    assert.ok(sources.some((path) => path.endsWith('.S')));
    assert.deepEqual([...plain], []);
  });
});
