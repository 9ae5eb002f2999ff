import {
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../configuration/signature-algorithms.ts';
import { isLoopback } from './loopback.ts';

const ALGORITHMS: ReadonlySet<string> = new Set(SIGNATURE_ALGORITHMS);

/** What a provider may sign with unless its configuration says otherwise. */
export const DEFAULT_ALGORITHMS: readonly SignatureAlgorithm[] = [
  'RS256',
  'ES256',
  'EdDSA',
  'PS256',
];

/**
 * One issuer whose tokens are accepted, and on which terms.
 *
 * Several entries may name the same issuer (people and service accounts of one realm): they are
 * tried in order, and the first whose audience and claim rules accept the token wins.
 */
export interface IdentityProvider {
  /** Lower-case letters, digits and dashes. First part of every principal's id: never rename it. */
  readonly name: string;
  readonly kind: 'person' | 'workload';
  /** Compared with the token's `iss` and the discovery document's `issuer` byte for byte. */
  readonly issuer: string;
  /** A token must carry at least one of these in `aud`. Never empty. */
  readonly audiences: readonly string[];
  /** When set, a token that names the client it was issued to (`azp`, `client_id`) must name it. */
  readonly clientId?: string | undefined;
  /** Claim that identifies the principal for good. Default `sub`; an e-mail is refused. */
  readonly subjectClaim?: string | undefined;
  /** Claim to show to people. Default `preferred_username`; the subject where it is absent. */
  readonly nameClaim?: string | undefined;
  /**
   * Claim that is the same for all identities of one human, of this and other providers: an employee
   * number, a verified e-mail. Default none: then other identities of the same human are strangers.
   */
  readonly personClaim?: string | undefined;
  /** Claim with group names: its name, or a dotted path. Default `groups` for people, none for workloads. */
  readonly groupsClaim?: string | undefined;
  /** Groups every principal of this provider is in. Default none. */
  readonly groups?: readonly string[] | undefined;
  /** Claims a token must carry. `*` stands for any text; of several patterns one must match. */
  readonly requireClaims?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Default {@link DEFAULT_ALGORITHMS}. */
  readonly algorithms?: readonly SignatureAlgorithm[] | undefined;
  /** PEM file with the certificate authorities to trust for this issuer; the system's when absent. */
  readonly caFile?: string | undefined;
  /** Where the keys are, for issuers without OIDC discovery. */
  readonly jwksUri?: string | undefined;
}

/** An identity provider's configuration that would be unsafe or could never accept a token. */
export class IdentityProviderError extends Error {
  override readonly name = 'IdentityProviderError';
  readonly code = 'ERR_IDENTITY_PROVIDER';

  constructor(providerName: string, reason: string) {
    super(`Cannot use identity provider ${JSON.stringify(providerName)}: ${reason}`);
  }
}

/** @throws {IdentityProviderError} For the first provider that cannot be used. */
export function assertIdentityProviders(providers: readonly IdentityProvider[]): void {
  const names = new Set<string>();
  for (const provider of providers) {
    const problem = names.has(provider.name)
      ? 'another provider has this name'
      : findProviderProblem(provider);
    if (problem !== undefined) throw new IdentityProviderError(provider.name, problem);
    names.add(provider.name);
  }
}

/** Why a provider cannot be used, for `sallyport check`; nothing when it can. */
export function findProviderProblem(provider: IdentityProvider): string | undefined {
  // The name ends at the first colon of a principal's id, so it must not contain one.
  if (!/^[a-z0-9-]{1,64}$/.test(provider.name)) {
    return 'its name must be 1 to 64 lower-case letters, digits and dashes';
  }
  const issuerProblem = findUrlProblem(provider.issuer, 'issuer');
  if (issuerProblem !== undefined) return issuerProblem;
  if (provider.jwksUri !== undefined) {
    const keysProblem = findUrlProblem(provider.jwksUri, 'jwksUri');
    if (keysProblem !== undefined) return keysProblem;
  }
  if (provider.audiences.length === 0 || provider.audiences.includes('')) {
    return 'its audiences must be listed, or tokens for other services would be accepted';
  }
  for (const algorithm of provider.algorithms ?? []) {
    if (!ALGORITHMS.has(algorithm))
      return `its algorithm ${algorithm} is not a public-key signature`;
  }
  if (provider.algorithms?.length === 0) return 'its list of algorithms is empty';
  if (provider.subjectClaim === 'email') {
    return 'its subjectClaim is an e-mail address, which can pass to somebody else';
  }
  for (const patterns of Object.values(provider.requireClaims ?? {})) {
    if (patterns.length === 0) return 'a required claim has no pattern';
  }
  return undefined;
}

function findUrlProblem(text: string, option: string): string | undefined {
  if (!URL.canParse(text)) return `its ${option} is not a URL`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return `its ${option} must carry no user, password or fragment`;
  }
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && isLoopback(url)) return undefined;
  return `its ${option} must be an https URL`;
}
