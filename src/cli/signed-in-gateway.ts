import { askGateway } from './ask-gateway.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { CliHost } from './command-context.ts';
import { type GatewayRequest, requestJson, requestLines } from './gateway-request.ts';
import {
  type Address,
  findKnownGateway,
  getKnownGateway,
  type KnownGateway,
  parseGatewayUrl,
  reachableAddress,
  tokenFilePath,
} from './gateway-settings.ts';

/** What of a schema of `api/` is used here. */
interface Schema<T> {
  parse(value: unknown): T;
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: T } | { readonly success: false };
}

type SignedInRequest = Pick<GatewayRequest, 'path' | 'form' | 'json'>;

/** A gateway with the sign-in that was made to it from here. */
export class SignedInGateway {
  readonly known: KnownGateway;
  readonly #host: CliHost;

  /** @param option `--gateway`. */
  static async open(host: CliHost, option: string | undefined): Promise<SignedInGateway> {
    return new SignedInGateway(host, await findGateway(host, option));
  }

  constructor(host: CliHost, known: KnownGateway) {
    this.#host = host;
    this.known = known;
  }

  /** The token to present: from SALLYPORT_TOKEN, for jobs, or of the sign-in, refreshed when it is old. */
  async token(): Promise<string> {
    const { environment, nowMs, signal } = this.#host;
    const given = ownToken(environment);
    if (given !== undefined) return given;
    const { freshToken } = await import('./login-session.ts');
    const tokenFile = tokenFilePath(environment);
    return freshToken({ gatewayUrl: this.known.url, tokenFile, nowMs }, signal);
  }

  /** @throws {CliError} As `requestJson`, or if the answer is not what the contract says. */
  async get<T>(schema: Schema<T>, request: SignedInRequest): Promise<T> {
    const answer = schema.safeParse(await requestJson(await this.#complete(request)));
    if (answer.success) return answer.data;
    throw new CliError(
      EXIT.failure,
      `${this.known.url} answers by another version of the contract`,
      'Use the sallyport command of the same version as the gateway.',
    );
  }

  /** One value for each line. @throws {CliError} As `requestLines`. */
  async *getLines<T>(schema: Schema<T>, request: SignedInRequest): AsyncGenerator<T> {
    for await (const line of requestLines(await this.#complete(request))) {
      yield schema.parse(line);
    }
  }

  async #complete(request: SignedInRequest): Promise<GatewayRequest> {
    const { url, ca } = this.known;
    // The token endpoint takes its token in the form.
    const token = request.form === undefined ? { token: await this.token() } : {};
    return { ...request, url, ca, ...token, signal: this.#host.signal };
  }
}

/**
 * Which gateway is meant. A job that brings its token has not signed in: its gateway is asked how it is reached.
 *
 * @throws {CliError} If none is known, or it cannot be asked.
 */
export async function findGateway(
  { environment, signal }: CliHost,
  option: string | undefined,
): Promise<KnownGateway> {
  const known = await findKnownGateway(environment, option);
  const named = option ?? environment['SALLYPORT_GATEWAY'];
  if (known !== undefined || named === undefined || ownToken(environment) === undefined) {
    return known ?? getKnownGateway(environment, option);
  }
  return askGateway({ url: parseGatewayUrl(named), signal });
}

/** The token that a job brings, in place of a sign-in. */
export function ownToken(environment: CliHost['environment']): string | undefined {
  return environment['SALLYPORT_TOKEN'] || undefined;
}

/** Host and port for PostgreSQL clients. @throws {CliError} If the gateway takes none. */
export function postgresAddress(known: KnownGateway): Address {
  const { postgres } = known.configuration;
  if (postgres !== undefined) return reachableAddress(known, postgres);
  throw new CliError(EXIT.failure, `${known.url} takes no clients of PostgreSQL`);
}
