import type { HttpDataMap, MappedName } from '../../configuration/http-data-map.ts';
import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import {
  type ContentMaskingParts,
  ContentMasks,
  NO_CLASS,
  type ShownClasses,
} from '../content/content-masks.ts';
import { type ContentEntry, ContentPlans, FREE_TEXT, isHidden } from '../content/content-plans.ts';
import type { ValueClass } from '../content/value-masks.ts';
import type { ContentPlan } from '../content-masker.ts';
import { findQuestionInResource } from '../fhir/find-question-in-resource.ts';
import { readFhirSearch } from '../fhir/search-query.ts';
import { compileGlob, type FileGlob } from '../files/file-glob.ts';
import { checkCall } from '../protobuf/find-question-in-call.ts';
import type { GrpcMethod } from '../protobuf/message-type.ts';
import { isGrpc, planGrpc } from '../protobuf/plan-grpc.ts';
import type { TokenVault } from '../vault/token-vault.ts';
import type { AskedValues } from './asked-values.ts';
import { bodyFormats } from './body-formats.ts';
import type {
  BodySubject,
  CheckedCall,
  MessagePlan,
  PendingResolution,
  QueryResolution,
} from './body-subject.ts';
import { findMasksInWrite, findQuestionInWrite, isPatch } from './check-write.ts';
import { openErrorPage, openPassed, openWithheld } from './error-page.ts';
import { EventStreamMasker } from './event-stream-masker.ts';
import { FieldRedaction } from './field-redaction.ts';
import { findQuestionInInputs } from './find-question-in-inputs.ts';
import { findQuestionInPatch } from './find-question-in-patch.ts';
import { followAliases } from './follow-aliases.ts';
import type { GraphqlShape } from './graphql-selection.ts';
import { maskWhole, planMessages } from './message-plan.ts';
import { QueryParameters, type ReadParameter } from './query-parameters.ts';
import { chooseFormat, ERROR_MIN } from './response-format.ts';
import { withTokens } from './token-content.ts';
import { WrittenBody } from './written-body.ts';
import { WrittenStandIns } from './written-stand-ins.ts';

/** What masking does with the bodies, fields and queries of one HTTP target. */
export interface BodyMasking {
  /** Every class that they may hold. */
  readonly classNames: ReadonlySet<string>;
  /** Whether anything of the target is hidden from the principal. If not, nothing else here need be asked. */
  hidesAny(shown: ShownClasses): boolean;
  /**
   * What a client is to take in the place of what it says, where not all of that can be masked. Undefined, and by default:
   * what it says.
   *
   * @param accept Value of its field `Accept`.
   */
  chooseAccepted?(path: string, accept: string | undefined): string | undefined;
  /** What becomes of the body of a response. It comes without content coding, and is not empty. */
  planResponse(subject: BodySubject, shown: ShownClasses): ContentPlan;
  /** What the data map, or FHIR, says that the bodies of a path hold; undefined, and by default: nothing. */
  findContent?(path: string): MappedContent<ContentFormat> | undefined;
  /** What becomes of each message that the target sends over a WebSocket. */
  planMessages(subject: BodySubject, shown: ShownClasses): MessagePlan;
  /**
   * What is shown of a field of a response's head or trailers.
   *
   * @param name In lower case.
   * @param path Of the request, if that is known.
   */
  redactField(name: string, value: string, shown: ShownClasses, path?: string): string;
  /** What becomes of a query, or of the body of a FHIR search, which is written as a query is. */
  resolveQuery(
    subject: BodySubject,
    query: string,
    shown: ShownClasses,
  ): QueryResolution | PendingResolution;
  /** Why a request of GraphQL may not be sent: what it is asked by is hidden. Absent where GraphQL is not spoken. */
  findQuestion?(path: string, graphql: GraphqlShape, shown: ShownClasses): string | undefined;
  /** What becomes of a call of gRPC. Absent where no gRPC is spoken. */
  checkCall?(method: GrpcMethod, shown: ShownClasses): CheckedCall;
  /** The query with hidden values replaced by their masks, for texts that tell of the request. */
  hideQuery(path: string, query: string, shown: ShownClasses): string;
  /**
   * Why a body may not be sent: it would store masks in place of what they hide, asks by what is hidden, or writes what is shown
   * by a stand-in. Undefined: it may.
   */
  checkWrite(subject: BodySubject, body: Buffer, shown: ShownClasses): string | undefined;
}

