/**
 * Brings the texts of disassemblers to one form, so that spelling is not compared: register aliases, number bases,
 * `.w` and `.n`, comments, spaces, hs and lo for cs and cc, ranges of registers for lists of them, `p15` for `15`,
 * an offset of 0 left out.
 */
const ALIASES: Readonly<Record<string, string>> = {
  sb: 'r9',
  sl: 'r10',
  fp: 'r11',
  ip: 'r12',
  r13: 'sp',
  r14: 'lr',
  r15: 'pc',
};

function canonicalNumber(text: string): string {
  const negative = text.startsWith('-');
  const magnitude = Number(negative ? text.slice(1) : text);
  if (negative && magnitude === 0) return '-0';
  return String((negative ? -magnitude : magnitude) >>> 0);
}

/** `{d1, d2, d3}` as `{d1-d3}`. */
function registerRange(text: string): string {
  return text.replace(/\{([sd])(\d+)(?:, \1\d+)+\}/g, (list, kind: string, first: string) => {
    const numbers = [...list.matchAll(/\d+/g)].map(([n]) => Number(n));
    return `{${kind}${first}-${kind}${numbers[numbers.length - 1]}}`;
  });
}

/** The normal form of one line of assembler text. */
export function normalise(line: string): string {
  const bare = line
    .toLowerCase()
    .replace(/\s*(@|;|\/\/).*$/, '')
    .trim();
  const [, first = '', operands = ''] = /^(\S+)\s*(.*)$/.exec(bare) ?? [];
  const mnemonic = first
    .replace(/\.(w|n)$/, '')
    .replace(/hs(?=$|\.)/, 'cs')
    .replace(/lo(?=$|\.)/, 'cc');
  let rest = operands
    .replace(/\s+/g, ' ')
    .replace(/\s*,\s*/g, ', ')
    .replace(/\} \^/, '}^')
    .replace(/#?(-?(?:0x[0-9a-f]+|\b\d+\b))(?![a-z_])/g, (_, number: string) => `#${canonicalNumber(number)}`)
    .replace(/\b(sb|sl|fp|ip|r13|r14|r15)\b/g, (alias) => ALIASES[alias])
    .replace(/, #0\](?!!)/, ']');
  // mcr 15, 0, r0, cr1, cr0, {0} and mcr p15, #0, r0, c1, c0, #0
  rest = rest.replace(/\bcr(\d+)\b/g, 'c$1').replace(/\bp(\d+)\b/g, '#$1');
  if (/^(mcr|mrc|cdp)/.test(mnemonic)) rest = rest.replace(/\{(#\d+)\}/, '$1');
  return `${mnemonic} ${registerRange(rest)}`.trim();
}
