import { DescriptorError, ServiceSchema } from '../../../masking/protobuf/service-schema.ts';
import type { HttpUpstream } from '../exchange.ts';
import { askReflection } from './ask-reflection.ts';

/** Where the descriptors of a target's services are from. */
export interface SchemaSource {
  /** Undefined while there are none. */
  readonly current: ServiceSchema | undefined;
  /** Looks for newer ones, where there may be some; undefined where there cannot be. Never rejects. */
  renew(): Promise<void> | undefined;
}

/** Descriptors of a file; what cannot be read describes nothing, so that no method is known. */
export function schemaOfFile(bytes: Buffer | undefined): SchemaSource {
  return { current: bytes && decodeOrNothing(bytes), renew: () => undefined };
}

/** Milliseconds between two questions to one target. */
const RENEWAL_MS = 30_000;

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

  async #ask(): Promise<void> {
    try {
      this.#current = decodeOrNothing(await askReflection(this.#upstream)) ?? this.#current;
    } catch {
      // What it said last stays true until it says something else; if it never did, no method is known.
      this.#askedAtMs = Number.NEGATIVE_INFINITY;
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
