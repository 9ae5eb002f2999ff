import type { DataMap } from '../configuration/data-map.ts';
import { buildTargetClasses, findMask } from '../masking/classes/target-classes.ts';
import { matches } from '../masking/classify-entries.ts';
import type { Mask } from '../masking/mask.ts';
import { createMaskKeys, type MaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { pseudonymsOf } from '../masking/masks/pseudonyms-of.ts';
import type { SoughtPatient } from '../masking/rows/match-patient.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import { PatientIdReader } from '../masking/rows/patient-id.ts';
import { describeKeyed, type KeyedForm } from '../masking/vault/keyed-form.ts';
import { deriveTokenKeys, hashItem, openToken } from '../masking/vault/seal-token.ts';
import { readToken } from '../masking/vault/token-text.ts';
import type { TokenStorage, VaultItem } from '../masking/vault/token-vault.ts';

export interface PatientSearchParts {
  readonly masterKey: Buffer;
  readonly keyVersion: number;
  readonly storage: TokenStorage;
}

/** A patient as results may have named it. */
export interface DescribedPatient {
  readonly sought: SoughtPatient;
  /** What the ledger keeps in place of the id. */
  readonly hash: string;
}

/** Knows what the masks make of a patient's id, so that results which showed it masked are found by it. */
export class PatientSearch {
  readonly #parts: PatientSearchParts;
  readonly #keys: MaskKeys;
  readonly #hasher: PatientHasher;

  constructor(parts: PatientSearchParts) {
    this.#parts = parts;
    this.#keys = createMaskKeys(parts.masterKey, parts.keyVersion);
    this.#hasher = new PatientHasher(derivePatientKey(parts.masterKey));
  }

  /**
   * Describes a patient by the masks that a data map gives the patient keys now.
   *
   * @throws If the store cannot be asked, and there are vault tokens in it.
   */
  async describe(dataMap: DataMap, id: string): Promise<DescribedPatient> {
    const masks = findKeyMasks(dataMap);
    const pseudonyms: string[] = [];
    const vague: string[] = [];
    let hasOtherMasks = false;
    for (const mask of masks) {
      if (mask.kind === 'pseudonym') {
        const possible = pseudonymsOf(id, this.#keys.derive('pseudonym', mask.domain));
        pseudonyms.push(...possible.certain);
        vague.push(...possible.vague);
      } else if (mask.kind === 'vault') {
        pseudonyms.push(...(await this.#findTokens(id, mask.domain)));
      } else hasOtherMasks = true;
    }
    const reader = new PatientIdReader();
    reader.readText(id);
    return {
      sought: { id, pseudonyms, vaguePseudonyms: vague, hasOtherMasks },
      hash: this.#hasher.digest(reader.bytes, reader.start, reader.end),
    };
  }

  /** Tokens that stand for the id; none is minted for the question. */
  async #findTokens(id: string, domain: string): Promise<readonly string[]> {
    const { masterKey, storage } = this.#parts;
    const keys = deriveTokenKeys(masterKey);
    const { certain } = pseudonymsOf(id, this.#keys.derive('vault', domain));
    const items = certain.flatMap((text) => itemsOf(text, domain));
    const stored = await storage.findByValues(items.map((item) => hashItem(keys, 'value', item)));
    return stored.map((sealed) => openToken(keys, sealed).token);
  }
}

/** What a text may be in the vault. */
function itemsOf(text: string, domain: string): readonly VaultItem[] {
  const forms: readonly KeyedForm[] = text.startsWith('vk')
    ? [{ kind: 'prefixed' }]
    : [
        { kind: 'digits', count: text.length },
        { kind: 'number', bits: 31 },
        { kind: 'number', bits: 53 },
        { kind: 'uuid' },
      ];
  return forms
    .filter((form) => form.kind === 'prefixed' || readToken(text, form) !== undefined)
    .map((form) => ({ id: describeKeyed('vault', domain, form).id, form, text }));
}

/** Masks of columns that go by the name of a patient key. One that no entry names is redacted. */
function findKeyMasks(dataMap: DataMap): readonly Mask[] {
  const classes = buildTargetClasses(dataMap);
  const masks = new Map<string, Mask>();
  for (const { column } of dataMap.patientKeys) {
    const entries = dataMap.columns.filter((entry) => matches(entry.column, column));
    for (const { dataClass, mask } of entries) {
      if (dataClass === 'none') continue;
      const found = findMask(classes, dataClass, mask);
      masks.set(JSON.stringify(found), found);
    }
    if (entries.length === 0) masks.set('', { kind: 'redact' });
  }
  return [...masks.values()];
}
