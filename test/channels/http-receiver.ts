import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Something that was posted. */
export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The other side of channels that post documents. */
export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  /** All that came, in order. */
  readonly posted: readonly Posted[];
  /** Waits for one that is wanted and was not taken before, and takes it. */
  next(isWanted: (posted: Posted) => boolean): Promise<Posted>;
}

/** Answers one posting, or leaves it without an answer. */
export type Answering = (posted: Posted, answer: ServerResponse) => void;

/** Looks before something that should come is given up, and the milliseconds between them. */
const LOOKS_MAX = 800;
const LOOK_MS = 25;

/** Listens on loopback. */
export async function startHttpReceiver(answering: Answering): Promise<HttpReceiver> {
  const posted: Posted[] = [];
  const taken = new Set<Posted>();
  const server = createServer((asked, answer) => {
    void text(asked).then((body) => {
      const one = { headers: asked.headers, body };
      posted.push(one);
      answering(one, answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    posted,
    async next(isWanted) {
      for (let looks = 0; looks < LOOKS_MAX; looks++) {
        const found = posted.find((one) => !taken.has(one) && isWanted(one));
        if (found !== undefined) {
          taken.add(found);
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      throw new Error('Cannot find what was posted: nothing like it came');
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
