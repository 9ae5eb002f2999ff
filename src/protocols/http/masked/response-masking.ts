import type { BodyMasking } from '../../../masking/bodies/body-masking.ts';
import type { BodySubject } from '../../../masking/bodies/body-subject.ts';
import type { ShownClasses } from '../../../masking/content/content-masks.ts';
import type {
  ContentMasker,
  ContentPlan,
  OpenContentMasker,
} from '../../../masking/content-masker.ts';
import { REDACTED_TEXT } from '../../../masking/masks/redacted-text.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import { chooseContentCoding, parseContentEncoding } from '../../../wire/http/content-coding.ts';
import type { FieldList } from '../../../wire/http/field-list.ts';
import { parseMediaType } from '../../../wire/http/media-type.ts';
import { decodeBody, encodeBody } from '../content/coded-body.ts';
import type { BodySource, HttpRequestHead, HttpResponse } from '../exchange.ts';
import { hasUnreadableMessages, withoutMessageCoding } from '../grpc/message-coding.ts';
import type { HttpOperation } from '../http-operation.ts';
import { EntityTags } from './entity-tags.ts';
import { awaitFirstPiece } from './first-piece.ts';
import { GatheredBody } from './gathered-body.ts';
import { MaskedBody } from './masked-body.ts';
import { maskRequestFields, maskResponseFields, maskTrailers } from './masked-fields.ts';
import { ObservedBody } from './observed-body.ts';
import { withTrailers } from './with-trailers.ts';

/** A response as its client may have it, or why none of it may be shown. */
export type ShownResponse =
  | { readonly kind: 'shown'; readonly response: HttpResponse }
  | { readonly kind: 'refused'; readonly reason: string };

/** Who asked, and for what. */
export interface ResponseMaskingParts {
  readonly masking: BodyMasking;
  /** The classes that the principal may see raw at the moment. */
  readonly shown: ShownClasses;
  /** As the client sent it. */
  readonly request: HttpRequestHead;
  readonly operation: HttpOperation;
  /** Told once what a body showed, where that is known. */
  readonly onEvidence: (evidence: EvidenceFields) => void;
}

/** What is hidden of one exchange, by the data map of its target and the rights of the moment. */
export class ResponseMasking {
  readonly #parts: ResponseMaskingParts;
  readonly #tags: EntityTags;
  /** Whether anything of the target is hidden from the principal. */
  readonly hides: boolean;

  constructor(parts: ResponseMaskingParts) {
    this.#parts = parts;
    this.#tags = new EntityTags(parts.shown.keys());
    this.hides = parts.masking.hidesAny(parts.shown);
  }

