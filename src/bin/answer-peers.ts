import type { ControlPlaneServices } from '../control-plane/services.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import type { PeerQuestion } from '../gateway/peers/peer-question.ts';
import type { AnswerPeer } from '../gateway/peers/serve-peer.ts';
import type { CancelAttempt } from '../protocols/postgres/cancel-keys.ts';
import type { SessionIndex, SessionRecord } from '../recording/session-index.ts';
import { belongsTo } from './log-owner.ts';
import type { OwnReading } from './open-own-reading.ts';

/** What other gateways are answered from. */
export interface AnswerPeersParts {
  /** Name of this gateway. */
  readonly gateway: string;
  readonly reading: OwnReading;
  readonly sessions: Pick<SessionIndex, 'find'>;
  readonly askGuests: ControlPlaneServices['askGuests'];
  /** Of this gateway's sessions only. */
  readonly cancel: (attempt: CancelAttempt) => void;
}

/** Answers the other gateways about what only this one has. Who may ask them was looked at where a person asked. */
export function answerPeers(parts: AnswerPeersParts): AnswerPeer {
  return (question, signal) => answer(parts, question, signal);
}

async function* answer(
  parts: AnswerPeersParts,
  question: PeerQuestion,
  signal: AbortSignal,
): AsyncGenerator<unknown, void> {
  const { gateway, reading } = parts;
  const { ledgerFiles } = reading;
  // What is passed on once is not passed on again.
  if ('log' in question && !belongsTo(question.log, gateway)) return;
  switch (question.kind) {
    case 'cancel':
      parts.cancel({ ...question, type: 'CancelRequest', clientAddress: '' });
      return;
    case 'guests':
      yield await parts.askGuests(question.log, question.question);
      return;
    case 'logs':
      yield* await ledgerFiles.listLogs();
      return;
    case 'checkpoints':
      yield await ledgerFiles.listCheckpoints(question.log, question.limit);
      return;
    case 'entries':
      yield await ledgerFiles.listEntries(question.log, question.query);
      return;
    case 'proof':
      yield await ledgerFiles.prove(question.log, question.index);
      return;
    case 'content':
      yield await ledgerFiles.readContent(question.log, question.index);
      return;
    case 'session-entries':
      yield* reading.sessionEntries(await findOwnSession(parts, question.session));
      return;
    case 'playback':
      yield* reading.playback(await findOwnSession(parts, question.session), signal);
      return;
    case 'follow':
      yield* reading.follow(await findOwnSession(parts, question.session), signal);
      return;
    case 'raw-track':
      yield* (await reading.rawTrack(await findOwnSession(parts, question.session))) ?? [];
      return;
    case 'search': {
      const matches = await reading.searchStatements(question.text, signal);
      if (matches === undefined) throw new PeerError(gateway, 'too many searches run there');
      yield* matches;
      return;
    }
    case 'operations':
      yield* await reading.lastOperations(question.last);
      return;
    case 'ledger':
      yield* reading.ledgerPieces();
      return;
    case 'today':
      yield await reading.countToday();
      return;
    case 'disclosures':
      yield* (await reading.findDisclosures(question))?.disclosures ?? [];
  }
}

/** By its id only: where its recording lies is what the store says, not who asks. */
async function findOwnSession(
  { gateway, sessions }: AnswerPeersParts,
  id: string,
): Promise<SessionRecord> {
  const session = await sessions.find(id);
  if (session !== undefined && belongsTo(session.gateway, gateway)) return session;
  throw new PeerError(gateway, 'it has no such session');
}
