import { ByteReader } from '../byte-reader.ts';
import { finishMessage, startMessage } from './message-framing.ts';

/** What `Describe` and `Close` are about. An empty name means the unnamed one. */
export interface StatementOrPortal {
  readonly kind: 'statement' | 'portal';
  readonly name: string;
}

const STATEMENT = 0x53; // S
const PORTAL = 0x50; // P

/** Decodes the body that `Describe` and `Close` have in common. */
export function decodeStatementOrPortal(body: Buffer, messageName: string): StatementOrPortal {
  const reader = new ByteReader(body, messageName);
  const kind = reader.byte();
  if (kind !== STATEMENT && kind !== PORTAL) {
    throw reader.error('about neither a statement nor a portal');
  }
  const name = reader.name();
  reader.expectEnd();
  return { kind: kind === STATEMENT ? 'statement' : 'portal', name };
}

/** Encodes a whole `Describe` or `Close` message. */
export function encodeStatementOrPortal(type: number, { kind, name }: StatementOrPortal): Buffer {
  return finishMessage(
    startMessage(type)
      .byte(kind === 'statement' ? STATEMENT : PORTAL)
      .cString(name),
  );
}
