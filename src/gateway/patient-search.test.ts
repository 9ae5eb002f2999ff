import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DataMap } from '../configuration/data-map.ts';
import type { MaskSetting } from '../configuration/mask-setting.ts';
import { pseudonymise } from '../masking/masks/pseudonym.ts';
import { createMaskKeys } from '../masking/masks/pseudonym-keys.ts';
import { matchPatient } from '../masking/rows/match-patient.ts';
import { derivePatientKey, PatientHasher } from '../masking/rows/patient-hasher.ts';
import { PatientIdReader } from '../masking/rows/patient-id.ts';
import { PatientSet } from '../masking/rows/patient-set.ts';
import type { EvidenceFields } from '../masking/rows/result-evidence.ts';
import { describeKeyed } from '../masking/vault/keyed-form.ts';
import { type SealedToken, type TokenStorage, vaultKey } from '../masking/vault/token-vault.ts';
import { PatientSearch } from './patient-search.ts';
import { StoredTokenVault } from './token-vault.ts';

const MASTER_KEY = Buffer.alloc(32, 3);
const KEYS = createMaskKeys(MASTER_KEY, 1);
const HASHER = new PatientHasher(derivePatientKey(MASTER_KEY));

class MemoryStorage implements TokenStorage {
  readonly stored: SealedToken[] = [];

  findByValues(hashes: readonly Buffer[]): Promise<readonly SealedToken[]> {
    return Promise.resolve(
      this.stored.filter(({ valueHash }) => hashes.some((hash) => hash.equals(valueHash))),
    );
  }

  findByTokens(hashes: readonly Buffer[]): Promise<readonly SealedToken[]> {
    return Promise.resolve(
      this.stored.filter(({ tokenHash }) => hashes.some((hash) => hash.equals(tokenHash))),
    );
  }

  insert(tokens: readonly SealedToken[]): Promise<void> {
    this.stored.push(...tokens);
    return Promise.resolve();
  }
}

/** Patients whose key is a medical record number, under a mask. */
function mapWith(mask: MaskSetting | undefined): DataMap {
  const parts = { schema: ['public'], relation: ['', ''] };
  return {
    columns: [
      {
        ...{ key: 'public.*.mrn', ...parts, column: ['mrn'], dataClass: 'mrn', paths: [] },
        ...(mask !== undefined && { mask }),
      },
    ],
    patientKeys: [{ key: 'public.*', ...parts, column: 'mrn' }],
    ...{ unmappedRelations: 'pass', masks: {}, customClasses: [], detectors: [] },
  };
}

/** A result that showed these values of the masked key. */
function showed(...values: string[]): EvidenceFields {
  const set = new PatientSet(HASHER);
  const reader = new PatientIdReader();
  for (const value of values) {
    reader.readText(value);
    set.add(reader);
  }
  return { rows: values.length, pseudonyms: set.toFields() };
}

describe('PatientSearch', () => {
  const storage = new MemoryStorage();
  const search = new PatientSearch({ masterKey: MASTER_KEY, keyVersion: 1, storage });
  const match = async (mask: MaskSetting | undefined, evidence: EvidenceFields) => {
    const { sought } = await search.describe(mapWith(mask), '4711');
    return matchPatient(evidence, sought, HASHER);
  };

  it('finds a patient by the pseudonym, which nobody has to give', async () => {
    const shown = pseudonymise('4711', KEYS.derive('pseudonym', 'mrn'));
    const other = pseudonymise('4712', KEYS.derive('pseudonym', 'mrn'));
    assert.equal((await match({ kind: 'pseudonym' }, showed(shown))).match, 'yes');
    assert.equal((await match({ kind: 'pseudonym' }, showed(other))).match, 'no');
    assert.equal((await match({ kind: 'pseudonym', domain: 'x' }, showed(shown))).match, 'no');
  });

  it('finds a patient by the vault token, and mints none for the question', async () => {
    const value = pseudonymise('4711', KEYS.derive('vault', 'mrn'));
    const form = { kind: 'prefixed' } as const;
    const item = { id: describeKeyed('vault', 'mrn', form).id, form, text: value };
    assert.equal((await match({ kind: 'vault' }, showed('vt1_0123456789abcdef'))).match, 'no');
    assert.equal(storage.stored.length, 0);
    const vault = new StoredTokenVault({ masterKey: MASTER_KEY, keyVersion: 1, storage });
    const token = (await vault.loadTokens([item])).get(vaultKey(item)) ?? '';
    assert.equal((await match({ kind: 'vault' }, showed(token))).match, 'yes');
    assert.equal(storage.stored.length, 1);
  });

  it('does not clear a patient where masks make the same of everybody', async () => {
    assert.deepEqual(await match({ kind: 'redact' }, showed('[redacted]')), {
      match: 'maybe',
      doubts: ['pseudonyms'],
    });
  });

  it('gives the ledger the hash of the id, however it is written', async () => {
    const [one, other] = await Promise.all(
      ['4711', ' 4711 '].map((id) => search.describe(mapWith(undefined), id)),
    );
    assert.equal(one?.hash, other?.hash);
    assert.match(one?.hash ?? '', /^[A-Za-z0-9_-]{22}$/);
  });
});
