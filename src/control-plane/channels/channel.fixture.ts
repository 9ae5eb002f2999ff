import type { AccessRequest } from '../../access/access-request.ts';
import { OPERATION } from '../../access/request.fixture.ts';
import { composeNotice, type Notice } from './notice.ts';

export const CONSOLE_URL = 'https://sallyport.hospital.example';

/** What channels are told when a bulk read waits. */
export function noticeOf(
  request: AccessRequest = OPERATION,
  occasion: Notice['occasion'] = 'opened',
): Notice {
  return composeNotice(request, occasion, CONSOLE_URL);
}
