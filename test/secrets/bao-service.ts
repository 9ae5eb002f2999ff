import { randomBytes } from 'node:crypto';
import {
  type Answer,
  type LocalService,
  type ReceivedRequest,
  startService,
} from './start-service.ts';

interface Living {
  endsAtMs: number;
  /** The end that no renewal moves. */
  readonly lastAtMs: number;
}

interface Grant extends Living {
  readonly token: string;
  readonly user: string;
}

const DENIED: Answer = { status: 403, body: { errors: ['permission denied'] } };
const INVALID: Answer = { status: 400, body: { errors: ['invalid'] } };
const MISSING: Answer = { status: 404, body: { errors: [] } };

/**
 * Stands in for the API of Vault and OpenBao: logins by AppRole and Kubernetes, tokens, key-value pairs (version 2),
 * users of databases, and leases that end with their time or their token. Neither program is packaged for Debian or
 * npm, so tests cannot count on the real one; `run.ts` puts the same questions to it by hand. Time is the test's.
 *
 * @see https://openbao.org/api-docs/
 */
export class BaoService implements AsyncDisposable {
  /** What an AppRole's secret id, or a pod's token, has to be. */
  secretId = 'first-secret-id';
  /** Milliseconds that tokens and leases last, and last at most. */
  tokenMs = 3_600_000;
  leaseMs = 600_000;
  maxMs = 86_400_000;
  /** 503, as when the server is sealed. */
  isSealed = false;
  namespace: string | undefined;
  readonly pairs: Map<string, Readonly<Record<string, unknown>>> = new Map();
  readonly #nowMs: () => number;
  readonly #tokens = new Map<string, Living>();
  readonly #leases = new Map<string, Grant>();
  #service: LocalService | undefined;

  private constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  static async start(nowMs: () => number): Promise<BaoService> {
    const bao = new BaoService(nowMs);
    bao.#service = await startService((request) => bao.#answer(request));
    return bao;
  }

  get url(): string {
    return this.#service?.url ?? '';
  }

  /** All that it was asked, in order. */
  get requests(): readonly ReceivedRequest[] {
    return this.#service?.requests ?? [];
  }

  /** Users of the database that there are now, in order. */
  users(): readonly string[] {
    this.#endWhatIsOver();
    return [...this.#leases.values()].map(({ user }) => user);
  }

  /** Ends all tokens, as an operator can, with all that they were leased. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.[Symbol.asyncDispose]();
  }

  #answer(request: ReceivedRequest): Answer {
    this.#endWhatIsOver();
    const { method, url, headers } = request;
    if (this.isSealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (headers['x-vault-namespace'] !== this.namespace) return DENIED;
    if (/^\/v1\/auth\/(?:approle|kubernetes)\/login$/.test(url)) return this.#logIn(request);
    const token = String(headers['x-vault-token']);
    if (!this.#tokens.has(token)) return DENIED;
    if (url.startsWith('/v1/auth/token/')) return this.#answerOfToken(token, url);
    if (method === 'PUT' && url.startsWith('/v1/sys/leases/')) return this.#changeLease(request);
    if (method === 'GET' && url === '/v1/database/creds/reader') return this.#lease(token);
    const path = /^\/v1\/kv\/data\/(.+)$/.exec(url)?.[1];
    if (method !== 'GET' || path === undefined) return MISSING;
    if (path === 'forbidden') return DENIED;
    const data = this.pairs.get(path);
    if (data === undefined) return MISSING;
    return { status: 200, body: { data: { data, metadata: { version: 1 } } } };
  }

  #endWhatIsOver(): void {
    const nowMs = this.#nowMs();
    for (const [token, { endsAtMs }] of this.#tokens) {
      if (nowMs >= endsAtMs) this.#tokens.delete(token);
    }
    for (const [id, { endsAtMs, token }] of this.#leases) {
      if (nowMs >= endsAtMs || !this.#tokens.has(token)) this.#leases.delete(id);
    }
  }

  #logIn({ url, body }: ReceivedRequest): Answer {
    const said = JSON.parse(body) as Readonly<Record<string, unknown>>;
    if (url === '/v1/auth/approle/login') {
      const isKnown = said['role_id'] === 'gateway' && said['secret_id'] === this.secretId;
      return isKnown ? this.#giveToken() : INVALID;
    }
    const isKnown = said['role'] === 'gateway' && said['jwt'] === this.secretId;
    return isKnown ? this.#giveToken() : DENIED;
  }

  #giveToken(): Answer {
    const token = `hvs.${randomBytes(12).toString('hex')}`;
    this.#tokens.set(token, this.#living(this.tokenMs));
    return authOf(token, this.tokenMs);
  }

  #answerOfToken(token: string, url: string): Answer {
    const found = this.#tokens.get(token);
    if (found === undefined) return DENIED;
    if (url.endsWith('/lookup-self')) return { status: 200, body: { data: {} } };
    if (url.endsWith('/renew-self')) return authOf(token, this.#prolong(found, this.tokenMs));
    this.#tokens.delete(token);
    return { status: 204 };
  }

  #lease(token: string): Answer {
    const id = `database/creds/reader/${randomBytes(8).toString('hex')}`;
    const user = `v-gateway-reader-${randomBytes(6).toString('hex')}`;
    this.#leases.set(id, { ...this.#living(this.leaseMs), token, user });
    const data = { username: user, password: `A1a-${user}` };
    const lease_duration = this.leaseMs / 1_000;
    return { status: 200, body: { lease_id: id, lease_duration, renewable: true, data } };
  }

  #changeLease({ url, body }: ReceivedRequest): Answer {
    const id = String((JSON.parse(body) as Readonly<Record<string, unknown>>)['lease_id']);
    const found = this.#leases.get(id);
    if (url.endsWith('/revoke')) {
      this.#leases.delete(id);
      return { status: 204 };
    }
    if (found === undefined) return INVALID;
    const lease_duration = this.#prolong(found, this.leaseMs) / 1_000;
    return { status: 200, body: { lease_id: id, lease_duration, renewable: true } };
  }

  #living(lifetimeMs: number): Living {
    const nowMs = this.#nowMs();
    return { endsAtMs: nowMs + lifetimeMs, lastAtMs: nowMs + this.maxMs };
  }

  #prolong(of: Living, byMs: number): number {
    of.endsAtMs = Math.min(this.#nowMs() + byMs, of.lastAtMs);
    return of.endsAtMs - this.#nowMs();
  }
}

function authOf(token: string, lifetimeMs: number): Answer {
  const auth = { client_token: token, lease_duration: lifetimeMs / 1_000, renewable: true };
  return { status: 200, body: { auth } };
}