export interface BodyMaskingParts extends ContentMaskingParts {
  readonly dataMap: HttpDataMap;
  /** Path of the target beneath which FHIR R4 is spoken; undefined where it is not. */
  readonly fhirPath?: string | undefined;
  /** Absent: nothing is left of values whose mask is `vault`. */
  readonly tokenVault?: TokenVault | undefined;
}

/** See https://hl7.org/fhir/smart-app-launch/conformance.html. */
const SMART_CONFIGURATION = '/.well-known/smart-configuration';
const EVENT_STREAM = 'text/event-stream';
/** Connect answers in JSON, for one. */
const OTHER_CALL: ContentPlan = {
  kind: 'refused',
  reason:
    'it answers a call of gRPC in another protocol, in which its fields cannot be masked: call it by gRPC, or have an entry of the data map say what its path holds',
};
const TOO_MANY_NAMES: ContentPlan = {
  kind: 'refused',
  reason: 'GraphQL was asked for too many fields that are hidden: ask for less at once',
};
const UNKNOWN_QUESTION =
  'what GraphQL is asked for is unknown, so its answer cannot be masked: send its text as JSON, without @defer and @stream, and naming no document that the server knows';

/** What an entry says, and of which paths. */
interface BodyEntry extends ContentEntry {
  /** Of paths in lower case. */
  readonly glob: FileGlob;
}

/** What a content is the body of, and for whom it is masked. */
interface PlanContext {
  readonly subject: BodySubject;
  readonly shown: ShownClasses;
  readonly hasLines: boolean;
}

/** Applies the data map of an HTTP target. */
export function openBodyMasking(parts: BodyMaskingParts): BodyMasking {
  return new DataMapBodies(parts);
}

class DataMapBodies implements BodyMasking {
  readonly classNames: ReadonlySet<string>;
  readonly #parts: BodyMaskingParts;
  readonly #masks: ContentMasks;
  readonly #plans: ContentPlans;
  readonly #entries: readonly BodyEntry[];
  readonly #parameters: QueryParameters;
  readonly #fields: FieldRedaction;
  readonly #written: WrittenStandIns;

