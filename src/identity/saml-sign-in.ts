import { hash } from 'node:crypto';
import { type CacheProvider, type Profile, SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import type { OnceOnlyStore } from './browser-sign-in.ts';
import { type Claims, readIdentity } from './claims.ts';
import type { Principal } from './principal.ts';
import { hasShapeOfAnswer } from './saml-answer-shape.ts';

/** A SAML identity provider, and how its assertions are read. */
export interface SamlProvider {
  /** First part of every principal's id: never rename it. */
  readonly name: string;
  /** The provider's own entity id, as its assertions name their issuer. */
  readonly entityId: string;
  /** Where browsers are sent, by the redirect binding. */
  readonly signInUrl: string;
  /** Certificates that its assertions may be signed with, PEM. Never empty. */
  readonly certificates: readonly string[];
  /** Attribute that identifies the principal for good; the name id when absent. */
  readonly subjectAttribute?: string | undefined;
  /** Attribute to show to people; the subject where it is absent. */
  readonly nameAttribute?: string | undefined;
  /** Attribute that all identities of one human have in common. */
  readonly personAttribute?: string | undefined;
  /** Attribute with the names of groups. */
  readonly groupsAttribute: string;
  /** Groups every principal of this provider is in. */
  readonly groups: readonly string[];
}

/** We, as the provider knows us. */
export interface SamlService {
  /** Our entity id, which assertions have to name as their audience. */
  readonly entityId: string;
  /** Where the provider sends its answers, by the POST binding. */
  readonly acsUrl: string;
}

export type SamlOutcome =
  | {
      readonly kind: 'authenticated';
      readonly principal: Omit<Principal, 'signIn' | 'expiresAtMs'>;
    }
  | { readonly kind: 'rejected'; readonly reason: SamlRejection };

export type SamlRejection = 'not-accepted' | 'replayed' | 'claims-not-accepted';

/** Milliseconds that our clock and the provider's may differ. */
const CLOCK_SKEW_MS = 60_000;
/** Milliseconds that somebody has to sign in at the provider. */
const REQUEST_MS = 600_000;
/** Milliseconds that an assertion counts after it was made, whatever it says itself. */
const ASSERTION_MS = 600_000;
/** Characters of an answer. */
const ANSWER_LENGTH_MAX = 512 * 1024;

/** An identifier that stays the same and says nothing about whose it is. */
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';

/**
 * Signs people in with a SAML 2.0 provider: our request by redirect, its answer by POST. Only what its
 * assertion's signature covers is believed, for our audience, as the answer to a request of ours, once.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf section 4.1
 */
export class SamlSignIn {
  readonly #provider: SamlProvider;
  readonly #once: OnceOnlyStore;
  readonly #nowMs: () => number;

  constructor(provider: SamlProvider, once: OnceOnlyStore, nowMs: () => number) {
    this.#provider = provider;
    this.#once = once;
    this.#nowMs = nowMs;
  }

  /** Where to send the browser. The answer has to name `requestId`, which is good for ten minutes. */
  async begin(service: SamlService, requestId: string): Promise<string> {
    await this.#once.remember(`saml request ${requestId}`, this.#nowMs() + REQUEST_MS);
    const saml = this.#open(service, requestId);
    return saml.getAuthorizeUrlAsync('', undefined, {});
  }

  /**
   * Judges a provider's answer. Never throws for what it holds.
   *
   * @param response The form field `SAMLResponse`.
   * @param requestId That of the browser that brings it.
   */
  async finish(service: SamlService, requestId: string, response: string): Promise<SamlOutcome> {
    if (response.length > ANSWER_LENGTH_MAX) return rejected('not-accepted');
    // Whatever comes of it, the request is answered: it has to be begun anew.
    const isOpen = await this.#once.take(`saml request ${requestId}`, this.#nowMs());
    if (!isOpen) return rejected('not-accepted');
    const xml = Buffer.from(response, 'base64').toString('utf8');
    if (!hasShapeOfAnswer(xml)) return rejected('not-accepted');
    const assertion = await this.#validate(service, requestId, response);
    if (assertion === undefined) return rejected('not-accepted');
    const untilMs = this.#nowMs() + ASSERTION_MS + 2 * CLOCK_SKEW_MS;
    const id = hash('sha256', JSON.stringify([this.#provider.entityId, assertion.id]));
    if (!(await this.#once.remember(`saml assertion ${id}`, untilMs))) return rejected('replayed');
    const principal = this.#readPrincipal(assertion);
    return principal === undefined
      ? rejected('claims-not-accepted')
      : { kind: 'authenticated', principal };
  }

  async #validate(
    service: SamlService,
    requestId: string,
    SAMLResponse: string,
  ): Promise<Assertion | undefined> {
    try {
      const saml = this.#open(service, requestId);
      const { profile } = await saml.validatePostResponseAsync({ SAMLResponse });
      if (profile === null) return undefined;
      const { entityId: issuer } = this.#provider;
      return readAssertion(profile, { issuer, requestId, acsUrl: service.acsUrl });
    } catch {
      // Why is the provider's business; the ledger has that it was not accepted.
      return undefined;
    }
  }

  #open({ entityId, acsUrl }: SamlService, requestId: string): SAML {
    const { signInUrl, certificates, entityId: idpIssuer } = this.#provider;
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
      identifierFormat: PERSISTENT,
      disableRequestedAuthnContext: true,
      signatureAlgorithm: 'sha256',
      acceptedClockSkewMs: CLOCK_SKEW_MS,
      maxAssertionAgeMs: ASSERTION_MS,
      validateInResponseTo: ValidateInResponseTo.always,
      requestIdExpirationPeriodMs: REQUEST_MS,
      generateUniqueId: () => requestId,
      cacheProvider: new OneRequest(requestId),
    });
  }

  #readPrincipal({
    claims,
    nameId,
    nameIdFormat,
  }: Assertion): Omit<Principal, 'signIn' | 'expiresAtMs'> | undefined {
    const { name, entityId, groups, groupsAttribute, ...attributes } = this.#provider;
    // A name id for one sign-in names nobody, and an address can pass to somebody else.
    const isStable = nameIdFormat !== TRANSIENT && nameIdFormat !== EMAIL;
    if (attributes.subjectAttribute === undefined && !isStable) return undefined;
    const identity = readIdentity(
      { ...claims, 'saml:name-id': nameId },
      {
        name,
        kind: 'person',
        issuer: entityId,
        audiences: [],
        subjectClaim: attributes.subjectAttribute ?? 'saml:name-id',
        nameClaim: attributes.nameAttribute ?? 'saml:name-id',
        ...(attributes.personAttribute !== undefined && {
          personClaim: attributes.personAttribute,
        }),
        groupsClaim: groupsAttribute,
        groups,
      },
    );
    if (identity === undefined) return undefined;
    return { ...identity, id: `${name}:${identity.subject}`, issuer: name, kind: 'person' };
  }
}

