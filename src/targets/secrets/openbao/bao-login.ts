import { readFile } from 'node:fs/promises';
import type { BaoAuthentication } from '../../../configuration/secret-source-settings.ts';
import type { ResolveSecret } from '../../secret-resolver.ts';
import { unavailable } from '../request-service.ts';
import { SourceError } from '../source-error.ts';
import { type BaoPlace, callBao, readToken } from './call-bao.ts';

/** A token, and until when it lives; what was leased under it dies with it. */
export interface LiveToken {
  readonly value: string;
  /** Of the clock of `BaoLoginParts`; renewing it moves the end. */
  readonly endsAtMs: number;
}

/** What logging in needs beside its settings. */
export interface BaoLoginParts {
  readonly place: BaoPlace;
  readonly authentication: BaoAuthentication;
  /** For the AppRole's secret id, or the token. */
  readonly resolveSecret: ResolveSecret;
  readonly nowMs: () => number;
}

interface OwnToken {
  value: string;
  endsAtMs: number;
  /** When it is worth renewing it. */
  dueAtMs: number;
  isRenewable: boolean;
}

const RENEWED_AFTER = 1 / 2;
/** A token that ends within so many milliseconds is not used any more: it must last until the answer. */
const MARGIN_MS = 2_000;
const LOGIN_INTERVAL_MS = 10_000;

/** Who the gateway is to Vault or OpenBao: logs in when it must, renews when it can. */
export class BaoLogin {
  readonly #parts: BaoLoginParts;
  #token: OwnToken | undefined;
  #changing: Promise<OwnToken> | undefined;
  #loggedInAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: BaoLoginParts) {
    this.#parts = parts;
  }

  /** @throws {SourceError} If it is not let in. */
  async get(signal: AbortSignal): Promise<LiveToken> {
    const { authentication, nowMs } = this.#parts;
    if (authentication.kind === 'token') {
      const value = await this.#read(authentication.token);
      return { value, endsAtMs: Number.POSITIVE_INFINITY };
    }
    const token = this.#token;
    if (token !== undefined && nowMs() < Math.min(token.dueAtMs, token.endsAtMs - MARGIN_MS)) {
      return token;
    }
    this.#changing ??= this.#change(token, signal).finally(() => {
      this.#changing = undefined;
    });
    return this.#changing;
  }

  /**
   * It was not allowed something. If it is dead, another is asked for the next time; one that lives is kept, whatever it
   * may not do, since leases hang on it.
   *
   * @returns Whether it is worth trying again.
   */
  async doubt(token: LiveToken, signal: AbortSignal): Promise<boolean> {
    if (this.#token !== token) return this.#parts.authentication.kind !== 'token';
    if (this.#parts.nowMs() - this.#loggedInAtMs < LOGIN_INTERVAL_MS) return false;
    const path = 'auth/token/lookup-self';
    try {
      await callBao(this.#parts.place, { method: 'GET', path, token: token.value, signal });
      return false;
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'ERR_SOURCE_DENIED') throw error;
    }
    if (this.#token === token) this.#token = undefined;
    return true;
  }

  /** Takes its token back, and with it everything that was leased under it. */
  async end(signal: AbortSignal): Promise<void> {
    const token = this.#token;
    this.#token = undefined;
    if (token === undefined) return;
    const path = 'auth/token/revoke-self';
    await callBao(this.#parts.place, { method: 'POST', path, token: token.value, signal });
  }

  async #change(token: OwnToken | undefined, signal: AbortSignal): Promise<OwnToken> {
    const isAlive = token !== undefined && this.#parts.nowMs() < token.endsAtMs - MARGIN_MS;
    if (token?.isRenewable === true && isAlive && (await this.#renew(token, signal))) return token;
    try {
      this.#token = await this.#logIn(signal);
      return this.#token;
    } catch (error) {
      // There is one that still lives: being away for a moment ends nothing.
      if (isAlive && error instanceof SourceError && error.code === 'ERR_SOURCE_UNAVAILABLE') {
        return token;
      }
      throw error;
    }
  }

  /** False: it cannot be renewed, or not by as much as it had, so that it would have to be replaced soon anyway. */
  async #renew(token: OwnToken, signal: AbortSignal): Promise<boolean> {
    const askedAtMs = this.#parts.nowMs();
    try {
      const call = { method: 'POST', path: 'auth/token/renew-self', body: {} } as const;
      const answer = await callBao(this.#parts.place, { ...call, token: token.value, signal });
      const { lifetimeMs } = readToken(answer);
      const leftMs = token.endsAtMs - askedAtMs;
      token.endsAtMs = askedAtMs + lifetimeMs;
      token.dueAtMs = askedAtMs + lifetimeMs * RENEWED_AFTER;
      return lifetimeMs > leftMs;
    } catch (error) {
      if (error instanceof SourceError) return false;
      throw error;
    }
  }

  async #logIn(signal: AbortSignal): Promise<OwnToken> {
    const { place, authentication, nowMs } = this.#parts;
    const askedAtMs = nowMs();
    const { mount, body } = await this.#buildLogin(authentication);
    const path = `auth/${mount}/login`;
    const { token, lifetimeMs, isRenewable } = readToken(
      await callBao(place, { method: 'POST', path, body, signal }),
    );
    this.#loggedInAtMs = askedAtMs;
    const lastsMs = lifetimeMs === 0 ? Number.POSITIVE_INFINITY : lifetimeMs;
    return {
      value: token,
      endsAtMs: askedAtMs + lastsMs,
      dueAtMs: askedAtMs + lastsMs * RENEWED_AFTER,
      isRenewable,
    };
  }

  async #buildLogin(
    authentication: BaoAuthentication,
  ): Promise<{ readonly mount: string; readonly body: Readonly<Record<string, string>> }> {
    switch (authentication.kind) {
      case 'appRole': {
        const { mount, roleId, secretId } = authentication;
        return { mount, body: { role_id: roleId, secret_id: await this.#read(secretId) } };
      }
      case 'kubernetes': {
        const { mount, role, tokenFile } = authentication;
        const jwt = await readFile(tokenFile, 'utf8').catch(() => {
          throw unavailable('the token of the service account cannot be read');
        });
        return { mount, body: { role, jwt: jwt.trim() } };
      }
      case 'token':
        throw new RangeError('a token is no login');
    }
  }

  async #read(reference: string): Promise<string> {
    try {
      return String(await this.#parts.resolveSecret(reference)).trim();
    } catch {
      throw unavailable(`its own secret ${reference} cannot be read`);
    }
  }
}