  constructor(parts: BodyMaskingParts) {
    const { dataMap, fhirPath, tokenVault } = parts;
    const masks = new ContentMasks({ ...parts, hasTokens: tokenVault !== undefined });
    this.#parts = parts;
    this.#masks = masks;
    this.#written = new WrittenStandIns(parts);
    this.#parameters = new QueryParameters(parts, masks, openSearch(parts, masks));
    this.#fields = new FieldRedaction(masks, this.#parameters);
    const formats = bodyFormats((url, shown) => this.#fields.hideUrl(url, shown));
    this.#plans = new ContentPlans(masks, formats);
    const fhir = fhirPath === undefined ? [] : fhirBodies(fhirPath);
    this.#entries = [...fhir, ...dataMap.bodies].map((content) => ({
      ...this.#plans.toEntry(content),
      glob: compileGlob(content.glob.toLowerCase()),
    }));
    const named = [...dataMap.messages, ...dataMap.parameters].map(({ dataClass }) => dataClass);
    this.classNames = new Set(
      [...this.#entries.flatMap(({ classNames }) => classNames), ...named, FREE_TEXT].filter(
        (name) => name !== NO_CLASS,
      ),
    );
  }

  hidesAny(shown: ShownClasses): boolean {
    const { dataMap } = this.#parts;
    const isUnmappedHidden = dataMap.unmappedBodies !== 'pass' && !shown.has(FREE_TEXT);
    return isUnmappedHidden || [...this.classNames].some((name) => !shown.has(name));
  }

  planResponse(subject: BodySubject, shown: ShownClasses): ContentPlan {
    if (subject.mediaType?.essence === EVENT_STREAM) return this.#planEvents(subject, shown);
    const plan = withTokens(this.#plan(subject, shown), this.#parts.tokenVault);
    return subject.askedBy === undefined ? plan : this.#hideAsked(plan, subject, subject.askedBy);
  }

  findContent(path: string): MappedContent<ContentFormat> | undefined {
    return this.#findEntry(path)?.content;
  }

  planMessages(subject: BodySubject, shown: ShownClasses): MessagePlan {
    const { status: _, ...stream } = subject;
    return planMessages((mediaType) => this.planResponse({ ...stream, mediaType }, shown));
  }

  redactField(name: string, value: string, shown: ShownClasses, path?: string): string {
    return this.#fields.redact(name, value, shown, path);
  }

  resolveQuery(
    subject: BodySubject,
    query: string,
    shown: ShownClasses,
  ): QueryResolution | PendingResolution {
    return this.#parameters.resolve(subject, query, shown);
  }

  findQuestion(path: string, graphql: GraphqlShape, shown: ShownClasses): string | undefined {
    const fields = this.#findEntry(path)?.content.fields ?? [];
    const classOf = (name: string): string | undefined => this.#parameters.findClass(name);
    const hasStandIn = (field: ValueClass): boolean => this.#written.hasStandIn(field);
    return findQuestionInInputs(graphql, { fields, classOf, shown, hasStandIn });
  }

  checkCall(method: GrpcMethod, shown: ShownClasses): CheckedCall {
    const parameters = this.#parameters;
    const findHidden = (fullName: string): MappedName | undefined =>
      parameters.findClass(fullName) === undefined
        ? this.#written.findField(fullName, shown)
        : parameters.findHidden(fullName, shown);
    const { dataMap } = this.#parts;
    const named = [...dataMap.messages, ...dataMap.parameters].filter(({ name }) =>
      name.includes('.'),
    );
    if (!named.some(({ name }) => findHidden(name) !== undefined)) return { kind: 'passed' };
    const check = checkCall(method, findHidden);
    if (check.kind !== 'read') return check;
    const resolve = (messages: readonly Buffer[]) =>
      parameters.resolveCall(messages, messages.map(check.findQuestion));
    return { kind: 'read', resolve };
  }

  hideQuery(path: string, query: string, shown: ShownClasses): string {
    return this.#parameters.hide({ method: 'GET', path }, query, shown);
  }

  checkWrite(subject: BodySubject, body: Buffer, shown: ShownClasses): string | undefined {
    if (!this.hidesAny(shown)) return undefined;
    // An operation of FHIR may ask by its body alone.
    const asked = this.#parameters.resolve(subject, '', shown);
    if (asked.kind === 'refused') return asked.reason;
    const content = this.findContent(subject.path);
    if (body.length === 0) return content && this.#written.checkUnread(subject, { content, shown });
    const written = new WrittenBody(body);
    const asks = (url: string): boolean => this.#parameters.asks(url, shown);
    // What is sent over a WebSocket is no resource.
    const isFhir = content?.format === 'fhir' && subject.method !== 'GET';
    return (
      findMasksInWrite(body) ??
      (isFhir
        ? this.#findQuestionInFhir(subject, written, asks)
        : findQuestionInWrite({ ...subject, asks }, body)) ??
      (content && this.#written.check(subject, written, { content, shown }))
    );
  }

  #findQuestionInFhir(
    subject: BodySubject,
    body: WrittenBody,
    asks: (url: string) => boolean,
  ): string | undefined {
    const { method, path: whole, mediaType } = subject;
    const base = (this.#parts.fhirPath ?? '').replace(/\/$/u, '');
    const path = whole.slice(base.length);
    return (
      findQuestionInResource({ method, path, mediaType, asks }, body) ??
      (isPatch(subject) ? findQuestionInPatch(body, path) : undefined)
    );
  }

  /** What a request asked by may stand in its answer again, where no entry expects it. */
  #hideAsked(plan: ContentPlan, subject: BodySubject, askedBy: AskedValues): ContentPlan {
    // Of FHIR all is known by its type; messages of protobuf were masked with what was asked by.
    const isFhir = this.findContent(subject.path)?.format === 'fhir' && plan.kind === 'masked';
    if (plan.kind === 'refused' || isFhir || isGrpc(subject.mediaType)) return plan;
    // Whatever a page says of what was not found, it says it of what only the target was told.
    if (isError(subject)) return { kind: 'masked', openMasker: openWithheld };
    const openMasker = plan.kind === 'raw' ? (plan.openObserver ?? openPassed) : plan.openMasker;
    return { kind: 'masked', openMasker: askedBy.within(openMasker) };
  }

  /** Each event is a message of its own. */
  #planEvents(subject: BodySubject, shown: ShownClasses): ContentPlan {
    const plan = this.planMessages(subject, shown);
    if (plan.kind !== 'masked') return plan;
    const masks = {
      data: plan.mask,
      text: maskWhole(this.#plans.openText({ mayBeBinary: false, isTable: false })),
    };
    return { kind: 'masked', openMasker: (write) => new EventStreamMasker(masks, write) };
  }

  /** Servers differ in whether case counts, and a slash at the end: no spelling of a path may lead around its entry. */
  #findEntry(written: string): BodyEntry | undefined {
    const path = written.toLowerCase();
    const bare = path.replace(/\/$/u, '');
    return (
      this.#entries.findLast(({ glob }) => glob.matches(path) || glob.matches(bare)) ??
      this.#entries.findLast(({ glob }) => glob.matches(`${bare}/`))
    );
  }

  #plan(subject: BodySubject, shown: ShownClasses): ContentPlan {
    if (isGrpc(subject.mediaType)) {
      return planGrpc(subject, this.#parts.dataMap, shown, this.#masks);
    }
    const entry = this.#findEntry(subject.path);
    if (entry === undefined && this.#hidesCalls(subject, shown)) {
      return isError(subject) ? { kind: 'masked', openMasker: openWithheld } : OTHER_CALL;
    }
    if (entry !== undefined && !isHidden(entry, shown)) return this.#plans.plan(entry, shown);
    const { unmappedBodies } = this.#parts.dataMap;
    if (entry === undefined && (unmappedBodies === 'pass' || shown.has(FREE_TEXT))) {
      return { kind: 'raw' };
    }
    if (entry === undefined && unmappedBodies === 'refuse') {
      return { kind: 'refused', reason: 'the data map does not say what this path holds' };
    }
    // Clients name the fields of a response: without what was asked nobody can tell what is in them.
    if (subject.graphql === 'unknown') return { kind: 'refused', reason: UNKNOWN_QUESTION };
    const choice = chooseFormat(subject, entry?.content);
    if (choice.kind === 'refused') return choice;
    if (choice.kind === 'withheld') return { kind: 'masked', openMasker: openWithheld };
    const plan = this.#planContent(choice.content, { subject, shown, hasLines: choice.hasLines });
    if (choice.ifJson === undefined || plan.kind !== 'masked') return plan;
    const ofJson = this.#planContent(choice.ifJson, { subject, shown, hasLines: false });
    if (ofJson.kind !== 'masked') return ofJson;
    return { kind: 'masked', openMasker: openErrorPage(ofJson.openMasker, plan.openMasker) };
  }

  /** Whether a method of gRPC was called of which something is hidden. */
  #hidesCalls(subject: BodySubject, shown: ShownClasses): boolean {
    if (subject.grpcMethod === undefined) return false;
    return planGrpc(subject, this.#parts.dataMap, shown, this.#masks).kind !== 'raw';
  }

  #planContent(
    content: MappedContent<ContentFormat>,
    { subject, shown, hasLines }: PlanContext,
  ): ContentPlan {
    const { graphql } = subject;
    const isFollowed = typeof graphql === 'object' && content.format === 'json';
    const fields = isFollowed ? followAliases(content.fields, graphql) : content.fields;
    if (fields === undefined) return TOO_MANY_NAMES;
    return this.#plans.plan(this.#plans.toEntry({ ...content, fields }, hasLines), shown);
  }
}

