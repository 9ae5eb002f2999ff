import type { ConfigurationProblem } from '../configuration/configuration-error.ts';
import { isAgeRecipient } from './age-file.ts';

/** Recipients of raw tracks that are no keys: mistyped, mostly. */
export function findRecipientProblems(
  rawRecipients: readonly string[],
): readonly ConfigurationProblem[] {
  return rawRecipients.flatMap((recipient, index) => {
    if (isAgeRecipient(recipient)) return [];
    const message = `recordings.rawRecipients[${index}] is not a public key of age: is it whole?`;
    return [{ file: 'sallyport.yaml', line: 1, column: 1, message }];
  });
}
