import { DescriptorError, ServiceSchema } from '../../../masking/protobuf/service-schema.ts';
import type { HttpUpstream } from '../exchange.ts';
import { askReflection } from './ask-reflection.ts';

/** Where the descriptors of a target's services are from. */
export interface SchemaSource {
  /** Undefined while there are none. */
  readonly current: ServiceSchema | undefined;
  /** Looks for newer ones, where there may be some; undefined where there cannot be. Never rejects. */
  renew(): Promise<void> | undefined;
  /** They are used: newer ones are looked for now and then. */
  touch(): void;
}

/** Descriptors of a file; what cannot be read describes nothing, so that no method is known. */
export function schemaOfFile(bytes: Buffer | undefined): SchemaSource {
  const current = bytes && decodeOrNothing(bytes);
  return { current, renew: () => undefined, touch: () => undefined };
}

/** Milliseconds until a target is asked again for what it did not have. */
const RENEWAL_MS = 30_000;
/** The same, where it did not answer. */
const RETRY_MS = 1_000;
/** The same, where nothing is missing: what a field holds may have changed. */
const AGE_MS_MAX = 300_000;

/** Descriptors that the target gives itself, by server reflection. */
export class ReflectedSchema implements SchemaSource {
  readonly #upstream: HttpUpstream;
  readonly #nowMs: () => number;
  #current: ServiceSchema | undefined;
  #asking: Promise<void> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** @param upstream As the gateway itself. */
  constructor(upstream: HttpUpstream, nowMs: () => number) {
    this.#upstream = upstream;
    this.#nowMs = nowMs;
  }

  get current(): ServiceSchema | undefined {
    return this.#current;
  }

  renew(): Promise<void> | undefined {
    if (this.#asking !== undefined) return this.#asking;
    if (this.#nowMs() - this.#askedAtMs < RENEWAL_MS) return undefined;
    this.#askedAtMs = this.#nowMs();
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  touch(): void {
    if (this.#nowMs() - this.#askedAtMs >= AGE_MS_MAX) void this.renew();
  }

  async #ask(): Promise<void> {
    try {
      this.#current = decodeOrNothing(await askReflection(this.#upstream)) ?? this.#current;
    } catch {
      // What it said last stays true until it says something else; if it never did, no method is known.
      this.#askedAtMs += RETRY_MS - RENEWAL_MS;
    }
  }
}

function decodeOrNothing(bytes: Buffer): ServiceSchema | undefined {
  try {
    return ServiceSchema.decode(bytes);
  } catch (error) {
    if (!(error instanceof DescriptorError)) throw error;
    return undefined;
  }
}