function isError({ status }: BodySubject): boolean {
  return status !== undefined && status >= ERROR_MIN;
}

/** What everything beneath a path is that speaks FHIR. */
function fhirBodies(fhirPath: string): readonly MappedContent<ContentFormat>[] {
  const base = fhirPath.replace(/\/$/u, '');
  const entry = { fields: [], delimiter: ',', hasHeader: true };
  return [
    { ...entry, glob: base === '' ? '/' : base, format: 'fhir' },
    { ...entry, glob: `${base}/**`, format: 'fhir' },
    // Where programs learn how to sign in: no resource, and nobody's.
    { ...entry, glob: `${base}${SMART_CONFIGURATION}`, format: 'opaque', dataClass: NO_CLASS },
  ];
}

/** What reads the parameters of FHIR's searches; undefined where FHIR is not spoken. */
function openSearch(
  { fhirPath, dataMap }: BodyMaskingParts,
  masks: ContentMasks,
): ReadParameter | undefined {
  if (fhirPath === undefined) return undefined;
  const fields = dataMap.bodies
    .filter(({ format }) => format === 'fhir')
    .flatMap((body) => body.fields);
  const operations = dataMap.parameters.filter(
    ({ name, dataClass }) => name.startsWith('$') && dataClass === NO_CLASS,
  );
  return readFhirSearch(fhirPath, masks, {
    fields,
    operations: new Set(operations.map(({ name }) => name)),
  });
}
