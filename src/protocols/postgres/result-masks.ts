import type { Classification } from '../../masking/classification.ts';
import type { MaskPlan } from '../../masking/mask-plan.ts';
import { type CopyMasker, inspectCopy } from '../../masking/rows/copy-masker.ts';
import { changeEncoded, type MessageText } from '../../masking/rows/encoded-message.ts';
import { findPatientKeys } from '../../masking/rows/find-patient-keys.ts';
import { maskDataRow } from '../../masking/rows/mask-data-row.ts';
import { maskNotification } from '../../masking/rows/mask-notification.ts';
import { type EvidenceFields, ResultEvidence } from '../../masking/rows/result-evidence.ts';
import { compileRowPlan, type RowLookups, type RowPlan } from '../../masking/rows/row-plan.ts';
import { scrubFields, WITHHELD } from '../../masking/rows/scrub-fields.ts';
import { type TextEncoding, textEncodingOf, UTF8 } from '../../masking/rows/text-encoding.ts';
import { compileTokenMasks } from '../../masking/rows/token-masks.ts';
import type { TargetMasking } from '../../masking/target-masking.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import { decodeCopyOutResponse } from '../../wire/postgres/copy-out-response.ts';
import {
  decodeFields,
  encodeFields,
  type FieldsByCode,
} from '../../wire/postgres/error-response.ts';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { type Column, decodeRowDescription } from '../../wire/postgres/row-description.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { ExpectedAnswer, FindPosition } from './expected-answers.ts';
import { ResultTokens } from './result-tokens.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/** In front of what a NotificationResponse says. */
const PROCESS_ID_BYTES = 4;
/**
 * Severities of notices that are meant for people. LOG and DEBUG hold, on the client's wish
 * (`debug_print_parse`), whole trees of rewritten statements, keys included.
 */
const SPOKEN: ReadonlySet<string> = new Set(['WARNING', 'NOTICE', 'INFO']);

export interface ResultMasksParts {
  /** What the configuration of this moment says of the target. */
  readonly masking: () => TargetMasking;
  readonly catalog: () => Catalog;
  /** In which the target writes, and holds, text: as PostgreSQL calls it. */
  readonly encodings: () => Readonly<Record<'client' | 'server', string>>;
  /** What is hidden from the principal. */
  readonly plan: () => MaskPlan | undefined;
  /** Takes what the ledger keeps of a result. */
  readonly enter: (operation: number, fields: EvidenceFields) => void;
}

/** What an error or notice is about. */
export interface ErrorOrigin {
  readonly answer: ExpectedAnswer | undefined;
  readonly findPosition: FindPosition | undefined;
}

/** A result as it begins. */
export interface BegunResult {
  /** Undefined: nothing is known. */
  readonly answer: ExpectedAnswer | undefined;
  /** It passes the second net. */
  readonly isMasked: boolean;
}

/**
 * What one session's target says passes through here: the second net, whatever the statement was, and
 * the count of what was shown.
 */
export class ResultMasks {
  readonly #parts: ResultMasksParts;
  readonly #tokens = new ResultTokens();
  #rows: RowPlan | undefined;
  #copy: CopyMasker | undefined;
  #evidence: ResultEvidence | undefined;
  /** A column says whose rows they are. Without one, counting rows is enough, and costs nothing. */
  #hasPatientKey = false;

  constructor(parts: ResultMasksParts) {
    this.#parts = parts;
  }

  /** Whether rows or COPY data have to be looked at. */
  get isLooking(): boolean {
    return (
      this.#rows !== undefined ||
      this.#copy !== undefined ||
      this.#tokens.isLooking ||
      this.#hasPatientKey
    );
  }

  /**
   * Rows wait for tokens that have to be brought from the store; looks which more are wanted by the
   * messages behind them, `buffer[start, end)`, that were read with them. Undefined: nothing waits.
   *
   * @throws If the store cannot be asked.
   */
  loadTokens(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    if (!this.#tokens.isWaiting) return undefined;
    return this.#tokens.load(buffer, start, end, (message) =>
      message[0] === BackendType.DataRow ? this.#mask(message) : this.#maskCopy(message),
    );
  }

  /** A result begins, with a whole RowDescription message. */
  beginRows({ answer, isMasked }: BegunResult, message: Buffer): void {
    const { columns } = decodeRowDescription(message.subarray(MESSAGE_HEADER_BYTES));
    const masking = this.#parts.masking();
    const lookups = this.#lookups();
    const outputs = answer?.rewrite?.outputs;
    if (isMasked && answer?.rewrite !== undefined) this.#checkOrigins(columns, answer);
    if (isMasked) {
      this.#rows = compileRowPlan(columns, outputs, masking.textMasks, lookups);
      const formats = columns.map(({ formatCode }) => ({ isBinary: formatCode !== 0 }));
      const { tokenVault } = masking;
      const open = this.#tokens.open(tokenVault);
      this.#tokens.beginRows(compileTokenMasks(formats, outputs, open));
    }
    this.#beginEvidence(answer, columns);
  }

