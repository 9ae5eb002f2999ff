/** Pseudonyms and vault tokens, of any version. */
const STAND_IN = /\b(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}\b/u;
/** What masks and detectors leave of a value, alone in a string. */
const PLACEHOLDER =
  /["'>=](?:\[redacted\]|\[date (?:18|19|20|21)\d\d\]|\[(?:[a-z]+-)*[a-z]+\])["'<&]/u;
/** The codes by which a masked FHIR resource says so. */
const SECURITY_CODE = /"code"\s*:\s*"(?:REDACTED|MASKED|PSEUDED|ABSTRED)"/u;

/** Why a body may not be written: it would store masks in place of what they hide. Undefined: none was found in it. */
export function findMasksInWrite(body: Buffer): string | undefined {
  const text = body.toString('utf8').replaceAll('\\/', '/');
  if (SECURITY_CODE.test(text)) return 'it is a resource that was shown masked';
  if (STAND_IN.test(text)) return 'it holds a pseudonym, which would be stored as it is';
  if (PLACEHOLDER.test(text)) return 'it holds a mask, which would be stored as it is';
  return undefined;
}
