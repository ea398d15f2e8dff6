/** The part of @alexaltea/capstone-js that the tests use; the package has no types. */
declare module '@alexaltea/capstone-js' {
  interface Instruction {
    readonly address: number | bigint;
    readonly mnemonic: string;
    readonly op_str: string;
  }
  interface Capstone {
    disasm(code: readonly number[], address: number): Instruction[];
    close(): void;
  }
  interface Module {
    readonly Capstone: new (architecture: number, mode: number) => Capstone;
    readonly ARCH_ARM: number;
    readonly MODE_ARM: number;
    readonly MODE_THUMB: number;
  }
  export default function MCapstone(): Promise<Module>;
}
