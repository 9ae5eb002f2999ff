import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { joinStreams } from '../join-streams.ts';
import { OperationCounter } from './operation-counter.ts';

/** Carries a session on a database that the connector has logged in to. @param target Paused. */
export function joinDatabase(stream: Duplex, target: Duplex, onOperation: () => void): void {
  const counter = new OperationCounter(onOperation);
  stream.on('data', (bytes: Buffer) => {
    try {
      counter.push(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // What cannot be counted is not carried any further.
      stream.destroy();
    }
  });
  joinStreams(stream, target);
}
