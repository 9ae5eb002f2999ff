import { FrontendType } from './message-framing.ts';
import {
  decodeStatementOrPortal,
  encodeStatementOrPortal,
  type StatementOrPortal,
} from './statement-or-portal.ts';

export interface Close extends StatementOrPortal {
  readonly type: 'Close';
}

/** Decodes the body of a `Close` message. */
export function decodeClose(body: Buffer): Close {
  return { type: 'Close', ...decodeStatementOrPortal(body, 'Close') };
}

/** Encodes a whole `Close` message. */
export function encodeClose(subject: StatementOrPortal): Buffer {
  return encodeStatementOrPortal(FrontendType.Close, subject);
}
