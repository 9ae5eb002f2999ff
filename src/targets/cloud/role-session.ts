import { createHash } from 'node:crypto';

/** Whom a role is assumed for, as AWS is told. */
export interface RoleSession {
  readonly name: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

const NAME_LENGTH_MAX = 64;
/** Of AWS: `[\w+=,.@-]*`, of which `\w` is ASCII. */
const NOT_IN_NAME = /[^A-Za-z0-9_+=,.@-]/g;
const NAME = /^[A-Za-z0-9_+=,.@-]{2,64}$/;
const TAG_LENGTH_MAX = 256;
/** Of AWS: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`. */
const NOT_IN_TAG = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
/** What is put behind a text that had to be changed, so that no other can look like it. */
const DIGEST_LENGTH = 16;
const DIGEST_END = /=[0-9a-f]{16}$/;

/**
 * Names the session of a role after a principal. AWS takes few characters and 64 of them: what does not fit is
 * replaced, and a digest of the whole put behind it. So two principals never have one name, and none can choose an id
 * that is written like another's.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function describeRoleSession(principalId: string, target: string): RoleSession {
  return {
    name: fit(principalId, { taken: NOT_IN_NAME, lengthMax: NAME_LENGTH_MAX, whole: NAME }),
    tags: [
      { Key: 'sallyport:principal', Value: fitTag(principalId) },
      { Key: 'sallyport:target', Value: fitTag(target) },
    ],
  };
}

function fitTag(text: string): string {
  return fit(text, { taken: NOT_IN_TAG, lengthMax: TAG_LENGTH_MAX, whole: /^[^]+$/ });
}

function fit(
  text: string,
  {
    taken,
    lengthMax,
    whole,
  }: { readonly taken: RegExp; readonly lengthMax: number; readonly whole: RegExp },
): string {
  const replaced = text.replaceAll(taken, '-');
  const fits = replaced === text && text.length <= lengthMax && whole.test(text);
  if (fits && !DIGEST_END.test(text)) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);
  const room = lengthMax - DIGEST_LENGTH - 1;
  // By characters, not halves of them.
  let start = '';
  for (const character of replaced) {
    if (start.length + character.length > room) break;
    start += character;
  }
  return `${start}=${digest}`;
}
