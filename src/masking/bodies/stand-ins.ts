import type { MappedName } from '../../configuration/http-data-map.ts';
import type { ContentMasks } from '../content/content-masks.ts';
import { maskText } from '../masks/mask-text.ts';
import { PREFIXED_VAULT_ID } from '../vault/keyed-form.ts';
import type { PseudonymMemory } from '../vault/pseudonym-memory.ts';
import { type TokenVault, type VaultItem, vaultKey } from '../vault/token-vault.ts';
import type { PendingResolution, QueryResolution } from './body-subject.ts';

/** A text that stands for a value of a class. */
export interface StandIn {
  readonly parameter: MappedName;
  readonly text: string;
}

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

  /** @param finish Told the values by their stand-ins; those that stand for nothing of their class are not among them. */
  resolve(
    wanted: readonly StandIn[],
    finish: (values: ReadonlyMap<string, string>) => QueryResolution,
  ): QueryResolution | PendingResolution {
    const values = new Map<string, string>();
    const missing: StandIn[] = [];
    for (const standIn of wanted) {
      const value = this.#find(standIn.text);
      if (value === undefined) missing.push(standIn);
      else if (value !== null && this.#isOfClass(standIn, value)) values.set(standIn.text, value);
    }
    if (missing.length === 0) return finish(values);
    return { kind: 'pending', resolution: this.#load(missing, values).then(() => finish(values)) };
  }

  /** As `PseudonymMemory.find`. */
  #find(text: string): string | null | undefined {
    const { pseudonyms, tokenVault } = this.#parts;
    if (pseudonyms === undefined) return null;
    if (PSEUDONYM.test(text)) return pseudonyms.find(text);
    if (!TOKEN.test(text) || tokenVault === undefined) return null;
    const keyed = tokenVault.findValue(toItem(text));
    return typeof keyed === 'string' ? pseudonyms.find(keyed) : keyed;
  }

  async #load(missing: readonly StandIn[], values: Map<string, string>): Promise<void> {
    const { pseudonyms, tokenVault } = this.#parts;
    const tokens = missing.filter(({ text }) => TOKEN.test(text)).map(({ text }) => toItem(text));
    const keyed =
      tokens.length > 0 && tokenVault !== undefined
        ? await tokenVault.loadValues(tokens)
        : new Map<string, string | null>();
    const pseudonymOf = (text: string): string | null =>
      PSEUDONYM.test(text) ? text : (keyed.get(vaultKey(toItem(text))) ?? null);
    const wanted = missing.map(({ text }) => pseudonymOf(text)).filter((one) => one !== null);
    const loaded = await pseudonyms?.load(wanted);
    for (const standIn of missing) {
      const value = loaded?.get(pseudonymOf(standIn.text) ?? '');
      if (typeof value === 'string' && this.#isOfClass(standIn, value)) {
        values.set(standIn.text, value);
      }
    }
  }

  /** Whether this is what values of the parameter's class are masked to: another's pseudonym says nothing here. */
  #isOfClass({ parameter, text }: StandIn, value: string): boolean {
    const { masks } = this.#parts;
    const mask = masks.findMask(parameter.dataClass, parameter.mask);
    if (mask.kind === 'vault') return TOKEN.test(text);
    return mask.kind === 'pseudonym' && maskText(mask, value, masks.parts.context()) === text;
  }
}

function toItem(text: string): VaultItem {
  return { id: PREFIXED_VAULT_ID, form: { kind: 'prefixed' }, text };
}
