/** Base64 (RFC 4648) with what every JavaScript engine has. */
import { RequestError } from './protocol-error';

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

/** @throws RequestError when the text is not Base64 */
export function fromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new RequestError('the data is not Base64');
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
