import type { PolicyProblem, PolicySet } from './policy-set.ts';

/**
 * Permits that ask for a raw track which nobody could open: what they permit would never happen.
 *
 * @param rawRecipients Who can open raw tracks.
 */
export function findUnkeptRecordings(
  { policies }: PolicySet,
  rawRecipients: readonly string[],
): readonly PolicyProblem[] {
  if (rawRecipients.length > 0) return [];
  return [...policies.values()]
    .filter(({ record }) => record === 'raw')
    .map(({ id, file, line }) => ({
      file,
      line,
      column: 1,
      message: `policy "${id}" asks for a raw track, but recordings.rawRecipients in sallyport.yaml names nobody who could open it`,
    }));
}
