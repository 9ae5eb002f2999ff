import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { BrowserSignIns } from '../identity/browser-sign-ins.ts';
import type { TokenRecord, TokenStore } from '../identity/token-store.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import type { GatewaySession } from './gateway-session.ts';
import { RevocationWatch } from './revocation-watch.ts';
import { ALICE, makeSession, turn } from './session.fixture.ts';
import { SessionRegistry } from './session-registry.ts';

const LIMITS = { connectionsMax: 10, connectionsPerPrincipalMax: 10 };
const HASH = 'ab'.repeat(32);
const OTHER_HASH = 'cd'.repeat(32);

const open: Disposable[] = [];

function recordOf(changes: Partial<TokenRecord> = {}): TokenRecord {
  const hash = Buffer.from(HASH, 'hex');
  const times = { issuedAtMs: 0, expiresAtMs: 9 };
  return { id: 'tok_1', kind: 'bearer', hash, principal: ALICE, ...times, ...changes };
}

function watch(
  find: TokenStore['find'],
  findSignIn: BrowserSignIns['authenticateHash'] = async () => undefined,
): {
  readonly revocations: RevocationWatch;
  readonly begin: (id: string, tokenHash: string | undefined) => GatewaySession;
} {
  const registry = new SessionRegistry(
    () => 0,
    () => false,
  );
  const tokens: TokenStore = {
    find,
    insert: () => assert.fail('not asked for'),
    revoke: () => assert.fail('not asked for'),
    list: () => assert.fail('not asked for'),
  };
  const signIns = { authenticateHash: findSignIn };
  const sources = { tokens, signIns, nowMs: () => 0 };
  const revocations = new RevocationWatch(registry, sources, SILENT_LOG);
  open.push(revocations, registry);
  return {
    revocations,
    begin(id, tokenHash) {
      const session = makeSession({ id, tokenHash });
      assert(registry.reserve(ALICE, LIMITS));
      registry.add(session);
      return session;
    },
  };
}

describe('RevocationWatch', () => {
  afterEach(() => {
    for (const disposable of open.splice(0)) disposable[Symbol.dispose]();
  });

  it('ends the sessions of a revoked token, and no others', async () => {
    const asked: string[] = [];
    const { revocations, begin } = watch(async (hash) => {
      asked.push(hash.toString('hex'));
      return hash.toString('hex') === HASH ? recordOf({ revokedAtMs: 5 }) : recordOf();
    });
    const ended = [begin('s1', HASH), begin('s2', HASH)];
    const others = [begin('s3', OTHER_HASH), begin('s4', undefined)];
    await revocations.look();
    assert.deepEqual(asked, [HASH, OTHER_HASH]);
    for (const { abortReason } of ended) assert.equal(abortReason, 'principal-disabled');
    for (const { abortReason } of others) assert.equal(abortReason, undefined);
  });

  it('looks at the others where the store cannot tell of one', async () => {
    const { revocations, begin } = watch(async (hash) => {
      if (hash.toString('hex') === HASH) throw new Error('not to be read');
      return recordOf({ revokedAtMs: 5 });
    });
    const [unknown, revoked] = [begin('s1', HASH), begin('s2', OTHER_HASH)];
    await revocations.look();
    assert.equal(unknown.abortReason, undefined);
    assert.equal(revoked.abortReason, 'principal-disabled');
    await revocations.look();
  });

  it('ends the sessions of a token that the store does not have any more', async () => {
    const { revocations, begin } = watch(async () => undefined);
    const session = begin('s1', HASH);
    await revocations.look();
    assert.equal(session.abortReason, 'principal-disabled');
  });

  it('ends nothing while the store is away, and looks again', async () => {
    let isAway = true;
    const { revocations, begin } = watch(async () => {
      if (isAway) throw new Error('the store is away');
      return undefined;
    });
    const session = begin('s1', HASH);
    await revocations.look();
    assert.equal(session.abortReason, undefined);
    isAway = false;
    await revocations.look();
    assert.equal(session.abortReason !== undefined, true);
  });

  it('ends the sessions of a sign-in in a browser once that is over, and keeps one alive that is used', async () => {
    const uses: (boolean | undefined)[] = [];
    let isOver = false;
    const { revocations, begin } = watch(
      async () => undefined,
      async (_hash, isUse) => {
        uses.push(isUse);
        return isOver ? undefined : { id: 'si_1', principal: ALICE };
      },
    );
    const session = begin('s1', HASH);
    await revocations.look();
    assert.equal(session.abortReason, undefined);
    session.lastActivityAtMs = -60_000;
    await revocations.look();
    assert.deepEqual(uses, [true, false]);
    isOver = true;
    await revocations.look();
    assert.equal(session.abortReason, 'principal-disabled');
  });

  it('looks once at a time, and again for what was revoked meanwhile', async () => {
    let asked = 0;
    const answer = Promise.withResolvers<TokenRecord | undefined>();
    const { revocations, begin } = watch(async () => {
      asked += 1;
      return asked === 1 ? answer.promise : recordOf({ revokedAtMs: 5 });
    });
    const session = begin('s1', HASH);
    const looks = [revocations.look(), revocations.look()];
    await turn();
    assert.equal(asked, 1);
    answer.resolve(recordOf());
    await Promise.all(looks);
    assert.equal(asked, 2);
    assert.equal(session.abortReason, 'principal-disabled');
  });

  it('looks by itself, until it is disposed of', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    let asked = 0;
    const { revocations, begin } = watch(async () => {
      asked += 1;
      return recordOf();
    });
    begin('s1', HASH);
    t.mock.timers.tick(30_000);
    await turn();
    assert.equal(asked, 1);
    revocations[Symbol.dispose]();
    t.mock.timers.tick(60_000);
    await turn();
    assert.equal(asked, 1);
  });
});