  /** The fields of the request as the target is asked. */
  maskRequest(fields: FieldList): FieldList {
    if (!this.hides) return fields;
    const { masking, request } = this.#parts;
    const taken = fields.all('accept');
    const accept = taken.length === 0 ? undefined : taken.join(', ');
    const accepted = masking.chooseAccepted?.(request.path, accept);
    const masked = maskRequestFields(fields, this.#tags);
    return accepted === undefined ? masked : masked.without('accept').append('accept', accepted);
  }

  /** @param tell Called once, maybe at once; it starts the body before it returns, or destroys it. */
  show(response: HttpResponse, tell: (shown: ShownResponse) => void): void {
    const { request } = this.#parts;
    const isEmpty = response.body.length === 0 || request.method === 'HEAD';
    if (isEmpty)
      return tell({ kind: 'shown', response: this.#withFields(response, response.body) });
    const plan = this.#plan(response);
    switch (plan.kind) {
      case 'refused':
        response.body.destroy();
        return tell(plan);
      case 'raw':
        return this.#showRaw(response, plan.openObserver, tell);
      case 'masked':
      case 'inspected':
        if (!hasUnreadableMessages(response)) {
          return this.#showMasked(withoutMessageCoding(response), plan.openMasker, tell);
        }
        response.body.destroy();
        return tell({ kind: 'refused', reason: UNKNOWN_CODING });
    }
  }

  #plan({ status, fields }: HttpResponse): ContentPlan {
    const { masking, shown, request, operation } = this.#parts;
    const types = fields.all('content-type');
    const subject: BodySubject = {
      method: request.method,
      path: request.path,
      query: request.query,
      status,
      mediaType: types.length === 1 ? parseMediaType(types[0] ?? '') : undefined,
      ...(operation.grpcMethod !== undefined && { grpcMethod: operation.grpcMethod }),
      ...(operation.graphql !== undefined && { graphql: operation.graphql }),
      ...(operation.askedBy !== undefined && { askedBy: operation.askedBy }),
    };
    return masking.planResponse(subject, shown);
  }

  /** Nothing of the body is hidden, but of its fields there may be: it goes by as it came. */
  #showRaw(
    response: HttpResponse,
    openObserver: OpenContentMasker | undefined,
    tell: (shown: ShownResponse) => void,
  ): void {
    const coding = findCoding(response);
    const observed = this.#observe(response, coding, openObserver);
    const body = this.hides ? withTrailers(observed, this.#maskTrailers) : observed;
    const accepted = this.#parts.request.fields.get('accept-encoding');
    // Where something is hidden the target was asked for codings that the client may not know.
    const isFixed =
      !this.hides || coding === undefined || coding === 'identity' || response.status === 206;
    if (isFixed || chooseContentCoding(accepted, coding) === coding) {
      return tell({ kind: 'shown', response: this.#withFields(response, body) });
    }
    tell({ kind: 'shown', response: this.#encode(response, decodeBody(body, coding), coding) });
  }

  #observe(
    { status, body }: HttpResponse,
    coding: Coding | undefined,
    openObserver: OpenContentMasker | undefined,
  ): BodySource {
    // Of a part, or of what cannot be read, nobody can say whose data it is.
    if (openObserver === undefined || coding === undefined || status === 206) return body;
    const { onEvidence } = this.#parts;
    const source = new GatheredBody(body);
    return new ObservedBody({ source, coding, openObserver, onOver: onEvidence });
  }

  #showMasked(
    response: HttpResponse,
    openMasker: OpenContentMasker,
    tell: (shown: ShownResponse) => void,
  ): void {
    const coding = findCoding(response);
    const reason = response.status === 206 ? 'it is a part of a body' : UNKNOWN_CODING;
    if (coding === undefined || response.status === 206) {
      response.body.destroy();
      return tell({ kind: 'refused', reason });
    }
    awaitFirstPiece(this.#mask(response, openMasker, coding), (first) => {
      if (first.kind === 'failed') return tell({ kind: 'refused', reason: first.error.message });
      tell({ kind: 'shown', response: this.#encode(response, first.body, coding) });
    });
  }

  #mask(response: HttpResponse, open: OpenContentMasker, coding: Coding): BodySource {
    const source = new GatheredBody(response.body);
    return new MaskedBody({
      source: coding === 'identity' ? source : decodeBody(source, coding),
      open,
      maskTrailers: this.#maskTrailers,
      onOver: (masker: ContentMasker) => this.#parts.onEvidence(masker.describe()),
    });
  }

  #encode(response: HttpResponse, body: BodySource, coding: Coding): HttpResponse {
    const accepted = this.#parts.request.fields.get('accept-encoding');
    const chosen = chooseContentCoding(accepted, coding);
    const bare = { ...response, fields: response.fields.without('content-encoding') };
    if (chosen === 'identity') return this.#withFields(bare, body);
    const fields = bare.fields.append('content-encoding', chosen);
    return this.#withFields({ ...bare, fields }, encodeBody(body, chosen));
  }

  #withFields({ status, fields }: HttpResponse, body: BodySource): HttpResponse {
    const shown = this.hides ? maskResponseFields(fields, this.#tags, this.#redact) : fields;
    return { status, fields: shown, body };
  }

  readonly #maskTrailers = (trailers: FieldList): FieldList =>
    this.hides ? maskTrailers(trailers, this.#redact) : trailers;

  readonly #redact = (name: string, value: string): string => {
    const { masking, shown, request, operation } = this.#parts;
    // Why a call fails may be told with what it asked by.
    const { askedBy } = operation;
    if (askedBy !== undefined && name === 'grpc-message') return REDACTED_TEXT;
    const redacted = masking.redactField(name, value, shown, request.path);
    return askedBy === undefined ? redacted : askedBy.hide(redacted);
  };
}

type Coding = Exclude<ReturnType<typeof parseContentEncoding>, undefined>;

const UNKNOWN_CODING = 'its content coding is unknown to the gateway';

/** Undefined for codings that are unknown, and for several on top of each other. */
function findCoding({ fields }: HttpResponse): Coding | undefined {
  return parseContentEncoding(fields.get('content-encoding'));
}
