import assert from 'node:assert/strict';
import { TokenAuthenticator } from '../../src/identity/authenticate.ts';
import type { Authenticator, RejectionReason } from '../../src/identity/authenticator.ts';
import type { IdentityProvider } from '../../src/identity/identity-provider.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { FakeIssuer } from './fake-issuer.ts';

/** A signal that never aborts. */
export const SIGNAL: AbortSignal = new AbortController().signal;

/** An issuer, a clock that can be moved, and authenticators that trust the one and read the other. */
export class AuthenticationFixture {
  /** Milliseconds that the clock is ahead. */
  offsetMs = 0;
  readonly nowMs = (): number => Date.now() + this.offsetMs;
  #issuer: FakeIssuer | undefined;

  get issuer(): FakeIssuer {
    assert(this.#issuer !== undefined, 'start the fixture first');
    return this.#issuer;
  }

  async start(): Promise<void> {
    this.#issuer = await FakeIssuer.start();
  }

  async stop(): Promise<void> {
    await this.issuer[Symbol.asyncDispose]();
  }

  /** Undoes what a test did to the clock and the issuer. */
  reset(): void {
    this.offsetMs = 0;
    this.issuer.reachable = true;
    this.issuer.publish(this.issuer.key);
    this.issuer.requests.length = 0;
  }

  /** Seconds since the Unix epoch, as claims have it. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  provider(changes: Partial<IdentityProvider> = {}): IdentityProvider {
    return {
      name: 'hospital',
      kind: 'person',
      issuer: this.issuer.issuer,
      audiences: ['sallyport', 'sallyport-cli'],
      ...changes,
    };
  }

  authenticator(changes: Partial<IdentityProvider> = {}): TokenAuthenticator {
    return new TokenAuthenticator([this.provider(changes)], { nowMs: this.nowMs });
  }
}

/** The principal of a token that must be accepted. */
export async function admit(authenticator: Authenticator, token: string): Promise<Principal> {
  const result = await authenticator.authenticate(token, SIGNAL);
  assert(result.kind === 'authenticated', JSON.stringify(result));
  return result.principal;
}

/** Checks that a token is refused, and why. */
export async function assertRejected(
  authenticator: Authenticator,
  token: string,
  reason: RejectionReason,
): Promise<void> {
  assert.deepEqual(await authenticator.authenticate(token, SIGNAL), { kind: 'rejected', reason });
}
