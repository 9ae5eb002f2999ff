import { join } from 'node:path';
import { findDisclosures } from '../audit/find-disclosures.ts';
import type { DisclosureQuestion, DisclosureSearch } from '../control-plane/services.ts';
import { PatientSearch } from '../gateway/patient-search.ts';
import { isPostgres } from '../targets/target.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Finds in this gateway's own ledger what showed rows of a patient. */
export function openDisclosures(
  own: GatewayProcess,
): (question: DisclosureQuestion) => Promise<DisclosureSearch | undefined> {
  const { maskingKey: masterKey, store, contentKeys } = own.services;
  const { keyVersion } = own.configuration.masking;
  const patients = new PatientSearch({ masterKey, keyVersion, storage: store.vaultTokens });
  return async ({ target, patient, sinceMs }) => {
    const { targets, gateway } = own.configuration;
    const dataMap = targets.filter(isPostgres).find(({ name }) => name === target)?.dataMap;
    if (dataMap === undefined) return undefined;
    const { sought, hash } = await patients.describe(dataMap, patient);
    const search = { target, patient: sought, masterKey, sinceMs };
    return {
      patientHash: hash,
      disclosures: findDisclosures(join(gateway.dataDirectory, 'ledger'), search, contentKeys),
    };
  };
}
