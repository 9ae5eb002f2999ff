import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { isTooLong } from '../../audit/ledger-error.ts';
import type { Decision } from '../../policy/decision.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { nameBytesMax, widestBytes } from '../../sql/postgres/uncertain-names.ts';
import type { ErrorFields } from '../../wire/postgres/error-response.ts';
import { FrontendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import type { NoticeFields } from '../../wire/postgres/notice-response.ts';
import { replaceParseText } from '../../wire/postgres/parse.ts';
import { encodeQuery, findQueryTextEnd } from '../../wire/postgres/query.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OperationEntry } from '../guard.ts';
import type { CommitReviewParts } from './commit-review.ts';
import { describeFirst } from './describe-first.ts';
import { digestOf } from './digest-of.ts';
import { NamedPatientsReader } from './named-patients.ts';
import { type Clearance, OperationClearance } from './operation-clearance.ts';
import { OPERATION_REFUSALS } from './operation-refusals.ts';
import { opaqueStatement, summarize } from './operation-summary.ts';
import type { NamedEffects } from './pending-request.ts';
import type { PostgresSession } from './postgres-session.ts';
import type { Prepared } from './prepared.ts';
import { needsDescription, PreparedStatements } from './prepared-statements.ts';
import { decodeBoundParameters, expectEmpty, readName, readTwoNames } from './read-name.ts';
import type { Refusals } from './refusal.ts';
import { RequestTokens } from './request-tokens.ts';
import { ENDS_BATCH } from './request-types.ts';
import type { ReviewHold } from './review-hold.ts';
import type { EstimateSlots } from './row-estimator.ts';
import {
  copyParameters,
  decodeSentCall,
  decodeSentParameters,
  readParameterTypes,
} from './sent-parameters.ts';
import type { SessionMasks } from './session-masks.ts';
import type { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';
import { StatementEffects } from './statement-effects.ts';
import { StatementJudge } from './statement-judge.ts';

const UNKNOWN_EXECUTE = opaqueStatement('sql.execute', 'EXECUTE');
const UNKNOWN_FETCH = opaqueStatement('sql.fetch', 'FETCH');
const FUNCTION_CALL = opaqueStatement('sql.function-call', 'FUNCTION CALL');
const FUNCTION_CALL_DENIED: Decision = {
  kind: 'deny',
  policyId: undefined,
  reason: 'a function call by number could show data that is masked for you',
};
/** What Describe and Close call a prepared statement; anything else is a portal. */
const STATEMENT = 0x53;
const NOTHING: Buffer = Buffer.alloc(0);
const NO_NAMES: readonly NamedEffects[] = [];

/** A message whose operation has to be in the ledger before the target sees it. */
export interface Sealing {
  /** What holds the message: the buffer in which it was given, or what goes in its place. */
  readonly buffer: Buffer;
  /** Offsets of the message in `buffer`. */
  readonly start: number;
  readonly end: number;
  readonly decision: Decision;
  readonly entry: OperationEntry;
  /** Whether ReadyForQuery answers it. */
  readonly kind: 'query' | 'parse';
}

const NO_SEALINGS: readonly Sealing[] = [];

/** What the operations of one session work with. */
export interface OperationsParts {
  readonly session: PostgresSession;
  readonly settings: SessionSettings;
  readonly names: SessionNames;
  readonly refusals: Refusals;
  readonly analyzer: StatementAnalyzer;
  /** Undefined where the target has no data map: then nobody's statements are rewritten. */
  readonly masks: SessionMasks | undefined;
  readonly parser: SqlParser;
  /** Shared by the sessions of a process. */
  readonly estimates: EstimateSlots;
  /** Tells the client something between two messages of the server. */
  readonly notify: (notice: NoticeFields) => void;
  /** Asks the target in the client's transaction; undefined if that failed, and the transaction with it. */
  readonly ask: CommitReviewParts['ask'];
  /** Asks the target over a connection of the gateway's own. */
  readonly askApart: CommitReviewParts['askApart'];
}

/**
 * Turns the client's messages into operations, and has each cleared before it goes on: the heart of the
 * gateway for PostgreSQL. The way of a message is the same everywhere: read it, know what its names stand
 * for, have it cleared (by the policies, by people where the policies say so, by the masks), follow what it
 * will do to the session, have it sealed, forward it. Synchronous but for what only the target or people can
 * answer (`'later'`: the message is offered again).
 */
export class Operations {
  readonly #session: PostgresSession;
  readonly #settings: SessionSettings;
  readonly #names: SessionNames;
  readonly #refusals: Refusals;
  readonly #analyzer: StatementAnalyzer;
  readonly #masks: SessionMasks | undefined;
  readonly #judge: StatementJudge;
  readonly #held: PreparedStatements;
  readonly #clearance: OperationClearance;
  readonly #effects: StatementEffects;
  readonly #tokens: RequestTokens;
  readonly #patients: NamedPatientsReader;
  #sealings: Sealing[] = [];

  constructor(parts: OperationsParts) {
    const { session, settings, names, refusals, analyzer, masks, parser } = parts;
    this.#session = session;
    this.#masks = masks;
    this.#settings = settings;
    this.#names = names;
    this.#refusals = refusals;
    this.#analyzer = analyzer;
    this.#judge = new StatementJudge(session, names);
    this.#patients = new NamedPatientsReader({ masks, settings, parser });
    const [judge, patients] = [this.#judge, this.#patients];
    this.#held = new PreparedStatements({ names, analyzer, masks, judge, patients });
    this.#effects = new StatementEffects({ settings, analyzer, names, held: this.#held, parser });
    this.#tokens = new RequestTokens({ masks, analyzer });
    this.#clearance = new OperationClearance(parts, this.#judge);
  }

  /** The operation that waits for people; undefined before one ever did. */
  get hold(): ReviewHold | undefined {
    return this.#clearance.reviews?.hold;
  }

  /** What has to be sealed of the messages in `buffer` that passed since the last call. */
  takeSealings(buffer: Buffer): readonly Sealing[] {
    const sealings = this.#sealings;
    if (sealings.length === 0) return NO_SEALINGS;
    if (sealings.every((sealing) => sealing.buffer === buffer)) {
      this.#sealings = [];
      return sealings;
    }
    this.#sealings = sealings.filter((sealing) => sealing.buffer !== buffer);
    return sealings.filter((sealing) => sealing.buffer === buffer);
  }

  /** Decides on one message of the client; see `MessageSink.message`. */
  message(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    if (this.#names.isCrowded) return this.#analyzer.waitForRoom();
    if (this.#names.mayCopyIn && !ENDS_BATCH.has(type)) return this.#analyzer.waitForQuiet();
    const answer = this.#answer(type, buffer, start, end);
    if (answer !== 'later') {
      this.#analyzer.forgetAttempts();
      this.#clearance.reviews?.forget();
    }
    return answer;
  }

  #answer(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const body = start + MESSAGE_HEADER_BYTES;
    try {
      switch (type) {
        case FrontendType.Query:
          return this.#query(buffer, start, body, end);
        case FrontendType.Parse:
          return this.#parse(buffer, body, end);
        case FrontendType.Bind:
          return this.#bind(buffer, body, end);
        case FrontendType.Execute:
          return this.#execute(buffer, start, body, end);
        case FrontendType.FunctionCall:
          return this.#functionCall(buffer, start, end);
        case FrontendType.Close:
          return this.#close(buffer, body, end);
        case FrontendType.Describe:
          return this.#describe(buffer, body, end);
        case FrontendType.Sync:
          expectEmpty(body, end, 'Sync');
          this.#names.sync();
          return true;
        case FrontendType.Flush:
          // With a body it would be an error to which no request of ours belongs.
          expectEmpty(body, end, 'Flush');
          return true;
      }
      return true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // The frame was sound, only what is in it is not: one error, as the server would say it.
      return this.#refuse(type === FrontendType.Query ? 'query' : 'parse', {
        severity: 'ERROR',
        sqlState: '08P01',
        message: error.message,
      });
    }
  }

  /** A message that is too large to be looked at whole. */
  oversized(type: number, bodyBytes: number): Buffer {
    const kind = type === FrontendType.Query || type === FrontendType.FunctionCall;
    return this.#refuse(kind ? 'query' : 'parse', {
      severity: 'ERROR',
      sqlState: '54000',
      message: `message of ${bodyBytes} bytes is larger than the gateway takes`,
      hint: 'Nothing was run. Send less at once, or have the limit messageBytesMax raised.',
    });
  }

  /** What takes the place of a message whose operation could not be sealed. */
  unsealed({ kind, entry, decision }: Sealing, error: Error): Buffer {
    const outcome = isTooLong(error) ? 'too-long' : 'unsealed';
    this.#session.counts.refused += 1;
    this.#session.guard.sealRefusal(decision, { ...entry, detail: { ...entry.detail, outcome } });
    return this.#refusals.refuse(kind, OPERATION_REFUSALS[outcome]);
  }

  #query(buffer: Buffer, start: number, body: number, end: number): true | 'later' | Buffer {
    const textEnd = findQueryTextEnd(buffer, body, end);
    const text = this.#decodeText(buffer, body, textEnd);
    const analysis = this.#analyzer.analyzeNew(text);
    if (analysis === undefined) return 'later';
    const tokens = this.#tokens.inText(text);
    if (tokens === 'later') return 'later';
    if (tokens.kind === 'failed') return this.#refuse('query', OPERATION_REFUSALS.noTokens);
    const summary = summarize(analysis);
    if (summary.refersToNames && this.#analyzer.isNamingInFlight)
      return this.#analyzer.waitForAnswers();
    if (analysis.statements.length === 0) {
      this.#names.query(NO_NAMES);
      return true;
    }
    if (summary.refersToNames) {
      const held = this.#held.renewHeld(analysis);
      if (held === 'later') return 'later';
      if (held === 'stale') return this.#refuse('query', OPERATION_REFUSALS.stale);
      if (this.#held.isMasking && this.#held.refersToUnknown(analysis))
        return this.#refuse('query', OPERATION_REFUSALS.unknown);
      if (this.#held.executesNested(analysis))
        return this.#refuse('query', OPERATION_REFUSALS.nested);
    }
    const executed = summary.refersToNames ? this.#held.countExecuted(analysis) : 0;
    if (executed === 'tokens') return this.#refuse('query', OPERATION_REFUSALS.executesTokens);
    if (summary.naming.length > 0 && this.#names.isFull)
      return this.#refuse('query', OPERATION_REFUSALS.tooManyNames);

    if (this.#effects.makesTooMuch(analysis))
      return this.#refuse('query', OPERATION_REFUSALS.tooManyObjects);
    const problem = this.#effects.findReasonProblem(analysis, text);
    if (problem !== undefined) return this.#refuse('query', problem);
    const textSha256 = digestOf(buffer.subarray(body, textEnd), text);
    const clearance = this.#clearance.query(analysis, text, textSha256);
    if (clearance === 'later') return 'later';
    if (clearance.kind === 'refused') return this.#refuse('query', clearance.error);
    if (!this.#spendPseudonyms(text, executed))
      return this.#refuse('query', OPERATION_REFUSALS.noPseudonymsLeft);

    const { decision, entry, rewrite, approval } = clearance;
    const named = this.#effects.name(analysis, text, approval);
    this.#effects.follow(analysis, text);
    const operation = this.#session.counts.operations + 1;
    this.#names.query(named, this.#held.expectAnswers(analysis, rewrite, operation, text));
    const forTarget = this.#effects.textForTarget(analysis, rewrite?.text ?? text);
    if (forTarget === text) {
      return this.#seal({ buffer, start, end, decision, entry, kind: 'query' });
    }
    return this.#sealInstead(encodeQuery(forTarget), { decision, entry, kind: 'query' });
  }

  #parse(buffer: Buffer, body: number, end: number): true | 'later' | Buffer {
    const [nameEnd, textEnd] = readTwoNames(buffer, body, end, 'Parse');
    const name = this.#decodeName(buffer, body, nameEnd);
    const text = this.#decodeText(buffer, nameEnd + 1, textEnd);
    const analysis = this.#analyzer.analyzeNew(text);
    if (analysis === undefined) return 'later';
    const { refersToNames } = summarize(analysis);
    if (refersToNames && this.#analyzer.isNamingInFlight) return this.#analyzer.waitForAnswers();
    const parameterTypes = readParameterTypes(buffer, textEnd + 1, end);
    const tokens = this.#tokens.inText(text, parameterTypes);
    if (tokens === 'later') return 'later';
    if (tokens.kind === 'failed') return this.#refuse('parse', OPERATION_REFUSALS.noTokens);
    const problem = this.#effects.findReasonProblem(analysis, text);
    if (problem !== undefined) return this.#refuse('parse', problem);
    const textSha256 = digestOf(buffer.subarray(nameEnd + 1, textEnd), text);
    const clearance = this.#clearance.parse(analysis, text, textSha256, parameterTypes);
    if (clearance === 'later') return 'later';
    if (clearance.kind === 'refused') return this.#refuse('parse', clearance.error);
    if (name !== '' && this.#names.isFull)
      return this.#refuse('parse', OPERATION_REFUSALS.tooManyNames);
    if (!this.#spendPseudonyms(text, 0, parameterTypes))
      return this.#refuse('parse', OPERATION_REFUSALS.noPseudonymsLeft);
    const { rewrite } = clearance;
    const masking = rewrite === undefined ? undefined : this.#masks?.describe(rewrite);
    const plain: Prepared = { text, textSha256, analysis, ...this.#analyzer.lookUpKeys };
    // Spreading nothing would cost more than all the rest.
    const isPlain = masking === undefined && parameterTypes === '';
    const prepared = isPlain
      ? plain
      : { ...plain, ...(masking && { masking }), ...(parameterTypes !== '' && { parameterTypes }) };
    this.#names.parse(name, prepared);
    const forTarget = this.#effects.textForTarget(analysis, rewrite?.text ?? text);
    if (forTarget === text) return true;
    const old = { textStart: nameEnd + 1, textEnd };
    return replaceParseText(buffer, { start: body, end }, old, forTarget);
  }

  #bind(buffer: Buffer, body: number, end: number): true | 'later' | Buffer {
    const [portalEnd, statementEnd] = readTwoNames(buffer, body, end, 'Bind');
    const portal = this.#decodeName(buffer, body, portalEnd);
    const statement = this.#decodeName(buffer, portalEnd + 1, statementEnd);
    const bound = this.#held.renewPrepared(statement);
    if (bound === undefined) return 'later';
    if (bound === 'stale') return this.#refuse('parse', OPERATION_REFUSALS.stale);
    if (bound === 'unknown' && this.#held.isMasking)
      return this.#refuse('parse', OPERATION_REFUSALS.unknown);
    if (this.#held.isNested(bound)) return this.#refuse('parse', OPERATION_REFUSALS.nested);
    const tokens = this.#tokens.inBind(buffer, body, end, bound);
    if (tokens === 'later') return 'later';
    if (tokens.kind === 'failed') return this.#refuse('parse', OPERATION_REFUSALS.noTokens);

    // Planning may already fold constants, so Bind is decided too; Execute is what is sealed.
    const clearance = this.#clearance.bind(bound, UNKNOWN_EXECUTE, () =>
      decodeSentParameters(buffer.subarray(body, end)),
    );
    if (clearance === 'later') return 'later';
    if (clearance.kind === 'refused') return this.#refuse('parse', clearance.error);
    if (portal !== '' && this.#names.isFull)
      return this.#refuse('parse', OPERATION_REFUSALS.tooManyNames);
    if (!this.#spendPseudonyms(buffer.subarray(statementEnd, end), tokens.lookups)) {
      return this.#refuse('parse', OPERATION_REFUSALS.noPseudonymsLeft);
    }
    const { approval, isDeferred } = clearance;
    const isReviewed = approval !== undefined || isDeferred === true;
    const { sealParameters } = this.#session.target;
    const patients = this.#patients.inBind(buffer, body, end, bound);
    const isKept = sealParameters || isReviewed || patients !== undefined;
    if (bound === 'unknown' || !isKept) {
      this.#names.bind(portal, bound, statement);
      return tokens.instead ?? true;
    }
    const message = buffer.subarray(body, end);
    const kept = {
      ...(patients !== undefined && { patients }),
      ...(sealParameters && {
        parameters: decodeBoundParameters(message, this.#settings.encodings),
      }),
      ...(approval !== undefined && { approval }),
      ...(isReviewed && { bound: copyParameters(decodeSentParameters(message)) }),
    };
    this.#names.bind(
      portal,
      bound.map((prepared) => ({ ...prepared, ...kept })),
      statement,
    );
    return tokens.instead ?? true;
  }

  #execute(buffer: Buffer, start: number, body: number, end: number): true | 'later' | Buffer {
    const portal = this.#decodeName(buffer, body, readName(buffer, body, end, 'Execute'));
    if (this.#names.dependsOnAnswer('bind', portal)) return this.#analyzer.waitForAnswers();
    const candidates = this.#held.renewBound(this.#names.findPortal(portal));
    if (candidates === undefined) return 'later';
    if (candidates === 'stale') return this.#refuse('parse', OPERATION_REFUSALS.stale);
    if (candidates === 'unknown' && this.#held.isMasking)
      return this.#refuse('parse', OPERATION_REFUSALS.unknown);
    if (this.#held.isNested(candidates)) return this.#refuse('parse', OPERATION_REFUSALS.nested);
    const clearance = this.#clearance.execute(candidates, UNKNOWN_FETCH);
    if (clearance === 'later') return 'later';
    if (clearance.kind === 'refused') return this.#refuse('parse', clearance.error);
    const { decision, entry, approval } = clearance;
    if (
      candidates !== 'unknown' &&
      candidates.some(({ analysis }) => this.#effects.makesTooMuch(analysis))
    ) {
      return this.#refuse('parse', OPERATION_REFUSALS.tooManyObjects);
    }
    if (candidates === 'unknown') {
      this.#settings.expect(UNKNOWN_FETCH.effects);
      this.#analyzer.expectCatalogChange();
      this.#effects.followUncertain();
      this.#names.execute(NO_NAMES);
    } else {
      for (const { analysis, text } of candidates) this.#effects.follow(analysis, text);
      if (candidates.length > 1) this.#effects.followUncertain();
      const named = candidates.flatMap(({ analysis, text }) =>
        this.#effects.name(analysis, text, approval),
      );
      if (named.length > 0 && this.#names.isFull)
        return this.#refuse('parse', OPERATION_REFUSALS.tooManyNames);
      const operation = this.#session.counts.operations + 1;
      const expected = this.#held.expectAnswersOf(candidates, operation);
      const isDescribed = expected !== undefined && needsDescription(expected);
      if (isDescribed) this.#names.ownDescribe();
      this.#names.execute(named, candidates.length === 1, expected);
      if (isDescribed) {
        const described = describeFirst(buffer.subarray(start, end));
        return this.#sealInstead(described, { decision, entry, kind: 'parse' });
      }
    }
    return this.#seal({ buffer, start, end, decision, entry, kind: 'parse' });
  }

  #functionCall(buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const decided = this.#judge.judgeStatement(FUNCTION_CALL, 1);
    const judged = decided.kind !== 'deny' && this.#held.isMasking ? FUNCTION_CALL_DENIED : decided;
    const message = buffer.subarray(start + MESSAGE_HEADER_BYTES, end);
    const clearance = this.#clearFunctionCall(judged, message);
    if (clearance === 'later') return 'later';
    if (clearance.kind === 'refused') return this.#refuse('query', clearance.error);
    this.#settings.expect(FUNCTION_CALL.effects);
    this.#settings.expectLexingChange();
    this.#names.query(NO_NAMES);
    const { decision, entry } = clearance;
    return this.#seal({ buffer, start, end, decision, entry, kind: 'query' });
  }

  #clearFunctionCall(judged: Decision, message: Buffer): Clearance {
    const functionOid = message.length >= 4 ? message.readUInt32BE(0) : 0;
    const entry: OperationEntry = {
      text: '',
      textSha256: hash('sha256', message),
      actions: ['sql.function-call'],
      relations: [],
      detail: { functionOid },
    };
    if (judged.kind !== 'review')
      return this.#clearance.functionCall(judged, { entry, call: undefined });
    return this.#clearance.functionCall(judged, { entry, call: decodeSentCall(message) });
  }

  #describe(buffer: Buffer, body: number, end: number): true | 'later' | Buffer {
    const name = this.#decodeName(buffer, body + 1, readName(buffer, body + 1, end, 'Describe'));
    if (buffer[body] === STATEMENT) {
      const renewed = this.#held.renewDescribed(name);
      if (renewed === undefined) return 'later';
      if (renewed === 'stale') return this.#refuse('parse', OPERATION_REFUSALS.stale);
    }
    this.#names.describe();
    return true;
  }

  #close(buffer: Buffer, body: number, end: number): true {
    const name = this.#decodeName(buffer, body + 1, readName(buffer, body + 1, end, 'Close'));
    if (buffer[body] === STATEMENT) this.#names.closeStatement(name);
    else this.#names.closePortal(name);
    return true;
  }

  #seal(sealing: Sealing): true {
    this.#session.counts.operations += 1;
    this.#sealings.push(sealing);
    return true;
  }

  /** Pseudonyms find rows, and whoever uses them is on record. False: more than the principal may use. */
  #spendPseudonyms(sent: string | Buffer, compared = 0, parameterTypes = ''): boolean {
    const count = (this.#masks?.countPseudonyms(sent, parameterTypes) ?? 0) + compared;
    if (count === 0) return true;
    const { guard } = this.#session;
    const isAllowed = guard.spendPseudonyms(count);
    guard.note('pseudonym.use', { count, allowed: isAllowed });
    return isAllowed;
  }

  /** Something else goes to the target than what the client sent. */
  #sealInstead(message: Buffer, sealing: Pick<Sealing, 'decision' | 'entry' | 'kind'>): Buffer {
    this.#seal({ ...sealing, buffer: message, start: 0, end: message.length });
    return message;
  }

  /** Follows the protocol for what is sent instead: a Query is answered by ReadyForQuery. */
  #refuse(kind: 'query' | 'parse', error: ErrorFields): Buffer {
    this.#session.counts.refused += 1;
    if (kind === 'query') this.#names.query(NO_NAMES);
    else this.#names.describe();
    return this.#refusals.refuse(kind, error) ?? NOTHING;
  }

  /** A name of the extended protocol. @throws {ProtocolError} If the server would cut it, or may read another. */
  #decodeName(buffer: Buffer, start: number, end: number): string {
    const name = this.#decodeText(buffer, start, end);
    // The server cuts what is longer in its own encoding, and then it could mean another's.
    const bytes = widestBytes(name, this.#settings.encodings.server);
    if (bytes > nameBytesMax)
      throw new ProtocolError('name', `${bytes} bytes, at most ${nameBytesMax} allowed`);
    if (this.#analyzer.mayBeAnotherName(name))
      throw new ProtocolError('name', 'the server may read it otherwise, by its encoding');
    return name;
  }

  /** Text is UTF-8 unless the session says otherwise; Latin-1 keeps every byte of anything else. */
  #decodeText(buffer: Buffer, start: number, end: number): string {
    if (this.#settings.clientEncoding === 'UTF8') {
      const text = buffer.toString('utf8', start, end);
      if (!text.includes('\u{fffd}') || isUtf8(buffer.subarray(start, end))) return text;
    }
    return buffer.toString('latin1', start, end);
  }
}
