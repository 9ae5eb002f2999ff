import type { StatementRewrite } from '../../masking/postgres/rewrite.ts';
import { CopyMasker } from '../../masking/rows/copy-masker.ts';
import { maskDataRow } from '../../masking/rows/mask-data-row.ts';
import { maskNotification } from '../../masking/rows/mask-notification.ts';
import { compileRowPlan, type RowLookups, type RowPlan } from '../../masking/rows/row-plan.ts';
import { scrubFields } from '../../masking/rows/scrub-fields.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { decodeCopyOutResponse } from '../../wire/postgres/copy-out-response.ts';
import { decodeFields, encodeFields } from '../../wire/postgres/error-response.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { decodeRowDescription } from '../../wire/postgres/row-description.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/**
 * Severities of notices that are meant for people. LOG and DEBUG hold, on the client's wish
 * (`debug_print_parse`), whole trees of rewritten statements, keys included.
 */
const SPOKEN: ReadonlySet<string> = new Set(['WARNING', 'NOTICE', 'INFO']);

type Statement = StatementRewrite | undefined;

/** The second net of one session: what the target says passes through it, whatever the statement was. */
export class ResultMasks {
  readonly #masking: TargetMasking;
  readonly #catalog: () => Catalog;
  #rows: RowPlan | undefined;
  #copy: CopyMasker | undefined;

  constructor(masking: TargetMasking, catalog: () => Catalog) {
    this.#masking = masking;
    this.#catalog = catalog;
  }

  /** Whether rows or COPY data have to be looked at. */
  get isLooking(): boolean {
    return this.#rows !== undefined || this.#copy !== undefined;
  }

  /** A result begins, with a whole RowDescription message. */
  beginRows(statement: Statement, message: Buffer): void {
    const { columns } = decodeRowDescription(message.subarray(MESSAGE_HEADER_BYTES));
    const { textMasks } = this.#masking;
    this.#rows = compileRowPlan(columns, statement?.outputs, textMasks, this.#lookups());
  }

  /** COPY TO STDOUT begins, with a whole CopyOutResponse message. */
  beginCopy(statement: Statement, message: Buffer): void {
    const outputs = statement?.outputs;
    if (outputs?.every(({ inspect }) => inspect === 'none') === true) return;
    const response = decodeCopyOutResponse(message.subarray(MESSAGE_HEADER_BYTES));
    this.#copy = new CopyMasker(response, outputs, this.#masking.textMasks, this.#lookups());
  }

  /** A result has ended. */
  end(): void {
    this.#rows = undefined;
    this.#copy = undefined;
  }

  /** A whole DataRow message, `buffer[start, end)`. */
  row(buffer: Buffer, start: number, end: number): true | Buffer {
    if (this.#rows === undefined) return true;
    return maskDataRow(this.#rows, buffer, start, end) ?? true;
  }

  /** A whole CopyData or CopyDone message, `buffer[start, end)`. */
  copy(type: number, buffer: Buffer, start: number, end: number): true | Buffer {
    if (this.#copy === undefined) return true;
    if (type === BackendType.CopyData) return this.#copy.data(buffer, start, end) ?? true;
    return this.#copy.done(buffer, start, end) ?? true;
  }

  /** A whole ErrorResponse or NoticeResponse message. */
  scrub(type: number, message: Buffer, statement: Statement): Buffer {
    const fields = decodeFields(message.subarray(MESSAGE_HEADER_BYTES), 'ErrorResponse');
    if (type === BackendType.NoticeResponse && !SPOKEN.has(fields.get('V') ?? '')) return NOTHING;
    const touchesClassified = statement?.touchesClassified ?? true;
    const context = { touchesClassified, hasHiddenCode: touchesClassified };
    return encodeFields(type, scrubFields(fields, context, this.#masking.textMasks));
  }

  /** A whole NotificationResponse message: its payload may hold anything. */
  notification(message: Buffer): true | Buffer {
    return maskNotification(this.#masking.textMasks, message, 0, message.length) ?? true;
  }

  #lookups(): RowLookups {
    const catalog = this.#catalog();
    const classification = this.#masking.classify(catalog);
    return {
      findType: (oid) => catalog.findType(oid),
      findPaths: (relationOid, column) =>
        classification.find(relationOid)?.columns.get(column)?.paths ?? [],
    };
  }
}
