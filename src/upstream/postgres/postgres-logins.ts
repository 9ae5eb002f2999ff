import { readFile } from 'node:fs/promises';
import {
  cancelUpstream,
  connectUpstream,
  type UpstreamConnection,
  type UpstreamOptions,
} from '../../protocols/postgres/upstream.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SecretError } from '../../targets/secret-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { PostgresTarget } from '../../targets/target.ts';

/** Milliseconds from the first packet to the target until it is ready. */
const LOGIN_TIMEOUT_MS = 15_000;

/** Logs in to PostgreSQL targets, with credentials that never leave this folder and `upstream.ts`. */
export class PostgresLogins {
  readonly #resolveSecret: ResolveSecret;

  constructor(resolveSecret: ResolveSecret) {
    this.#resolveSecret = resolveSecret;
  }

  /** @throws {UpstreamError} */
  async connect(
    target: PostgresTarget,
    database: string,
    parameters: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamConnection> {
    const options = await this.#buildOptions(target, database, parameters);
    return connectUpstream(options, signal);
  }

  async cancel(
    target: PostgresTarget,
    key: UpstreamConnection['backendKey'],
    signal: AbortSignal,
  ): Promise<void> {
    const options = await this.#buildOptions(target, target.database, new Map());
    await cancelUpstream(options, key, signal);
  }

  async #buildOptions(
    target: PostgresTarget,
    database: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<UpstreamOptions> {
    const { host, port, tls, credential } = target;
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
