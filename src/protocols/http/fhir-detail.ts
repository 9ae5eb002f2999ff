import { RESOURCE_TYPES } from '../../masking/fhir/element-types.ts';
import { findSearchClass } from '../../masking/fhir/search-classes.ts';
import type { Facts } from '../../policy/operation.ts';

/** What the ledger keeps of an exchange with a FHIR server. It is not encrypted there, so it holds no value of a request. */
export interface FhirDetail {
  /** As in policies: `read`, `search` … */
  readonly interaction: string;
  /** Such as `Patient`; "" where it is about the whole server. */
  readonly type: string;
  /** Search parameters that FHIR knows, without modifiers; of others the name may be a value. */
  readonly parameters: readonly string[];
}

/** Undefined where a request is none of FHIR, and for types that FHIR does not know: their name may be a value, too. */
export function describeFhir(facts: Facts): FhirDetail | undefined {
  const { fhirInteraction: interaction, fhirType: type, query } = facts;
  if (typeof interaction !== 'string' || interaction === '' || typeof type !== 'string') return;
  if (type !== '' && !RESOURCE_TYPES.has(type)) return undefined;
  const names = Array.isArray(query)
    ? query.map((name) => String(name).replace(/[:.].*$/s, ''))
    : [];
  const searched = type === '' ? undefined : type;
  const isKnown = (name: string): boolean => findSearchClass(searched, name).kind !== 'unknown';
  return { interaction, type, parameters: [...new Set(names)].filter(isKnown) };
}
