/** The framing of the Debug Adapter Protocol: `Content-Length: N`, an empty line, N bytes of JSON. */
import type { DebugProtocol } from '@vscode/debugprotocol';

const SEPARATOR = Buffer.from('\r\n\r\n');
/** A message larger than this is not a debug adapter's. */
const LARGEST = 64 * 1024 * 1024;
const LONGEST_HEADER = 4096;

/** Cuts a stream of bytes into messages. Damaged messages are told to `onProblem`; the ones behind still arrive. */
export class MessageReader {
  private buffer: Buffer = Buffer.alloc(0);

  constructor(
    private readonly onMessage: (message: unknown) => void,
    private readonly onProblem: (problem: string) => void,
  ) {}

  push(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    while (this.next());
  }

  /** Takes one message off the buffer; false when it holds no whole one. */
  private next(): boolean {
    const end = this.buffer.indexOf(SEPARATOR);
    if (end < 0) {
      if (this.buffer.length > LONGEST_HEADER) {
        this.onProblem(`${this.buffer.length} bytes without a header were dropped`);
        this.buffer = Buffer.alloc(0);
      }
      return false;
    }
    const length = Number(
      /Content-Length:\s*(\d+)/i.exec(this.buffer.toString('latin1', 0, end))?.[1] ?? NaN,
    );
    const start = end + SEPARATOR.length;
    if (!Number.isSafeInteger(length) || length > LARGEST) {
      this.onProblem('a header without a usable Content-Length was dropped');
      this.buffer = this.buffer.subarray(start);
      return true;
    }
    if (this.buffer.length < start + length) return false;
    const text = this.buffer.toString('utf8', start, start + length);
    this.buffer = this.buffer.subarray(start + length);
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      this.onProblem(`a message that is not JSON was dropped: ${(error as Error).message}`);
      return true;
    }
    this.onMessage(message);
    return true;
  }
}

export function encodeMessage(message: DebugProtocol.ProtocolMessage): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
}
