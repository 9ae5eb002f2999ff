import { parseMediaType } from '../../../wire/http/media-type.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { HttpOperation, RequestDescriber } from '../http-operation.ts';
import { ProblemError } from '../problem.ts';
import type { KindDescriber } from '../service-describer.ts';
import { type BodyLayout, listBodyFacts } from './list-body-facts.ts';

/** What {@link BodyFactsDescriber} works with. */
export interface BodyFactsDescriberParts {
  /** Bytes of a body that is read, from the target's file; more than 0. */
  readonly bytesMax: number;
  readonly plain: RequestDescriber;
}

/** Describes requests with what their bodies say, where the target's policies are to know that. */
export class BodyFactsDescriber implements KindDescriber {
  readonly #parts: BodyFactsDescriberParts;

  constructor(parts: BodyFactsDescriberParts) {
    this.#parts = parts;
  }

  /** A body that is known to be longer is not read: policies see `bodyKnown: false`. */
  handles(request: HttpRequestHead): boolean {
    const { bodyBytes } = request;
    return bodyBytes !== 0 && bodyBytes <= this.#parts.bytesMax && layoutOf(request) !== undefined;
  }

  describe(request: HttpRequestHead): HttpOperation {
    const { plain, bytesMax } = this.#parts;
    return { ...plain.describe(request), bodyBytesMax: bytesMax };
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    const own = this.#parts.plain.describe(request);
    const layout = layoutOf(request);
    if (layout === undefined) return own;
    const reading = listBodyFacts(layout, body);
    if (reading.kind === 'unreadable') throw refuse(reading.reason);
    const known = { body: reading.body, bodyKnown: reading.bodyKnown };
    return {
      ...own,
      actions: own.actions.map(({ action, facts }) => ({ action, facts: { ...facts, ...known } })),
    };
  }
}

function refuse(reason: string): ProblemError {
  return new ProblemError({
    status: 400,
    title: 'Body not understood',
    detail: `Policies of this target are about bodies, and this one ${reason}. Nothing was passed on.`,
  });
}

function layoutOf({ fields }: HttpRequestHead): BodyLayout | undefined {
  const essence = parseMediaType(fields.get('content-type') ?? '')?.essence ?? '';
  if (/^application\/(?:[\w.-]+\+)?json$/.test(essence)) return 'json';
  return essence === 'application/x-www-form-urlencoded' ? 'form' : undefined;
}
