import type { Duplex } from 'node:stream';
import { dialTarget } from '../../protocols/dial-target.ts';
import {
  type Dialed,
  type DialOptions,
  dial,
  type HttpApplication,
} from '../../protocols/http/upstream/dial.ts';
import { resolveTarget } from '../../protocols/resolve-target.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import type { WebTarget } from '../../targets/target.ts';
import type { StreamOpener } from '../stream-opener.ts';
import { type CarriedFor, FOR_GATEWAY } from '../ways.ts';
import { readDialOptions } from './dial-options.ts';
import { encodeHttpLogin } from './http-handover.ts';

/** Connects to HTTP targets, or to what their connectors speak for them. See `Ways`. */
export class HttpDialer {
  readonly #resolveSecret: ResolveSecret;
  readonly #streams: StreamOpener;

  constructor(resolveSecret: ResolveSecret, streams: StreamOpener) {
    this.#resolveSecret = resolveSecret;
    this.#streams = streams;
  }

  async dial(
    target: WebTarget,
    applications: readonly HttpApplication[],
    carriedFor: CarriedFor,
    timeoutMs: number,
  ): Promise<Dialed> {
    if (target.credential.kind === 'elsewhere') {
      const [application = 'http/1.1'] = applications;
      const login = encodeHttpLogin({ application });
      const question = { target, kind: 'http', carriedFor, login } as const;
      const { stream } = await this.#streams.open(question, AbortSignal.timeout(timeoutMs));
      return { socket: stream, application };
    }
    const where = await this.#readOptions(target);
    const openStream = this.#streams.forBytes(target, carriedFor);
    const way = openStream === undefined ? {} : { openStream };
    return dial({ ...where, ...way, connectTimeoutMs: timeoutMs }, applications);
  }

  async reach(target: WebTarget, timeoutMs: number): Promise<void> {
    if (target.credential.kind === 'elsewhere') return;
    const openStream = this.#streams.forBytes(target, FOR_GATEWAY);
    const stream = await (openStream === undefined
      ? reachDirectly(target, timeoutMs)
      : openStream(AbortSignal.timeout(timeoutMs)));
    stream.destroy();
  }

  /** What failed is told by its code; what it was may be part of a secret. */
  async #readOptions(target: WebTarget): Promise<Omit<DialOptions, 'connectTimeoutMs'>> {
    try {
      return await readDialOptions(target, this.#resolveSecret);
    } catch (cause) {
      throw new UpstreamError('ERR_UPSTREAM_LOGIN', 'its credential cannot be had', { cause });
    }
  }
}

/** What finds names may be away for longer than the target is: its time begins once its addresses are known. */
async function reachDirectly({ host, port }: WebTarget, timeoutMs: number): Promise<Duplex> {
  const addresses = await resolveTarget(host);
  const lookUp = async (): Promise<typeof addresses> => addresses;
  return dialTarget({ host, port, lookUp }, AbortSignal.timeout(timeoutMs));
}
