import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { SAML_REQUEST_MS } from './read-saml-answer.ts';
import type { SamlService } from './saml-provider.ts';

/** An underscore, as an XML id does not begin with a digit; then in hex 16 random bytes, when it ends, and 16 bytes of a code. */
const ID = /^_([0-9a-f]{32}[0-9a-f]{12})([0-9a-f]{32})$/;
const CODE_BYTES = 16;

/**
 * Ids of requests to SAML providers. Anybody can have one made, so nothing is stored for them: an id says itself when it
 * ends, and a code shows that a gateway with the same key made it, for one provider and one address of ours.
 */
export class SamlRequests {
  readonly #key: Buffer;
  readonly #nowMs: () => number;

  /** @param masterKey 32 bytes, the same for all gateways on a store. */
  constructor(masterKey: Buffer, nowMs: () => number) {
    this.#key = Buffer.from(hkdfSync('sha256', masterKey, '', 'sallyport saml requests', 32));
    this.#nowMs = nowMs;
  }

  mint(provider: string, service: SamlService): string {
    const untilMs = this.#nowMs() + SAML_REQUEST_MS;
    const random = randomBytes(16).toString('hex');
    const body = random + untilMs.toString(16).padStart(12, '0');
    return `_${body}${this.#code(body, provider, service).toString('hex')}`;
  }

  /** Whether the request is one of ours that can still be answered. */
  isOpen(id: string, provider: string, service: SamlService): boolean {
    const [, body, code] = ID.exec(id) ?? [];
    if (body === undefined || code === undefined) return false;
    const isOurs = timingSafeEqual(Buffer.from(code, 'hex'), this.#code(body, provider, service));
    return isOurs && this.#nowMs() <= Number.parseInt(body.slice(32), 16);
  }

  #code(body: string, provider: string, { entityId, acsUrl }: SamlService): Buffer {
    const said = JSON.stringify([body, provider, entityId, acsUrl]);
    return createHmac('sha256', this.#key).update(said).digest().subarray(0, CODE_BYTES);
  }
}
