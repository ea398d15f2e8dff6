/**
 * Translations as bytes, to be used by a later run of the same program on a machine of the same configuration. A file has
 * a magic word, a hash of what follows, the length of a JSON text, that text, and the bytes that the text gives lengths of.
 * It belongs to the user, as the program does: the hash is against damage, not against an enemy.
 */
import { Translations, type KeptTranslation, type Translation } from '../compiler/translations';
import { Bytes } from '../compiler/wasm/bytes';
import { HASH_WORDS, Hasher, hashWords } from './hasher';
import type { MachineConfiguration } from './machine';

/** Hash of the emulator's sources, which the build puts here: other sources may compile the same code otherwise. */
declare const WORLDSWITCH_BUILD: string;

/** 'WSTR'. */
const MAGIC = 0x52545357;
const HASH_AT = 4;
const TEXT_LENGTH_AT = HASH_AT + 4 * HASH_WORDS;
const TEXT_AT = TEXT_LENGTH_AT + 4;
/** Bytes of code and contents that are kept at most: those that were needed first. */
const MOST_BYTES = 32 << 20;

/** The bytes are no saved translations, or not all of them; the message is for people. */
export class SavedTranslationsError extends Error {}

/** What the text says of one. */
type Described = Omit<Translation, 'body'> &
  Pick<Translation['body'], 'type' | 'locals' | 'unlikely'> & {
    readonly contentBytes: number;
    readonly codeBytes: number;
  };

/** Names the machines that may use each other's translations: 32 hexadecimal digits. */
export function translationsName(configuration: MachineConfiguration): string {
  const { board, cpus, memory, virtualization, secure, firmware, virtio } = configuration;
  const hasher = new Hasher();
  // Where RAM is in the machine's memory, and what registers there are.
  hasher.data({
    build: WORLDSWITCH_BUILD,
    board,
    cpus,
    memory,
    virtualization,
    secure,
    firmware,
    virtio: virtio.length,
  });
  return hasher.digest();
}

export function encodeTranslations(translations: Translations, name: string): Uint8Array {
  const described: Described[] = [];
  const blob = new Bytes();
  for (const { translation, contents } of translations.all()) {
    const { body, ...rest } = translation;
    if (blob.length + contents.length + body.code.length > MOST_BYTES) break;
    const { type, locals, unlikely } = body;
    described.push({
      ...rest,
      ...{ type, locals, unlikely },
      contentBytes: contents.length,
      codeBytes: body.code.length,
    });
    blob.raw(contents);
    blob.append(body.code);
  }
  const text = new TextEncoder().encode(JSON.stringify({ name, described }));
  const bytes = new Uint8Array(TEXT_AT + text.length + blob.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(TEXT_LENGTH_AT, text.length, true);
  bytes.set(text, TEXT_AT);
  bytes.set(blob.view(), TEXT_AT + text.length);
  bytes.set(hashOf(bytes), HASH_AT);
  return bytes;
}

/** @throws SavedTranslationsError when the bytes are not what `encodeTranslations` gave for the same name. */
export function decodeTranslations(bytes: Uint8Array, name: string): Translations {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < TEXT_AT || view.getUint32(0, true) !== MAGIC)
    throw new SavedTranslationsError('the file holds no saved translations');
  const hash = bytes.subarray(HASH_AT, TEXT_LENGTH_AT);
  if (hashOf(bytes).some((byte, index) => byte !== hash[index]))
    throw new SavedTranslationsError('the saved translations are damaged');
  const end = TEXT_AT + view.getUint32(TEXT_LENGTH_AT, true);
  const saved = JSON.parse(new TextDecoder().decode(bytes.subarray(TEXT_AT, end))) as {
    name: string;
    described: Described[];
  };
  if (saved.name !== name)
    throw new SavedTranslationsError('the saved translations are those of another machine or version');
  let at = end;
  const take = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  return new Translations(
    saved.described.map((one): KeptTranslation => {
      const { contentBytes, codeBytes, type, locals, unlikely, ...rest } = one;
      const contents = take(contentBytes);
      const code = new Bytes();
      code.raw(take(codeBytes));
      return { translation: { ...rest, body: { type, locals, code, unlikely } }, contents };
    }),
  );
}

/** Of all that is behind the hash itself. */
function hashOf(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length - TEXT_LENGTH_AT) / 16) * 16);
  padded.set(bytes.subarray(TEXT_LENGTH_AT));
  return new Uint8Array(hashWords(new Int32Array(padded.buffer), bytes.length).buffer);
}
