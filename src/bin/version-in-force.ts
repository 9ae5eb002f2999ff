import type { GatewayProcess } from './gateway-process.ts';

/** Told every few seconds: not as often is tried again what did not work. */
const HEARD_BETWEEN_TRIES = 10;

/** What {@link VersionInForce} needs of a process. */
export interface FollowingProcess {
  readonly services: {
    readonly policies: Pick<GatewayProcess['services']['policies'], 'setCurrent'>;
  };
  readonly reload: GatewayProcess['reload'];
}

/** Whether a worker has in force what the first process has: one that could not read it permits nothing. */
export class VersionInForce {
  readonly #own: FollowingProcess;
  #isInForce = true;
  #heardSince = 0;

  constructor(own: FollowingProcess) {
    this.#own = own;
  }

  /** There is another version. */
  async reload(): Promise<void> {
    this.#heardSince = 0;
    this.#isInForce = await this.#own.reload();
  }

  /** The first process tells whether it has the newest, as it does only where gateways share a configuration. */
  async hear(isCurrent: boolean): Promise<void> {
    this.#heardSince += 1;
    if (!this.#isInForce && this.#heardSince >= HEARD_BETWEEN_TRIES) await this.reload();
    this.#own.services.policies.setCurrent(isCurrent && this.#isInForce);
  }
}
