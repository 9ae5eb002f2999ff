import { leadsToTelling, mergesTelling } from '../fhir/telling-elements.ts';
import { findResourceType, readPatch } from './read-patch.ts';
import type { WrittenBody } from './written-body.ts';

const UNREAD =
  'it is a patch whose outcome may tell what an element holds: patch by add, replace and remove alone, each with the path of one element';
const RETELLS =
  'it may change what says of which kind another value is (a system, a type, a reference): patch the whole element';

/**
 * Why a patch of FHIR may not be sent: it may test what is there, copy it to where it is shown, find an element by what is in it, or
 * change what says of which class others are, so that they would be shown as the other class is.
 *
 * @param path Of the request.
 */
export function findQuestionInPatch(patch: WrittenBody, path: string): string | undefined {
  const type = findResourceType(path);
  const elements = readPatch(patch, type);
  if (elements === undefined || type === undefined) return UNREAD;
  const mayRetell = elements.some(
    ({ names, value, isMerged }) =>
      leadsToTelling(type, names) || (isMerged && mergesTelling(type, value as object)),
  );
  return mayRetell ? RETELLS : undefined;
}
