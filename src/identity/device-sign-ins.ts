import {
  ClientError,
  type Configuration,
  type DeviceAuthorizationResponse,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  ResponseBodyError,
} from 'openid-client';
import type { AuthenticationResult, Authenticator, RejectionReason } from './authenticator.ts';
import { linkOf, originOf } from './client-address.ts';
import type { DeviceSignIn, DeviceSignInBegun } from './device-sign-in.ts';
import { isLoopback } from './loopback.ts';
import type { OidcEndpoints } from './oidc-client.ts';
import { untilAborted } from './until-aborted.ts';

/** Milliseconds that a person has, however long the provider would wait: a stolen look at a code is worth little then. */
const CODE_LIFETIME_MAX_MS = 5 * 60_000;
/** Codes that wait at the same time: of strangers, who may start as many as they like. */
const WAITING_MAX = 200;
/** Of them, for one address (IPv6: one /64, all of which any host on it has). */
const WAITING_PER_LINK_MAX = 5;
/** Of them, for one /48 of IPv6: of the network of a house, where one host on one link is not to keep all others waiting. */
const WAITING_PER_NETWORK_MAX = 20;
/** Characters of what a provider has shown to people. Its codes have about ten, its addresses about fifty. */
const SHOWN_LENGTH_MAX = 500;

/** Where people sign in. */
export interface DeviceProvider {
  readonly endpoints: Pick<OidcEndpoints, 'discover'>;
  readonly scopes: readonly string[];
}

export interface DeviceSignInParts {
  /** Of this moment. Undefined: nobody can sign in so. */
  readonly provider: () => DeviceProvider | undefined;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  /** Milliseconds that whoever signed in may stay. */
  readonly lifetimeMs: () => number;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** A code that nobody has confirmed yet. */
interface WaitingCode {
  readonly client: Configuration;
  readonly device: DeviceAuthorizationResponse;
  /** Milliseconds. */
  readonly lifetimeMs: number;
}

/**
 * Signs people in who have no browser where they are, by a code that they confirm elsewhere.
 *
 * @see RFC 8628, whose section 5.4 says what a code does not protect from: being confirmed for somebody else.
 */
export class DeviceSignIns {
  readonly #parts: DeviceSignInParts;
  /** Codes that wait, by link and by network of who asked for them. */
  readonly #waiting = new Map<string, number>();
  #waitingInAll = 0;

  constructor(parts: DeviceSignInParts) {
    this.#parts = parts;
  }

  /**
   * Asks the provider for a code. Never rejects for what the provider does.
   *
   * @param signal Aborts when the connection is gone that the code is for.
   */
  async begin(clientAddress: string, signal: AbortSignal): Promise<DeviceSignIn> {
    signal.throwIfAborted();
    const provider = this.#parts.provider();
    const places = placesOf(clientAddress);
    if (provider === undefined || !this.#reserve(places)) return { kind: 'unavailable' };
    let begun: DeviceSignInBegun;
    try {
      begun = await this.#begin(provider, signal);
    } catch {
      this.#release(places);
      signal.throwIfAborted();
      return { kind: 'unavailable' };
    }
    const release = (): void => this.#release(places);
    begun.outcome.then(release, release);
    return begun;
  }

  async #begin(
    { endpoints, scopes }: DeviceProvider,
    signal: AbortSignal,
  ): Promise<DeviceSignInBegun> {
    const client = await endpoints.discover();
    const scope = scopes.filter((one) => one !== 'offline_access').join(' ');
    const device = await initiateDeviceAuthorization(client, { scope });
    const lifetimeMs = Math.min(device.expires_in * 1_000, CODE_LIFETIME_MAX_MS);
    return {
      kind: 'begun',
      url: checkShown(device.verification_uri, isWebAddress),
      userCode: checkShown(device.user_code, isPrintable),
      completeUrl:
        device.verification_uri_complete === undefined
          ? undefined
          : checkShown(device.verification_uri_complete, isWebAddress),
      expiresAtMs: this.#parts.nowMs() + lifetimeMs,
      outcome: this.#finish({ client, device, lifetimeMs }, signal),
    };
  }

  async #finish(
    { client, device, lifetimeMs }: WaitingCode,
    signal: AbortSignal,
  ): Promise<AuthenticationResult> {
    const deadline = AbortSignal.timeout(lifetimeMs);
    let idToken: string | undefined;
    try {
      const both = AbortSignal.any([signal, deadline]);
      const polling = pollDeviceAuthorizationGrant(client, device, undefined, { signal: both });
      idToken = (await untilAborted(polling, both)).id_token;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'rejected', reason: deadline.aborted ? 'expired' : explain(error) };
    }
    if (idToken === undefined) return { kind: 'rejected', reason: 'malformed' };
    const result = await this.#parts.authenticator.authenticate(idToken, signal);
    if (result.kind === 'rejected') return result;
    // A provider of workloads with the same issuer may take the token, too: a job has no browser, and no such lifetime.
    if (result.principal.kind !== 'person') {
      return { kind: 'rejected', reason: 'claims-not-accepted' };
    }
    const { nowMs } = this.#parts;
    const expiresAtMs = nowMs() + this.#parts.lifetimeMs();
    const principal = { ...result.principal, signIn: 'oidc-device' as const, expiresAtMs };
    return { kind: 'authenticated', principal };
  }

  #reserve(places: Places): boolean {
    if (this.#waitingInAll >= WAITING_MAX) return false;
    for (const [place, max] of places) {
      if ((this.#waiting.get(place) ?? 0) >= max) return false;
    }
    for (const place of places.keys())
      this.#waiting.set(place, (this.#waiting.get(place) ?? 0) + 1);
    this.#waitingInAll += 1;
    return true;
  }

  #release(places: Places): void {
    for (const place of places.keys()) {
      const waiting = (this.#waiting.get(place) ?? 1) - 1;
      if (waiting === 0) this.#waiting.delete(place);
      else this.#waiting.set(place, waiting);
    }
    this.#waitingInAll -= 1;
  }
}

/** Where somebody is, and how many codes may wait there. */
type Places = ReadonlyMap<string, number>;

function placesOf(address: string): Places {
  // Of IPv4 both are the address: the lower number, which is set last, counts.
  return new Map([
    [originOf(address), WAITING_PER_NETWORK_MAX],
    [linkOf(address), WAITING_PER_LINK_MAX],
  ]);
}

function explain(error: unknown): RejectionReason {
  if (error instanceof ResponseBodyError) {
    return error.error === 'expired_token' ? 'expired' : 'declined';
  }
  return error instanceof ClientError ? 'malformed' : 'provider-unreachable';
}

/** What is shown goes to a terminal, which a provider must not command. */
function checkShown(text: string, isGood: (text: string) => boolean): string {
  if (text.length <= SHOWN_LENGTH_MAX && isPrintable(text) && isGood(text)) return text;
  throw new Error('Cannot sign in by a code: the provider sent something that cannot be shown');
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
}
