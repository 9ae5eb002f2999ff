import type { PendingRequest } from './pending-request.ts';

/** What a name is of: a prepared statement, or a portal. */
export type NameKind = 'parse' | 'bind';

/**
 * Where requests in flight touch a name. Each message asks what its name stands for: where thousands are in flight,
 * looking through all of them for each would keep the process, and so everybody's sessions, at work for seconds.
 *
 * A position is a request's in the queue. Requests are never taken out of it here: whoever asks knows where it begins.
 */
export class RequestIndex {
  /** Of the batch at hand, that is since the last request that ReadyForQuery answers: what may give a name, oldest first. */
  readonly #giving = new Map<string, number[]>();
  /** Names that a Parse or Bind of the batch at hand gives: whatever comes behind it in the batch is skipped if it fails. */
  readonly #given = new Set<string>();
  /** Of the batch at hand: what gives or closes a name last. */
  readonly #touching = new Map<string, number>();
  /** The same of the batches before it. */
  readonly #touchedBefore = new Map<string, number>();
  /** The last Execute of the batch at hand whose statement does something to names; -1 for none. */
  #naming = -1;
  /** The last of the batches before it, or the last Query that does. */
  #namingBefore = -1;

  /** @param head Position of the first request that is not answered. */
  static of(requests: readonly PendingRequest[], head: number): RequestIndex {
    const index = new RequestIndex();
    for (let position = head; position < requests.length; position++)
      index.add(position, requests[position] as PendingRequest);
    return index;
  }

  /** A request was sent behind all others. */
  add(position: number, request: PendingRequest): void {
    switch (request.kind) {
      case 'parse':
      case 'bind':
        this.#give(request.kind, request.name, position);
        this.#given.add(keyOf(request.kind, request.name));
        this.#touching.set(keyOf(request.kind, request.name), position);
        return;
      case 'close-statement':
        this.#touching.set(keyOf('parse', request.name), position);
        return;
      case 'close-portal':
        this.#touching.set(keyOf('bind', request.name), position);
        return;
      case 'execute':
        if (request.named.length > 0) this.#naming = position;
        for (const { effects } of request.named) {
          if (effects.prepares !== undefined) this.#give('parse', effects.prepares.name, position);
          if (effects.declares !== undefined) this.#give('bind', effects.declares.name, position);
        }
        return;
      case 'query':
        if (request.named.length > 0) this.#naming = position;
        this.#endBatch();
        return;
      case 'sync':
        this.#endBatch();
        return;
      case 'describe':
      case 'own-describe':
      case 'copy-data':
      case 'copy-end':
    }
  }

  /** Positions in the batch at hand of what may give the name, oldest first; of some the answer may have come. */
  listGiving(kind: NameKind, name: string): readonly number[] {
    return this.#giving.get(keyOf(kind, name)) ?? [];
  }

  /** See `SessionNames.dependsOnAnswer`. @param head Position of the first request that is not answered. */
  dependsOnAnswer(kind: NameKind, name: string, head: number): boolean {
    const key = keyOf(kind, name);
    if (this.#given.has(key)) return false;
    const touched = this.#touchedBefore.get(key) ?? -1;
    return Math.max(touched, this.#namingBefore) >= head;
  }

  #give(kind: NameKind, name: string, position: number): void {
    const key = keyOf(kind, name);
    const given = this.#giving.get(key);
    if (given === undefined) this.#giving.set(key, [position]);
    else if (given.at(-1) !== position) given.push(position);
  }

  #endBatch(): void {
    for (const [key, position] of this.#touching) this.#touchedBefore.set(key, position);
    this.#namingBefore = Math.max(this.#namingBefore, this.#naming);
    this.#naming = -1;
    // Clearing an empty map makes a new one.
    if (this.#touching.size > 0) this.#touching.clear();
    if (this.#giving.size > 0) this.#giving.clear();
    if (this.#given.size > 0) this.#given.clear();
  }
}

function keyOf(kind: NameKind, name: string): string {
  return `${kind} ${name}`;
}
