import type { MappedName } from '../../configuration/http-data-map.ts';
import type { ContentMasks } from '../content/content-masks.ts';
import { maskText } from '../masks/mask-text.ts';
import { PREFIXED_VAULT_ID } from '../vault/keyed-form.ts';
import type { PseudonymMemory } from '../vault/pseudonym-memory.ts';
import { type TokenVault, type VaultItem, vaultKey } from '../vault/token-vault.ts';
import type { PendingResolution } from './body-subject.ts';

/** A text that stands for a value of a class. */
export interface StandIn {
  /** Of which class it may be, with the mask of its values. */
  readonly alternatives: readonly MappedName[];
  readonly text: string;
}

/** Characters of a value that is asked by: every form of it is looked for in the answer. */
const VALUE_LENGTH_MAX = 256;
const PSEUDONYM = /^ps[1-9][0-9]?_[0-9a-f]{16}$/u;
const TOKEN = /^vt[1-9][0-9]?_[0-9a-f]{16}$/u;

export interface StandInParts {
  readonly masks: ContentMasks;
  readonly pseudonyms?: PseudonymMemory | undefined;
  readonly tokenVault?: TokenVault | undefined;
}

/** Finds the values that pseudonyms and vault tokens stand for. */
export class StandIns {
  readonly #parts: StandInParts;

  constructor(parts: StandInParts) {
    this.#parts = parts;
  }

  /** @param finish Told the values in the order of their stand-ins; undefined for what stands for nothing of its class. */
  resolve<Resolution>(
    wanted: readonly StandIn[],
    finish: (values: readonly (string | undefined)[]) => Resolution,
  ): Resolution | PendingResolution<Resolution> {
    const values = wanted.map((standIn) => {
      const pseudonym = this.#findPseudonym(standIn.text);
      const value = typeof pseudonym === 'string' ? this.#findValue(pseudonym) : pseudonym;
      return value === undefined ? undefined : { found: this.#check(standIn, pseudonym, value) };
    });
    const missing = wanted.filter((_, index) => values[index] === undefined);
    if (missing.length === 0) return finish(values.map((value) => value?.found));
    const resolution = this.#load(missing).then((loaded) => {
      const rest = loaded.values();
      return finish(values.map((value) => (value === undefined ? rest.next().value : value.found)));
    });
    return { kind: 'pending', resolution };
  }

  /** What a token stands for, which for a pseudonym is itself; undefined: not in memory, null: nothing. */
  #findPseudonym(text: string): string | null | undefined {
    if (PSEUDONYM.test(text)) return text;
    return TOKEN.test(text)
      ? (this.#parts.tokenVault?.findValue(toItem(text)) ?? this.#noVault())
      : null;
  }

  #noVault(): null | undefined {
    return this.#parts.tokenVault === undefined ? null : undefined;
  }

  #findValue(pseudonym: string): string | null | undefined {
    const { pseudonyms } = this.#parts;
    return pseudonyms === undefined ? null : pseudonyms.find(pseudonym);
  }

  async #load(missing: readonly StandIn[]): Promise<readonly (string | undefined)[]> {
    const { pseudonyms, tokenVault } = this.#parts;
    const tokens = missing.filter(({ text }) => TOKEN.test(text)).map(({ text }) => toItem(text));
    const found = tokens.length === 0 ? undefined : await tokenVault?.loadValues(tokens);
    const pseudonymOf = (text: string): string | null =>
      PSEUDONYM.test(text) ? text : (found?.get(vaultKey(toItem(text))) ?? null);
    const wanted = missing.map(({ text }) => pseudonymOf(text)).filter((one) => one !== null);
    const loaded = await pseudonyms?.load(wanted);
    return missing.map((standIn) => {
      const pseudonym = pseudonymOf(standIn.text);
      return this.#check(standIn, pseudonym, loaded?.get(pseudonym ?? '') ?? null);
    });
  }

  /** The value, if this pseudonym is what values of such a class are masked to: another's says nothing here. */
  #check(
    { alternatives }: StandIn,
    pseudonym: string | null | undefined,
    value: string | null,
  ): string | undefined {
    const { masks } = this.#parts;
    if (value === null || value.length > VALUE_LENGTH_MAX) return undefined;
    const isOfClass = alternatives.some(({ dataClass, mask: setting }) => {
      const mask = masks.findMask(dataClass, setting);
      const isKeyed = mask.kind === 'pseudonym' || mask.kind === 'vault';
      return isKeyed && maskText(mask, value, masks.parts.context()) === pseudonym;
    });
    return isOfClass ? value : undefined;
  }
}

function toItem(text: string): VaultItem {
  return { id: PREFIXED_VAULT_ID, form: { kind: 'prefixed' }, text };
}
