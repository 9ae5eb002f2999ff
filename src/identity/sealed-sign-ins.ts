import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { BrowserSignIn, BrowserSignInStore } from './browser-sign-in.ts';
import type { TokenRecord, TokenStore } from './token-store.ts';

/** Whoever can only write into the store could else write down a token, or a sign-in, as anybody. */
class PrincipalSeals {
  readonly #key: Buffer;

  /** @param masterKey 32 bytes, the same for all gateways on a store. */
  constructor(masterKey: Buffer, purpose: string) {
    this.#key = Buffer.from(hkdfSync('sha256', masterKey, '', `sallyport sealed ${purpose}`, 32));
  }

  /** The principal with its seal, as one of its fields: rows of before have none, and do not count. */
  seal<Who extends object>(who: Who, about: readonly (string | number)[]): Who {
    return { ...who, seal: this.#code(who, about).toString('base64url') };
  }

  /** The principal as it was sealed; undefined if it was not, or not with this. */
  open<Who extends object>(
    sealed: Who & { readonly seal?: unknown },
    about: readonly (string | number)[],
  ): Who | undefined {
    // Whoever can write into the store can write null there, too.
    const { seal, ...who } = Object(sealed) as typeof sealed;
    if (typeof seal !== 'string') return undefined;
    const given = Buffer.from(seal, 'base64url');
    const expected = this.#code(who, about);
    const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
    return isOurs ? (who as unknown as Who) : undefined;
  }

  /** The database keeps fields in an order of its own, and times in whole milliseconds. */
  #code(who: object, about: readonly (string | number)[]): Buffer {
    const fields = Object.entries(who)
      .filter(([, value]) => value !== undefined)
      .toSorted(([one], [other]) => (one < other ? -1 : 1));
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([about, fields]))
      .digest();
  }
}

/**
 * Tokens whose rows show that a gateway with the key wrote them: for whom, of which kind, and until when. Of any other
 * it is as if there were none. Revoking takes the seal away: whoever can write may end one, and brings one back only by
 * a copy of its row from before.
 */
export function sealTokens(store: TokenStore, masterKey: Buffer): TokenStore {
  const seals = new PrincipalSeals(masterKey, 'tokens');
  const open = (record: TokenRecord): TokenRecord | undefined => {
    const principal = seals.open(record.principal, describeToken(record));
    return principal && { ...record, principal };
  };
  return {
    insert: (record) =>
      store.insert({ ...record, principal: seals.seal(record.principal, describeToken(record)) }),
    find: async (hash) => {
      const found = await store.find(hash);
      // It says for nobody any more that it counts; who asks is told why.
      return found?.revokedAtMs === undefined ? found && open(found) : found;
    },
    revoke: (id, revokedAtMs) => store.revoke(id, revokedAtMs),
    list: async (principalId) =>
      (await store.list(principalId)).map(open).filter((record) => record !== undefined),
  };
}

function describeToken({
  id,
  kind,
  hash,
  issuedAtMs,
  expiresAtMs,
}: TokenRecord): readonly (string | number)[] {
  return [id, kind, hash.toString('base64url'), ...[issuedAtMs, expiresAtMs].map(Math.trunc)];
}

/** The same for sign-ins in browsers. When one was used last, and that it was ended, is not part of it. */
export function sealSignIns(store: BrowserSignInStore, masterKey: Buffer): BrowserSignInStore {
  const seals = new PrincipalSeals(masterKey, 'sign-ins');
  const open = (signIn: BrowserSignIn): BrowserSignIn | undefined => {
    const principal = seals.open(signIn.principal, describeSignIn(signIn));
    return principal && { ...signIn, principal };
  };
  return {
    insert: (signIn) =>
      store.insert({ ...signIn, principal: seals.seal(signIn.principal, describeSignIn(signIn)) }),
    find: async (secretHash) => {
      const found = await store.find(secretHash);
      return found && open(found);
    },
    touch: (id, lastUsedAtMs) => store.touch(id, lastUsedAtMs),
    end: (id, principalId, endedAtMs) => store.end(id, principalId, endedAtMs),
    list: async (principalId) =>
      (await store.list(principalId)).map(open).filter((signIn) => signIn !== undefined),
  };
}

function describeSignIn({
  id,
  secretHash,
  method,
  createdAtMs,
  endsAtMs,
}: BrowserSignIn): readonly (string | number)[] {
  const times = [createdAtMs, endsAtMs].map(Math.trunc);
  return [id, secretHash.toString('base64url'), method, ...times];
}
