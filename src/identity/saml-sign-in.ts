import { SAML } from '@node-saml/node-saml';
import type { SamlNameIdFormat } from '../configuration/saml-settings.ts';
import type { OnceOnlyStore } from './browser-sign-in.ts';
import { readIdentity } from './claims.ts';
import type { Principal } from './principal.ts';
import {
  NAME_ID_FORMATS,
  openSaml,
  SAML_REQUEST_MS,
  type SamlAnswerQuestion,
  type SamlAssertion,
} from './read-saml-answer.ts';
import type { SamlProvider, SamlService } from './saml-provider.ts';
import type { SamlRequests } from './saml-requests.ts';

export type SamlOutcome =
  | {
      readonly kind: 'authenticated';
      readonly principal: Omit<Principal, 'signIn' | 'expiresAtMs'>;
      /** Milliseconds since the Unix epoch, when the provider wants it to end at the latest; undefined if it does not say. */
      readonly endsAtMs: number | undefined;
    }
  | { readonly kind: 'rejected'; readonly reason: SamlRejection };

export type SamlRejection = 'not-accepted' | 'replayed' | 'claims-not-accepted';

/** What sign-ins with one provider work with. */
export interface SamlSignInParts {
  readonly provider: SamlProvider;
  readonly requests: Pick<SamlRequests, 'mint' | 'isOpen'>;
  readonly once: Pick<OnceOnlyStore, 'remember'>;
  /** Reads what a provider answered: parsing XML and checking its signature takes long, so not on the event loop. */
  readonly readAnswer: (question: SamlAnswerQuestion) => Promise<SamlAssertion | undefined>;
  readonly nowMs: () => number;
}

/** Milliseconds that an answered request is remembered: longer than any clock says that it is good. */
const ANSWERED_MS = 2 * SAML_REQUEST_MS;
/** Characters of an answer. */
const ANSWER_LENGTH_MAX = 512 * 1024;

/**
 * Signs people in with a SAML 2.0 provider: our request by redirect, its answer by POST. Only what its
 * assertion's signature covers is believed, for our audience, as the answer to a request of ours, once.
 *
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf section 4.1
 */
export class SamlSignIn {
  readonly #parts: SamlSignInParts;

  constructor(parts: SamlSignInParts) {
    this.#parts = parts;
  }

  /** Where to send the browser. The answer has to name the request, which is good for ten minutes. */
  async begin(service: SamlService): Promise<{ readonly url: string; readonly requestId: string }> {
    const { provider, requests } = this.#parts;
    const requestId = requests.mint(provider.name, service);
    const saml = openSaml({ provider, service, requestId });
    return { url: await saml.getAuthorizeUrlAsync('', undefined, {}), requestId };
  }

  /**
   * Judges a provider's answer. Never throws for what it holds.
   *
   * @param response The form field `SAMLResponse`.
   * @param requestId That of the browser that brings it.
   */
  async finish(service: SamlService, requestId: string, response: string): Promise<SamlOutcome> {
    if (response.length > ANSWER_LENGTH_MAX) return rejected('not-accepted');
    const { provider, requests, once, nowMs } = this.#parts;
    if (!requests.isOpen(requestId, provider.name, service)) return rejected('not-accepted');
    const assertion = await this.#parts.readAnswer({ provider, service, requestId, response });
    if (assertion === undefined) return rejected('not-accepted');
    // The assertion names the request under its signature: what answers it once counts once.
    const isFirst = await once.remember(`saml request ${requestId}`, nowMs() + ANSWERED_MS);
    if (!isFirst) return rejected('replayed');
    const { endsAtMs } = assertion;
    if (endsAtMs !== undefined && endsAtMs <= nowMs()) return rejected('not-accepted');
    const principal = this.#readPrincipal(assertion, service);
    return principal === undefined
      ? rejected('claims-not-accepted')
      : { kind: 'authenticated', principal, endsAtMs };
  }

  #readPrincipal(
    assertion: SamlAssertion,
    service: SamlService,
  ): Omit<Principal, 'signIn' | 'expiresAtMs'> | undefined {
    const { claims, nameId } = assertion;
    const { name, entityId, groups, groupsAttribute, ...attributes } = this.#parts.provider;
    const isNamed =
      attributes.subjectAttribute !== undefined ||
      isStable(assertion, attributes.nameIdFormat, service);
    if (!isNamed) return undefined;
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

/**
 * Whether a name id is always the same for who has it, and nobody else's. Requests go by the browser, unsigned, so that
 * people can ask for another form, or for one as another service knows them: they would be somebody else by it. Names
 * for one sign-in name nobody, and an address can pass to somebody else.
 */
function isStable(
  { nameId, nameIdFormat = NAME_ID_FORMATS.unspecified, nameIdService }: SamlAssertion,
  wanted: SamlNameIdFormat,
  { entityId }: SamlService,
): boolean {
  const isOurs = nameIdService === undefined || nameIdService === entityId;
  return nameId !== undefined && isOurs && nameIdFormat === NAME_ID_FORMATS[wanted];
}

/** What we ask of a provider, as it reads it when it is told of us. */
export function describeSamlService({ entityId, acsUrl }: SamlService): string {
  const saml = new SAML({
    issuer: entityId,
    callbackUrl: acsUrl,
    // Not used for metadata; the library wants one.
    idpCert: 'none',
    wantAssertionsSigned: true,
    identifierFormat: NAME_ID_FORMATS.persistent,
  });
  return saml.generateServiceProviderMetadata(null);
}

function rejected(reason: SamlRejection): SamlOutcome {
  return { kind: 'rejected', reason };
}
