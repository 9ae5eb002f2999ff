import { FrontendType } from './message-framing.ts';
import {
  decodeStatementOrPortal,
  encodeStatementOrPortal,
  type StatementOrPortal,
} from './statement-or-portal.ts';

export interface Describe extends StatementOrPortal {
  readonly type: 'Describe';
}

/** Decodes the body of a `Describe` message. */
export function decodeDescribe(body: Buffer): Describe {
  return { type: 'Describe', ...decodeStatementOrPortal(body, 'Describe') };
}

/** Encodes a whole `Describe` message. */
export function encodeDescribe(subject: StatementOrPortal): Buffer {
  return encodeStatementOrPortal(FrontendType.Describe, subject);
}
