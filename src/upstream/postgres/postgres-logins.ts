import { readFile } from 'node:fs/promises';
import type { PostgresCredential } from '../../configuration/postgres-target-file.ts';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
  type UpstreamOptions,
} from '../../protocols/postgres/upstream.ts';
import { channelOf } from '../../protocols/postgres/upstream-channel.ts';
import type { BackendKey } from '../../protocols/postgres/upstream-login.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { type StreamOpener, takeFacts } from '../stream-opener.ts';
import type { CarriedFor, PostgresStart } from '../ways.ts';
import { decodeLoginFacts, encodeKey, encodeStart } from './postgres-handover.ts';

/** Milliseconds from the first packet to the target until it is ready. */
const LOGIN_TIMEOUT_MS = 15_000;

/** Logs in to PostgreSQL targets, or has their connectors do so. See `Ways`. */
export class PostgresLogins {
  readonly #resolveSecret: ResolveSecret;
  readonly #streams: StreamOpener;

  constructor(resolveSecret: ResolveSecret, streams: StreamOpener) {
    this.#resolveSecret = resolveSecret;
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
    const options = {
      ...(await this.#buildOptions(target, credential, start)),
      ...this.#wayOf(target, carriedFor),
    };
    return connectUpstream(options, signal);
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
    const options = {
      ...(await this.#buildOptions(target, credential, { database, parameters: new Map() })),
      ...this.#wayOf(target, carriedFor),
    };
    await cancelUpstream(options, key, signal);
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
    { host, port, tls }: PostgresTarget,
    credential: PostgresCredential,
    { database, parameters }: PostgresStart,
  ): Promise<UpstreamOptions> {
    const read = async (reference: string | undefined): Promise<Buffer | undefined> => {
      if (reference === undefined) return undefined;
      return this.#resolveSecret(reference);
    };
    try {
      const password = await read(credential.password);
      const clientCertificate = await read(credential.clientCertificate);
      const clientKey = await read(credential.clientKey);
      const ca = tls.caFile === undefined ? undefined : await readFile(tls.caFile, 'utf8');
      return {
        host,
        port,
        tls: {
          mode: tls.mode,
          ...(ca !== undefined && { ca }),
          ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        },
        user: credential.user,
        database,
        parameters,
        loginTimeoutMs: LOGIN_TIMEOUT_MS,
        ...(password !== undefined && { password: trimLineEnd(password) }),
        ...(clientCertificate !== undefined && { clientCertificate: clientCertificate.toString() }),
        ...(clientKey !== undefined && { clientKey: clientKey.toString() }),
      };
    } catch (cause) {
      const isOurs =
        cause instanceof SecretError || (cause as NodeJS.ErrnoException).code !== undefined;
      if (!isOurs) throw cause;
      throw new UpstreamError('ERR_UPSTREAM_LOGIN', 'its credential cannot be read', { cause });
    }
  }
}

/** Editors end files with a line feed that nobody means to be part of a password. */
function trimLineEnd(secret: Buffer): Buffer {
  let end = secret.length;
  while (end > 0 && (secret[end - 1] === 0x0a || secret[end - 1] === 0x0d)) end -= 1;
  return secret.subarray(0, end);
}
