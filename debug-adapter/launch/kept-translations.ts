/** What was compiled in earlier sessions, from and for the files that the host keeps. */
import {
  SavedTranslationsError,
  Translations,
  decodeTranslations,
  encodeTranslations,
  translationsName,
  type Machine,
} from '../../emulator';
import type { Host, KeptFiles } from '../host';

export class KeptTranslations {
  private constructor(
    private readonly files: KeptFiles,
    private readonly name: string,
    private readonly translations: Translations,
    /** Why those of earlier sessions are not used, for people. */
    readonly problem: string | undefined,
  ) {}

  /** Gives the machine what there is for it; undefined where nothing is kept. */
  static async give(machine: Machine, { kept }: Host): Promise<KeptTranslations | undefined> {
    if (kept === undefined) return undefined;
    const name = translationsName(machine.configuration);
    let translations = new Translations();
    let problem: string | undefined;
    try {
      const bytes = await kept.load(name);
      if (bytes !== undefined) translations = decodeTranslations(bytes, name);
    } catch (error) {
      const why = (error as Error).message;
      problem =
        error instanceof SavedTranslationsError
          ? `${why}: they are made anew`
          : `no saved translations: ${why}`;
    }
    machine.useTranslations(translations);
    return new KeptTranslations(kept, name, translations, problem);
  }

  /** Keeps what this session added; gives words where that cannot be done. */
  save(): string | undefined {
    if (!this.translations.changed) return undefined;
    this.translations.changed = false;
    try {
      this.files.save(this.name, encodeTranslations(this.translations, this.name));
      return undefined;
    } catch (error) {
      return `translations are not saved: ${(error as Error).message}`;
    }
  }
}
