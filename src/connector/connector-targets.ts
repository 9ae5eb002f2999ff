import type { TargetFile } from '../configuration/target-file.ts';
import type { OfferedTarget } from '../wire/tunnel/control-message.ts';
import type { StreamKind, StreamRequest } from '../wire/tunnel/stream-request.ts';
import { openBytes } from './carry-bytes.ts';
import { StreamRefusedError } from './stream-refused-error.ts';
import type { TargetOpener, TargetStream } from './target-stream.ts';

/** In which ways targets are served whose credential is here. */
const LOGGED_IN: Readonly<Record<TargetFile['kind'], readonly StreamKind[]>> = {
  postgres: ['postgres', 'postgres-cancel'],
  ssh: ['ssh'],
  http: ['http'],
  kubernetes: ['http'],
};

/**
 * The targets of a connector's own configuration: where they are, and in which ways they are served. Bytes are carried
 * to those only whose credential is at the gateway: to the others, they would be a way around the connector's login.
 */
export class ConnectorTargets implements TargetOpener {
  readonly #targets: ReadonlyMap<string, TargetFile>;
  readonly #logins: TargetOpener;
  readonly #unreachable = new Set<string>();

  /** @param logins Opens targets whose credential is here. */
  constructor(targets: readonly TargetFile[], logins: TargetOpener) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
    this.#logins = logins;
  }

  /** What gateways are told of them. */
  get offered(): readonly OfferedTarget[] {
    return [...this.#targets.values()].map((target) => ({
      name: target.name,
      kinds: findKinds(target),
    }));
  }

  /** Names of those that the last connection could not be made to. */
  get unreachable(): readonly string[] {
    return [...this.#unreachable];
  }

  async open(request: StreamRequest, signal: AbortSignal): Promise<TargetStream> {
    const target = this.#targets.get(request.target);
    if (target === undefined) {
      throw new StreamRefusedError('target-unknown', 'the connector has no such target');
    }
    if (!findKinds(target).includes(request.kind)) {
      throw new StreamRefusedError('kind-not-served', 'the connector serves it otherwise');
    }
    try {
      const stream = await this.#connect(target, request, signal);
      this.#unreachable.delete(target.name);
      return stream;
    } catch (error) {
      const isUnreachable =
        error instanceof StreamRefusedError && error.code === 'target-unreachable';
      if (isUnreachable) this.#unreachable.add(target.name);
      throw error;
    }
  }

  async #connect(
    target: TargetFile,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<TargetStream> {
    if (request.kind !== 'bytes') return this.#logins.open(request, signal);
    if (request.login !== undefined) {
      throw new StreamRefusedError('login-not-accepted', 'bytes take no login');
    }
    return openBytes(target, signal);
  }
}

function findKinds(target: TargetFile): readonly StreamKind[] {
  return target.credential.kind === 'elsewhere' ? ['bytes'] : LOGGED_IN[target.kind];
}
