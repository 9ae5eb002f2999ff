import {
  ANSWERED_MAX,
  isCopyMark,
  namedBy,
  type PendingRequest,
  touches,
} from './pending-request.ts';
import type { Candidates, Prepared } from './prepared.ts';
import { type NameKind, RequestIndex } from './request-index.ts';

/** Requests in flight that are looked through for each name. */
const LOOKED_THROUGH_MAX = 32;

/** Requests in flight, in the order of the server's answers, and what they say of names. */
export class RequestQueue {
  /** `#head` is the oldest that is not answered yet. */
  #requests: PendingRequest[] = [];
  #head = 0;
  /** Made where many are in flight. */
  #index: RequestIndex | undefined;

  get size(): number {
    return this.#requests.length - this.#head;
  }

  /** What is answered next. */
  get first(): PendingRequest | undefined {
    return this.#requests[this.#head];
  }

  get last(): PendingRequest | undefined {
    return this.size > 0 ? this.#requests.at(-1) : undefined;
  }

  push(request: PendingRequest): void {
    this.#requests.push(request);
    if (this.#index !== undefined) this.#index.add(this.#requests.length - 1, request);
    else if (this.size > LOOKED_THROUGH_MAX)
      this.#index = RequestIndex.of(this.#requests, this.#head);
  }

  /** The first, with what the server drops behind it without an answer. */
  take(): PendingRequest | undefined {
    const request = this.first;
    if (request === undefined) return undefined;
    do this.#head += 1;
    while (isCopyMark(this.first));
    if (this.#head === this.#requests.length) {
      this.#requests = [];
      this.#head = 0;
      this.#index = undefined;
    } else if (this.#head > ANSWERED_MAX && this.#head * 2 > this.#requests.length) {
      this.#requests = this.#requests.slice(this.#head);
      this.#head = 0;
      if (this.#index !== undefined) this.#index = RequestIndex.of(this.#requests, this.#head);
    }
    return request;
  }

  /** Takes what is behind the first, one after the other, as long as each is wanted. */
  takeBehindFirst(isWanted: (request: PendingRequest) => boolean): void {
    const { first } = this;
    if (first === undefined) return;
    let last = this.#head;
    for (; last + 1 < this.#requests.length; last++) {
      if (!isWanted(this.#requests[last + 1] as PendingRequest)) break;
    }
    // Where one text has thousands of copies, each would have the others moved, and the index made anew.
    this.#head = last;
    this.#requests[last] = first;
    this.#index = undefined;
  }

  /**
   * What a name stands for behind all of these.
   *
   * @param before What it stood for before the batch at hand, and may stand for by a text in it.
   */
  find(kind: NameKind, name: string, before: Candidates): Candidates {
    const found: Prepared[] = [];
    const giving = this.#index?.listGiving(kind, name);
    for (let step = (giving ?? this.#requests).length - 1; step >= 0; step--) {
      const position = giving?.[step] ?? step;
      if (position < this.#head) break;
      const request = this.#requests[position] as PendingRequest;
      if (request.kind === 'sync' || request.kind === 'query') break;
      if (request.kind === 'parse' && kind === 'parse' && request.name === name) {
        return [request.prepared, ...found];
      }
      if (request.kind === 'bind' && kind === 'bind' && request.name === name) {
        return request.bound === 'unknown' ? 'unknown' : [...request.bound, ...found];
      }
      if (request.kind !== 'execute') continue;
      const prepared = namedBy(request.named, kind, name);
      if (prepared === undefined) continue;
      found.push(prepared);
      if (request.isSure) return found;
    }
    return before;
  }

  /** See `SessionNames.dependsOnAnswer`. */
  dependsOnAnswer(kind: NameKind, name: string): boolean {
    if (this.#index !== undefined) return this.#index.dependsOnAnswer(kind, name, this.#head);
    let hasSync = false;
    for (let position = this.#requests.length - 1; position >= this.#head; position--) {
      const request = this.#requests[position] as PendingRequest;
      if (request.kind === 'sync' || request.kind === 'query') {
        hasSync = true;
        if (request.kind === 'query' && request.named.length > 0) return true;
      } else if (hasSync) {
        if (touches(request, kind, name)) return true;
      } else if (request.kind === kind && request.name === name) return false;
    }
    return false;
  }
}