  /** COPY TO STDOUT begins, with a whole CopyOutResponse message. */
  beginCopy({ answer, isMasked }: BegunResult, message: Buffer): void {
    const outputs = answer?.rewrite?.outputs;
    this.#beginEvidence(answer, []);
    if (!isMasked) return;
    const { textMasks, tokenVault } = this.#parts.masking();
    const response = decodeCopyOutResponse(message.subarray(MESSAGE_HEADER_BYTES));
    const isBinary = response.format === 'binary';
    const encoding = this.#encodingOf(answer?.rewrite?.copy?.encoding);
    // In others, what parts rows and fields may be part of a letter.
    const isReadable = isBinary || encoding.label === UTF8.label;
    const copy = { ...response, syntax: isReadable ? answer?.rewrite?.copy : undefined };
    const formats = response.columnFormats.map(() => ({ isBinary }));
    const tokenMasks = compileTokenMasks(formats, outputs, this.#tokens.open(tokenVault));
    this.#tokens.beginCopy(copy, tokenMasks);
    if (outputs?.every(({ inspect }) => inspect === 'none') === true) return;
    this.#copy = inspectCopy(copy, outputs, textMasks, { ...this.#lookups(), encoding });
  }

  /** A result begins of which nothing has to be known but how many rows it has. */
  beginUndescribed({ answer }: BegunResult): void {
    this.#beginEvidence(answer, []);
  }

  /** A result has ended. @param rows How many it had. */
  end(operation: number, rows: number): void {
    const evidence = this.#evidence;
    if (evidence !== undefined) {
      evidence.finish(rows);
      const findings = this.#rows?.findings ?? this.#copy?.findings;
      if (findings !== undefined) evidence.addFindings(findings);
      this.#parts.enter(operation, evidence.toLedgerFields());
    }
    this.#rows = undefined;
    this.#copy = undefined;
    this.#tokens.end();
    this.#evidence = undefined;
    this.#hasPatientKey = false;
  }

  /** A whole DataRow message, `buffer[start, end)`. `'later'`: see {@link loadTokens}. */
  row(buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const shown = this.#tokens.isLooking
      ? this.#tokens.row(buffer, start, end, (message) => this.#mask(message))
      : this.#rows && maskDataRow(this.#rows, buffer, start, end);
    if (shown === 'later') return 'later';
    if (this.#evidence !== undefined) {
      if (shown === undefined) this.#evidence.row(buffer, start, end);
      else this.#evidence.row(shown, 0, shown.length);
    }
    return shown ?? true;
  }

  /** A whole CopyData or CopyDone message, `buffer[start, end)`. `'later'`: see {@link loadTokens}. */
  copy(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    if (type === BackendType.CopyData) {
      if (this.#tokens.isLooking) {
        return this.#tokens.copy(buffer, start, end, (message) => this.#maskCopy(message));
      }
      return this.#copy?.data(buffer, start, end) ?? true;
    }
    this.#copy?.done(buffer, start, end);
    this.#tokens.copyDone();
    return true;
  }

  #mask(message: Buffer): Buffer {
    return (this.#rows && maskDataRow(this.#rows, message, 0, message.length)) ?? message;
  }

  #maskCopy(message: Buffer): Buffer {
    return this.#copy?.data(message, 0, message.length) ?? message;
  }

