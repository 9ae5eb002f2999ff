import type { ExportRecord } from '../export-record.ts';
import type { FhirResource } from '../formats/fhir-audit-event.ts';
import { toJsonLine } from '../formats/json-event.ts';
import type { Delivery, Sink } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, type HttpPoster, parseAnswer } from './http-poster.ts';
import { sortByStatus } from './sort-by-status.ts';

export interface FhirSinkOptions {
  readonly name: string;
  readonly poster: HttpPoster;
  /** Each with an id that is always the same for the same entry. */
  readonly format: (record: ExportRecord) => readonly FhirResource[];
}

const FHIR_JSON = 'application/fhir+json';

/**
 * Puts AuditEvent resources on a FHIR R4 server, in batches whose entries succeed or fail by themselves. Ids are ours, so what
 * comes again replaces itself.
 *
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export class FhirSink implements Sink {
  readonly name: string;
  readonly #options: FhirSinkOptions;

  constructor(options: FhirSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { poster, format } = this.#options;
    const resources = await formatRecords(records, format);
    const entry = resources.flat().map((resource) => ({
      resource,
      request: { method: 'PUT', url: `AuditEvent/${String(resource['id'])}` },
    }));
    const body = toJsonLine({ resourceType: 'Bundle', type: 'batch', entry });
    const answer = await poster.post(
      { path: '', contentType: FHIR_JSON, body, headers: { accept: FHIR_JSON } },
      signal,
    );
    expectTaken(answer);
    const { entry: answers } = parseAnswer(answer.body);
    const statuses = Array.isArray(answers) ? answers.map(readStatus) : [];
    let next = 0;
    const worst = resources.map(({ length }) => findWorst(statuses, next, (next += length)));
    return sortByStatus(records, worst);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.poster[Symbol.dispose]();
  }
}

/** What became of an entry with several resources: it was taken if all of them were. */
function findWorst(
  statuses: readonly (number | undefined)[],
  start: number,
  end: number,
): number | undefined {
  const own = Array.from({ length: end - start }, (_, index) => statuses[start + index]);
  return own.includes(undefined) ? undefined : Math.max(...own.map((status) => status ?? 0));
}

/** Such as `201 Created`. */
function readStatus(answer: unknown): number | undefined {
  const { response } = answer as { readonly response?: { readonly status?: unknown } };
  const status = response?.status;
  const digits = typeof status === 'string' ? /^\d{3}/.exec(status)?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