/** What we ask of a provider, as it reads it when it is told of us. */
export function describeSamlService({ entityId, acsUrl }: SamlService): string {
  const saml = new SAML({
    issuer: entityId,
    callbackUrl: acsUrl,
    // Not used for metadata; the library wants one.
    idpCert: 'none',
    wantAssertionsSigned: true,
    identifierFormat: PERSISTENT,
  });
  return saml.generateServiceProviderMetadata(null);
}

interface Assertion {
  readonly id: string;
  readonly nameId: string;
  readonly nameIdFormat: string;
  readonly claims: Claims;
}

/** What of a signed assertion is read here, as the library parses XML: elements are lists, `$` has attributes. */
interface AssertionXml {
  readonly $?: { readonly ID?: string };
  readonly Issuer?: readonly { readonly _?: string }[];
  readonly Subject?: readonly SubjectXml[];
}

interface SubjectXml {
  readonly NameID?: readonly { readonly _?: string; readonly $?: { readonly Format?: string } }[];
  readonly SubjectConfirmation?: readonly {
    readonly $?: { readonly Method?: string };
    readonly SubjectConfirmationData?: readonly {
      readonly $?: { readonly InResponseTo?: string; readonly Recipient?: string };
    }[];
  }[];
}

/**
 * Reads what the signature covers, and from nowhere else: beside it, the library's profile mixes in
 * attributes under names of their own choosing, and `InResponseTo` of the answer is not signed.
 */
function readAssertion(
  profile: Profile,
  expected: { readonly issuer: string; readonly requestId: string; readonly acsUrl: string },
): Assertion | undefined {
  const assertion = profile.getAssertion?.()['Assertion'] as AssertionXml | undefined;
  const [subject, ...otherSubjects] = assertion?.Subject ?? [];
  const [nameId, ...otherNameIds] = subject?.NameID ?? [];
  const id = assertion?.$?.ID;
  const isForThisRequest = subject?.SubjectConfirmation?.some(
    ({ $, SubjectConfirmationData: data }) =>
      $?.Method === BEARER &&
      data?.[0]?.$?.InResponseTo === expected.requestId &&
      data[0].$.Recipient === expected.acsUrl,
  );
  if (assertion?.Issuer?.[0]?._ !== expected.issuer || isForThisRequest !== true) return undefined;
  if (id === undefined || nameId?._ === undefined) return undefined;
  if (otherSubjects.length > 0 || otherNameIds.length > 0) return undefined;
  const { attributes } = profile;
  const claims = typeof attributes === 'object' && attributes !== null ? attributes : {};
  return {
    id,
    nameId: nameId._,
    nameIdFormat: nameId.$?.Format ?? '',
    // An e-mail in a signed assertion is the provider's word; there is no other sign of it in SAML.
    claims: { ...claims, email_verified: true },
  };
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

function rejected(reason: SamlRejection): SamlOutcome {
  return { kind: 'rejected', reason };
}
