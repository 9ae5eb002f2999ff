import { BodyFactsDescriber } from '../../protocols/http/body/body-facts-describer.ts';
import { BatchDescriber } from '../../protocols/http/fhir/batch-describer.ts';
import { findFhirFacts } from '../../protocols/http/fhir/find-fhir-facts.ts';
import { openOwnPaths } from '../../protocols/http/named-places.ts';
import { PlainDescriber, type PlainDescriberParts } from '../../protocols/http/plain-describer.ts';
import type { KindDescriber } from '../../protocols/http/service-describer.ts';
import type { HttpTarget } from '../../targets/target.ts';

/** What describes the requests of a target that are what HTTP says they are. */
export interface PlainDescribers {
  readonly plain: PlainDescriber;
  /** For requests of which more than the head is looked at. */
  readonly kinds: readonly KindDescriber[];
}

/** Makes the describers of a target by its file. */
export function openPlainDescribers(
  target: HttpTarget,
  parts: Omit<PlainDescriberParts, 'findFacts' | 'findOwnPath'>,
): PlainDescribers {
  const { fhir: base, bodyFactsBytesMax: bytesMax } = target;
  const findFacts: PlainDescriberParts['findFacts'] = ({ method, path }) => ({
    ...(base !== undefined && findFhirFacts(base, method, path)),
  });
  const plain = new PlainDescriber({ ...parts, findFacts, findOwnPath: openOwnPaths(target) });
  return {
    plain,
    kinds: [
      ...(base === undefined ? [] : [new BatchDescriber({ base, plain })]),
      ...(bytesMax === 0 ? [] : [new BodyFactsDescriber({ bytesMax, plain })]),
    ],
  };
}
