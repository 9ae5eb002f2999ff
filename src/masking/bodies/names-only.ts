import { isPlain, type PatchedResource, typeOfElement } from '../fhir/plain-elements.ts';
import { type PatchedElement, readPatch } from './read-patch.ts';
import type { WrittenBody } from './written-body.ts';

/**
 * Whether a patch writes nothing that could be anybody's: outside of FHIR only `true`, `false` and `null`; in FHIR codes and numbers,
 * too, in elements of these types. What it says of places is nobody's.
 *
 * @param resource To which it is made.
 */
export function namesOnly(patch: WrittenBody, resource: PatchedResource): boolean {
  const isNamed = ({ names, value }: PatchedElement): boolean =>
    isPlain(resource, typeOfElement(resource, names), value);
  return readPatch(patch, resource.type)?.every(isNamed) ?? false;
}