  /** A whole ErrorResponse or NoticeResponse message. */
  scrub(type: number, message: Buffer, origin: ErrorOrigin): Buffer {
    const how = { ...this.#texts, textStart: MESSAGE_HEADER_BYTES, codeBytes: 1 };
    return changeEncoded(message, how, (read) => this.#scrub(type, read, origin));
  }

  #scrub(type: number, message: Buffer, { answer, findPosition }: ErrorOrigin): Buffer {
    const fields = decodeFields(message.subarray(MESSAGE_HEADER_BYTES), 'ErrorResponse');
    if (type === BackendType.NoticeResponse && !SPOKEN.has(fields.get('V') ?? '')) return NOTHING;
    const rewrite = answer?.rewrite;
    const touchesClassified = rewrite?.touchesClassified !== false || this.#isClassified(fields);
    // In a function, it may be about a text that was put together from data.
    const isInside = fields.has('W') || fields.has('q');
    const context = {
      touchesClassified,
      hasHiddenCode: touchesClassified || rewrite?.mayRunHiddenCode !== false,
      ...(findPosition !== undefined && !isInside && { mapPosition: findPosition }),
    };
    return encodeFields(type, scrubFields(fields, context, this.#parts.masking().textMasks));
  }

  /** It is about a relation with masked columns, or one that nothing is known of: what a transaction leaves for its end shows there. */
  #isClassified(fields: FieldsByCode): boolean {
    const [schema, name] = [fields.get('s'), fields.get('t')];
    if (schema === undefined || name === undefined || schema.startsWith('pg_temp_')) return false;
    const catalog = this.#parts.catalog();
    const relation = catalog.findRelation(schema, name);
    if (relation === undefined) return true;
    const plan = this.#parts.plan();
    return closureOf(catalog, relation, true).relations.some(
      ({ oid }) => plan?.find(oid) !== undefined,
    );
  }

  /** A whole NotificationResponse message: its payload may hold anything. */
  notification(message: Buffer): true | Buffer {
    const { textMasks } = this.#parts.masking();
    const how = {
      ...this.#texts,
      textStart: MESSAGE_HEADER_BYTES + PROCESS_ID_BYTES,
      codeBytes: 0,
    };
    const changed = changeEncoded(message, how, (read) =>
      maskNotification(textMasks, read, 0, read.length),
    );
    return changed ?? true;
  }

  #beginEvidence(answer: ExpectedAnswer | undefined, columns: readonly Column[]): void {
    if (answer?.evidence === undefined) return;
    const outputs = answer.rewrite?.outputs;
    const { raw, hasPatients } = answer.evidence;
    const patientKeys = findPatientKeys(columns, outputs, this.#classification);
    const hasher = this.#parts.masking().patientHasher;
    const isUnseen = hasPatients && (patientKeys.length === 0 || answer.showsWhose?.() !== true);
    const named = isUnseen && hasher !== undefined ? answer.named?.() : undefined;
    const hasUnseenPatients = isUnseen && named === undefined;
    this.#hasPatientKey = hasher !== undefined && patientKeys.length > 0;
    this.#evidence = new ResultEvidence({
      outputs,
      raw,
      patientKeys,
      encoding: this.#encodingOf(),
      named,
      hasUnseenPatients,
      hasher,
    });
  }

  /**
   * The server says of plain columns where they come from. A relation that the catalog does not have, or
   * a masked column that the first net did not announce: something was renamed or made anew since the
   * catalog was read, and the statement was rewritten for what it meant before.
   *
   * @throws {ProtocolError} Then nothing of the result passes.
   */
  #checkOrigins(columns: readonly Column[], { rewrite, isCatalogued }: ExpectedAnswer): void {
    const catalog = this.#parts.catalog();
    const plan = this.#parts.plan();
    const outputs = rewrite?.outputs?.length === columns.length ? rewrite.outputs : undefined;
    for (const [index, { tableOid, attributeNumber }] of columns.entries()) {
      if (tableOid === 0) continue;
      const relation = catalog.getRelation(tableOid);
      if (relation === undefined) {
        if (isCatalogued) throw changedSince();
        continue;
      }
      const name = relation.attributes.find(({ number }) => number === attributeNumber)?.name;
      if (name === undefined || plan?.find(tableOid)?.columns.has(name) !== true) continue;
      const inspect = outputs?.[index]?.inspect;
      if (inspect === undefined || inspect === 'none') throw changedSince();
    }
  }

  get #texts(): Pick<MessageText, 'encoding' | 'withheld'> {
    return { encoding: this.#encodingOf(), withheld: WITHHELD };
  }

  /** @param named What a statement asks for. */
  #encodingOf(named?: string): TextEncoding {
    const { client, server } = this.#parts.encodings();
    return textEncodingOf(named ?? client, server);
  }

  get #classification(): Classification {
    return this.#parts.masking().classify(this.#parts.catalog());
  }

  #lookups(): RowLookups {
    const catalog = this.#parts.catalog();
    const classification = this.#classification;
    return {
      encoding: this.#encodingOf(),
      findType: (oid) => catalog.findType(oid),
      findPaths: (relationOid, column) =>
        classification.find(relationOid)?.columns.get(column)?.paths ?? [],
      findColumnType: (relationOid, column) =>
        catalog.getRelation(relationOid)?.attributes.find(({ name }) => name === column)?.typeOid,
    };
  }
}

function changedSince(): ProtocolError {
  return new ProtocolError('RowDescription', 'a relation has changed since the catalog was read');
}
