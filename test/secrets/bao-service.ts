import { randomBytes } from 'node:crypto';
import {
  type Answer,
  type LocalService,
  type ReceivedRequest,
  startService,
} from './start-service.ts';

interface Grant {
  readonly token: string;
  readonly user: string;
  endsAtMs: number;
  /** The end that no renewal moves. */
  readonly lastAtMs: number;
}

/** A Vault or OpenBao, and what a test can do to it. */
export interface BaoService extends LocalService {
  /** What an AppRole's secret id, or a pod's token, has to be. */
  secretId: string;
  /** Milliseconds that tokens and leases last, and last at most. */
  tokenMs: number;
  leaseMs: number;
  maxMs: number;
  /** 503, as when the server is sealed. */
  isSealed: boolean;
  namespace: string | undefined;
  readonly pairs: Map<string, Readonly<Record<string, unknown>>>;
  /** Users of the database that there are now, by what they were leased as. */
  users(): readonly string[];
  /** Ends a token, as an operator can, with all that it was leased. */
  revokeTokens(): void;
}

const DENIED: Answer = { status: 403, body: { errors: ['permission denied'] } };
const INVALID: Answer = { status: 400, body: { errors: ['invalid'] } };

/**
 * Stands in for the API of Vault and OpenBao: logins by AppRole and Kubernetes, tokens, key-value pairs (version 2),
 * users of databases, and leases that end with their time or their token. Neither program is packaged for Debian or
 * npm, so tests cannot count on the real one; `try-vault.ts` puts the same questions to it by hand. Time is the test's.
 *
 * @see https://openbao.org/api-docs/
 */
export async function startBaoService(nowMs: () => number): Promise<BaoService> {
  const tokens = new Map<string, { endsAtMs: number; readonly lastAtMs: number }>();
  const leases = new Map<string, Grant>();
  const state = {
    secretId: 'first-secret-id',
    tokenMs: 3_600_000,
    leaseMs: 600_000,
    maxMs: 86_400_000,
    isSealed: false,
    namespace: undefined as string | undefined,
    pairs: new Map<string, Readonly<Record<string, unknown>>>(),
  };

  function endWhatIsOver(): void {
    for (const [token, { endsAtMs }] of tokens) if (nowMs() >= endsAtMs) tokens.delete(token);
    for (const [id, { endsAtMs, token }] of leases) {
      if (nowMs() >= endsAtMs || !tokens.has(token)) leases.delete(id);
    }
  }

  function giveToken(): Answer {
    const token = `hvs.${randomBytes(12).toString('hex')}`;
    tokens.set(token, { endsAtMs: nowMs() + state.tokenMs, lastAtMs: nowMs() + state.maxMs });
    return authOf(token, state.tokenMs);
  }

  function authOf(token: string, lifetimeMs: number): Answer {
    const auth = { client_token: token, lease_duration: lifetimeMs / 1_000, renewable: true };
    return { status: 200, body: { auth } };
  }

  function logIn({ url, body }: ReceivedRequest): Answer {
    const said = JSON.parse(body) as Readonly<Record<string, unknown>>;
    if (url === '/v1/auth/approle/login') {
      return said['role_id'] === 'gateway' && said['secret_id'] === state.secretId
        ? giveToken()
        : INVALID;
    }
    return said['role'] === 'gateway' && said['jwt'] === state.secretId ? giveToken() : DENIED;
  }

  function prolong(of: { endsAtMs: number; readonly lastAtMs: number }, byMs: number): number {
    of.endsAtMs = Math.min(nowMs() + byMs, of.lastAtMs);
    return of.endsAtMs - nowMs();
  }

  function lease(token: string): Answer {
    const id = `database/creds/reader/${randomBytes(8).toString('hex')}`;
    const user = `v-gateway-reader-${randomBytes(6).toString('hex')}`;
    const lastAtMs = nowMs() + state.maxMs;
    leases.set(id, { token, user, endsAtMs: nowMs() + state.leaseMs, lastAtMs });
    const data = { username: user, password: `A1a-${user}` };
    const lease_duration = state.leaseMs / 1_000;
    return { status: 200, body: { lease_id: id, lease_duration, renewable: true, data } };
  }

  function changeLease({ url, body }: ReceivedRequest): Answer {
    const id = String((JSON.parse(body) as Readonly<Record<string, unknown>>)['lease_id']);
    const found = leases.get(id);
    if (url.endsWith('/revoke')) {
      leases.delete(id);
      return { status: 204 };
    }
    if (found === undefined) return INVALID;
    const lease_duration = prolong(found, state.leaseMs) / 1_000;
    return { status: 200, body: { lease_id: id, lease_duration, renewable: true } };
  }

  function changeToken(token: string, url: string): Answer {
    const found = tokens.get(token);
    if (found === undefined) return DENIED;
    if (url.endsWith('/renew-self')) return authOf(token, prolong(found, state.tokenMs));
    tokens.delete(token);
    return { status: 204 };
  }

  const service = await startService((request) => {
    endWhatIsOver();
    const { method, url, headers } = request;
    if (state.isSealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
    if (headers['x-vault-namespace'] !== state.namespace) return DENIED;
    if (/^\/v1\/auth\/(?:approle|kubernetes)\/login$/.test(url)) return logIn(request);
    const token = String(headers['x-vault-token']);
    if (!tokens.has(token)) return DENIED;
    if (method === 'GET' && url === '/v1/auth/token/lookup-self') return { status: 200, body: {} };
    if (url === '/v1/kv/data/forbidden') return DENIED;
    if (method === 'POST' && url.startsWith('/v1/auth/token/')) return changeToken(token, url);
    if (method === 'PUT' && url.startsWith('/v1/sys/leases/')) return changeLease(request);
    if (method === 'GET' && url === '/v1/database/creds/reader') return lease(token);
    const path = /^\/v1\/kv\/data\/(.+)$/.exec(url)?.[1];
    const data = path === undefined ? undefined : state.pairs.get(path);
    if (method === 'GET' && data !== undefined) {
      return { status: 200, body: { data: { data, metadata: { version: 1 } } } };
    }
    return { status: 404, body: { errors: [] } };
  });

  return Object.assign(state, service, {
    users: () => {
      endWhatIsOver();
      return [...leases.values()].map(({ user }) => user);
    },
    revokeTokens: () => tokens.clear(),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  });
}
