import { readFile } from 'node:fs/promises';
import { ServerRefusalError } from '../../protocols/postgres/server-refusal-error.ts';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
  type UpstreamOptions,
} from '../../protocols/postgres/upstream.ts';
import { channelOf } from '../../protocols/postgres/upstream-channel.ts';
import type { BackendKey } from '../../protocols/postgres/upstream-login.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import { SecretUse } from '../../targets/secrets/secret-use.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { describeCredentialError } from '../describe-credential-error.ts';
import { type StreamOpener, takeFacts } from '../stream-opener.ts';
import type { CarriedFor, PostgresStart } from '../ways.ts';
import { type LoginQuestion, LoginSecretReader } from './login-secrets.ts';
import { decodeLoginFacts, encodeKey, encodeStart } from './postgres-handover.ts';

/** Milliseconds from the first packet to the target until it is ready. */
const LOGIN_TIMEOUT_MS = 15_000;

/** SQLSTATEs of class 28 say that who logs in is not believed; all others, that something else is in the way. */
function isOfCredential(error: unknown): boolean {
  return error instanceof ServerRefusalError && error.fields.get('C')?.startsWith('28') === true;
}

interface LoginAttempt {
  readonly start: PostgresStart;
  readonly carriedFor: CarriedFor;
  readonly signal: AbortSignal;
  readonly isFirst: boolean;
}

/** Logs in to PostgreSQL targets, or has their connectors do so. See `Ways`. */
export class PostgresLogins {
  readonly #secrets: LoginSecretReader;
  readonly #streams: StreamOpener;

  constructor(resolveSecret: ResolveSecret, streams: StreamOpener) {
    this.#secrets = new LoginSecretReader(resolveSecret);
    this.#streams = streams;
  }

  async connect(
    target: PostgresTarget,
    start: PostgresStart,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    const { credential } = target;
    if (credential.kind === 'elsewhere') {
      return this.#takeOver(target, start, carriedFor, signal);
    }
    const question = { target, credential, principalId: carriedFor.principalId };
    return this.#logIn(question, { start, carriedFor, signal, isFirst: true });
  }

  /** Tries once more if the server refuses, and there is something newer to log in with. */
  async #logIn(question: LoginQuestion, attempt: LoginAttempt): Promise<UpstreamConnection> {
    const { start, carriedFor, signal, isFirst } = attempt;
    const use = new SecretUse();
    try {
      const options = await this.#buildOptions(question, start, use);
      const way = this.#wayOf(question.target, carriedFor);
      const upstream = await connectUpstream({ ...options, ...way }, signal);
      upstream.socket.once('close', () => use.end());
      if (upstream.socket.destroyed) use.end();
      return upstream;
    } catch (error) {
      const isReplaced =
        isFirst && isOfCredential(error) && (await this.#secrets.reread(question, use));
      use.end();
      if (!isReplaced) throw error;
      return this.#logIn(question, { ...attempt, isFirst: false });
    }
  }

  async cancel(
    target: PostgresTarget,
    key: BackendKey,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<void> {
    const { credential, database } = target;
    if (credential.kind === 'elsewhere') {
      const question = {
        target,
        kind: 'postgres-cancel',
        carriedFor,
        login: encodeKey(key),
      } as const;
      const { stream } = await this.#streams.open(question, signal);
      stream.destroy();
      return;
    }
    const question = { target, credential, principalId: carriedFor.principalId };
    const use = new SecretUse();
    const start = { database, parameters: new Map<string, string>() };
    try {
      const options = await this.#buildOptions(question, start, use);
      await cancelUpstream({ ...options, ...this.#wayOf(target, carriedFor) }, key, signal);
    } finally {
      use.end();
    }
  }

  /** A connection that the connector has logged in. */
  async #takeOver(
    target: PostgresTarget,
    start: PostgresStart,
    carriedFor: CarriedFor,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    const question = { target, kind: 'postgres', carriedFor, login: encodeStart(start) } as const;
    const opened = await this.#streams.open(question, signal);
    const login = takeFacts(opened, decodeLoginFacts);
    const serverVersion = login.parameters.get('server_version') ?? '';
    const channel = channelOf(opened.stream);
    return { ...login, socket: opened.stream, channel, serverVersion };
  }

  #wayOf(target: PostgresTarget, carriedFor: CarriedFor): Pick<UpstreamOptions, 'openStream'> {
    const openStream = this.#streams.forBytes(target, carriedFor);
    return openStream === undefined ? {} : { openStream };
  }

  async #buildOptions(
    question: LoginQuestion,
    { database, parameters }: PostgresStart,
    use: SecretUse,
  ): Promise<UpstreamOptions> {
    const { host, port, tls } = question.target;
    try {
      const secrets = await this.#secrets.read(question, use);
      const ca = tls.caFile === undefined ? undefined : await readFile(tls.caFile, 'utf8');
      return {
        host,
        port,
        tls: {
          mode: tls.mode,
          ...(ca !== undefined && { ca }),
          ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        },
        database,
        parameters,
        loginTimeoutMs: LOGIN_TIMEOUT_MS,
        ...secrets,
      };
    } catch (cause) {
      throw describeCredentialError(cause);
    }
  }
}
