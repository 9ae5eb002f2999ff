import { type CacheProvider, type Profile, SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import type { SamlNameIdFormat } from '../configuration/saml-settings.ts';
import type { Claims } from './claims.ts';
import { hasShapeOfAnswer } from './saml-answer-shape.ts';
import { type AttributeStatementXml, readSamlAttributes } from './saml-attributes.ts';
import type { SamlProvider, SamlService } from './saml-provider.ts';

/** What a browser brings, and what it has to be the answer to. */
export interface SamlAnswerQuestion {
  readonly provider: SamlProvider;
  readonly service: SamlService;
  /** Of the request that this browser began. */
  readonly requestId: string;
  /** The form field `SAMLResponse`. */
  readonly response: string;
}

/** Milliseconds that our clock and the provider's may differ. */
const CLOCK_SKEW_MS = 60_000;
/** Milliseconds that somebody has to sign in at the provider. */
export const SAML_REQUEST_MS = 600_000;
/** Milliseconds that an assertion counts after it was made, whatever it says itself. */
const ASSERTION_AGE_MS = 600_000;

/**
 * How name ids of a form are asked for. A persistent one stays the same and says nothing about whose it is.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf section 8.3
 */
export const NAME_ID_FORMATS: Readonly<Record<SamlNameIdFormat, string>> = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  unspecified: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
};
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/**
 * A method of signing or digesting that two documents may be found for with one signature, and one that is written so
 * that it may be that. The library takes these by their exact names; its parser wants no quotes around them, and takes
 * control characters for spaces.
 */
const WEAK_METHOD = /<[^<>/ \p{Cc}\u2028]*Method[>/ \p{Cc}\u2028][^<]*(?:sha1|&)/iu;

/** Reads what a provider answered: undefined unless its signature covers it, and it is for us, now, and to our request. */
export async function readSamlAnswer(
  question: SamlAnswerQuestion,
): Promise<SamlAssertion | undefined> {
  const { provider, service, requestId, response: SAMLResponse } = question;
  const xml = Buffer.from(SAMLResponse, 'base64').toString('utf8');
  if (!hasShapeOfAnswer(xml) || WEAK_METHOD.test(xml)) return undefined;
  try {
    const { profile } = await openSaml(question).validatePostResponseAsync({ SAMLResponse });
    if (profile === null) return undefined;
    const expected = { issuer: provider.entityId, requestId, acsUrl: service.acsUrl };
    return readAssertion(profile, expected);
  } catch {
    // Why is the provider's business; the ledger has that it was not accepted.
    return undefined;
  }
}

/** The library, for one request and its answer. */
export function openSaml({
  provider: { signInUrl, certificates, entityId: idpIssuer, nameIdFormat },
  service: { entityId, acsUrl },
  requestId,
}: Omit<SamlAnswerQuestion, 'response'>): SAML {
  return new SAML({
    issuer: entityId,
    audience: entityId,
    callbackUrl: acsUrl,
    entryPoint: signInUrl,
    idpIssuer,
    idpCert: [...certificates],
    wantAssertionsSigned: true,
    // Providers sign one of the two; the assertion is what is read.
    wantAuthnResponseSigned: false,
    identifierFormat: NAME_ID_FORMATS[nameIdFormat],
    disableRequestedAuthnContext: true,
    signatureAlgorithm: 'sha256',
    acceptedClockSkewMs: CLOCK_SKEW_MS,
    maxAssertionAgeMs: ASSERTION_AGE_MS,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: SAML_REQUEST_MS,
    generateUniqueId: () => requestId,
    cacheProvider: new OneRequest(requestId),
  });
}

/** What is believed of an answer. */
export interface SamlAssertion {
  /** Undefined where an attribute alone says whose it is. */
  readonly nameId: string | undefined;
  /** Undefined where it is not said, which is the same as unspecified. */
  readonly nameIdFormat: string | undefined;
  /** Entity id of the service that the name id is for; undefined where it is not said, and then it is we. */
  readonly nameIdService: string | undefined;
  readonly claims: Claims;
  /** Milliseconds since the Unix epoch, from which on the provider does not vouch for it; undefined if it does not say. */
  readonly endsAtMs: number | undefined;
}

/** What of a signed assertion is read here, as the library parses XML: elements are lists, `$` has attributes. */
interface AssertionXml {
  readonly Issuer?: readonly { readonly _?: string }[];
  readonly Subject?: readonly SubjectXml[];
  readonly AuthnStatement?: readonly { readonly $?: { readonly SessionNotOnOrAfter?: string } }[];
  readonly AttributeStatement?: readonly (AttributeStatementXml | '')[];
}

interface SubjectXml {
  readonly NameID?: readonly {
    readonly _?: string;
    readonly $?: { readonly Format?: string; readonly SPNameQualifier?: string };
  }[];
  readonly SubjectConfirmation?: readonly {
    readonly $?: { readonly Method?: string };
    readonly SubjectConfirmationData?: readonly {
      readonly $?: { readonly InResponseTo?: string; readonly Recipient?: string };
    }[];
  }[];
}

/**
 * Reads what the signature covers, and from nowhere else: beside it, the library's profile mixes in
 * attributes under names of their own choosing, keeps one of several with the same name, and `InResponseTo`
 * of the answer is not signed.
 */
function readAssertion(
  profile: Profile,
  expected: { readonly issuer: string; readonly requestId: string; readonly acsUrl: string },
): SamlAssertion | undefined {
  const assertion = profile.getAssertion?.()['Assertion'] as AssertionXml | undefined;
  const [subject, ...otherSubjects] = assertion?.Subject ?? [];
  const [nameId, ...otherNameIds] = subject?.NameID ?? [];
  const isForThisRequest = subject?.SubjectConfirmation?.some(
    ({ $, SubjectConfirmationData: data }) =>
      $?.Method === BEARER &&
      data?.[0]?.$?.InResponseTo === expected.requestId &&
      data[0].$.Recipient === expected.acsUrl,
  );
  if (assertion?.Issuer?.[0]?._ !== expected.issuer || isForThisRequest !== true) return undefined;
  if (otherSubjects.length > 0 || otherNameIds.length > 0) return undefined;
  const endsAtMs = findSessionEnd(assertion);
  // An end that cannot be read is one that would not be kept.
  if (Number.isNaN(endsAtMs)) return undefined;
  const statements = assertion.AttributeStatement?.filter((one) => one !== '') ?? [];
  const claims = readSamlAttributes(statements);
  if (claims === undefined) return undefined;
  return {
    nameId: nameId?._,
    nameIdFormat: nameId?.$?.Format || undefined,
    nameIdService: nameId?.$?.SPNameQualifier,
    // An e-mail in a signed assertion is the provider's word; there is no other sign of it in SAML.
    claims: { ...claims, email_verified: true },
    endsAtMs,
  };
}

/** @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf section 2.7.2 */
function findSessionEnd({ AuthnStatement: statements = [] }: AssertionXml): number | undefined {
  const ends = statements.flatMap(({ $ }) => $?.SessionNotOnOrAfter ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends.map((text) => Date.parse(text)));
}

/** The only request that an answer may be to: the one that this browser began. */
class OneRequest implements CacheProvider {
  readonly #requestId: string;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  async saveAsync(): Promise<null> {
    return null;
  }

  async getAsync(key: string): Promise<string | null> {
    return key === this.#requestId ? new Date().toISOString() : null;
  }

  async removeAsync(key: string | null): Promise<string | null> {
    return key;
  }
}
