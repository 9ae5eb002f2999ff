import type { BodySubject, MessagePlan } from '../../../masking/bodies/body-subject.ts';
import type { ShownClasses } from '../../../masking/content/content-masks.ts';
import type { MessageKind } from '../../../wire/websocket/opcode.ts';
import type { UpgradedExchange } from '../upgrade-handler.ts';

/** A message as it may be shown. */
export type MaskedMessage =
  | { readonly kind: 'shown'; readonly shown: Buffer | Promise<Buffer> }
  | { readonly kind: 'refused'; readonly reason: string };

/** What is hidden of the messages of one WebSocket, by the rights of the moment. */
export class MessageMasking {
  readonly #exchange: UpgradedExchange;
  readonly #subject: BodySubject;
  #shown: ShownClasses | undefined;
  #hides = false;
  #plan: MessagePlan = { kind: 'raw' };

  constructor(exchange: UpgradedExchange) {
    this.#exchange = exchange;
    const { method, path } = exchange.request;
    const { graphql, askedBy } = exchange.operation;
    this.#subject = {
      ...{ method, path, mediaType: undefined },
      ...(graphql !== undefined && { graphql }),
      ...(askedBy !== undefined && { askedBy }),
    };
  }

  /** Whether messages of the client have to be whole, to be looked at. */
  get looksAtSent(): boolean {
    this.#followRights();
    return this.#hides;
  }

  get looksAtShown(): boolean {
    this.#followRights();
    return this.#plan.kind !== 'raw';
  }

  /** Why a message may not be sent; undefined if it may. */
  checkSent(message: Buffer): string | undefined {
    const { masking } = this.#exchange;
    return masking()?.checkWrite(this.#subject, message, this.#shown ?? new Map());
  }

  /** Nobody can say what is in a message that is not text. */
  mask(kind: MessageKind, message: Buffer): MaskedMessage {
    this.#followRights();
    const plan = this.#plan;
    if (plan.kind === 'refused') return plan;
    if (plan.kind === 'raw') return { kind: 'shown', shown: message };
    if (kind === 'binary') return { kind: 'refused', reason: 'binary messages cannot be masked' };
    return { kind: 'shown', shown: plan.mask(message) };
  }

  /** Grants begin and end, and policies change, while it is open. */
  #followRights(): void {
    const masking = this.#exchange.masking();
    if (masking === undefined) return;
    const { shown } = this.#exchange.session.guard.reveal(masking.classNames);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#hides = masking.hidesAny(shown);
    this.#plan = masking.planMessages(this.#subject, shown);
  }
}
