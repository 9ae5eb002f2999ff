import { ByteReader } from '../byte-reader.ts';
import { FrontendType, finishMessage, startMessage } from './message-framing.ts';

export interface Execute {
  readonly type: 'Execute';
  /** Empty for the unnamed portal. */
  readonly portalName: string;
  /** Rows after which the portal is suspended. Zero or less: no limit. */
  readonly rowsMax: number;
}

/** Decodes the body of an `Execute` (`E`) message. */
export function decodeExecute(body: Buffer): Execute {
  const reader = new ByteReader(body, 'Execute');
  const portalName = reader.name();
  const rowsMax = reader.int32();
  reader.expectEnd();
  return { type: 'Execute', portalName, rowsMax };
}

/** Encodes a whole `Execute` (`E`) message. */
export function encodeExecute(portalName: string, rowsMax = 0): Buffer {
  return finishMessage(startMessage(FrontendType.Execute).cString(portalName).int32(rowsMax));
}
