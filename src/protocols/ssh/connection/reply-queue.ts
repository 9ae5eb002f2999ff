/** Answers a request, once; the data is what the request's answer carries. */
export type Reply = (isGranted: boolean, data?: Buffer) => void;

interface Slot {
  answer: { readonly isGranted: boolean; readonly data: Buffer | undefined } | undefined;
}

/** Sends the answers to requests in the order of the requests, whenever each is known. */
export class ReplyQueue {
  readonly #send: (isGranted: boolean, data: Buffer | undefined) => void;
  readonly #slots: Slot[] = [];

  constructor(send: (isGranted: boolean, data: Buffer | undefined) => void) {
    this.#send = send;
  }

  /** Requests that have no answer yet, or wait behind one. */
  get size(): number {
    return this.#slots.length;
  }

  /** Takes down that a request came. Answers after the first are ignored. */
  add(): Reply {
    const slot: Slot = { answer: undefined };
    this.#slots.push(slot);
    return (isGranted, data) => {
      slot.answer ??= { isGranted, data };
      this.#flush();
    };
  }

  #flush(): void {
    for (;;) {
      const answer = this.#slots[0]?.answer;
      if (answer === undefined) return;
      this.#slots.shift();
      this.#send(answer.isGranted, answer.data);
    }
  }
}
