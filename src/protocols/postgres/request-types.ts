import { FrontendType } from '../../wire/postgres/message-framing.ts';
import { tableOf } from './results.ts';

/** What a client may send once it is in. */
export const KNOWN_REQUESTS: Uint8Array = tableOf(
  Object.values(FrontendType).filter((type) => type !== FrontendType.PasswordMessage),
);
/** What is looked at whole: everything but COPY and Terminate. */
export const INSPECTED_REQUESTS: Uint8Array = tableOf([
  FrontendType.Query,
  FrontendType.Parse,
  FrontendType.Bind,
  FrontendType.Execute,
  FrontendType.FunctionCall,
  FrontendType.Close,
  FrontendType.Describe,
  FrontendType.Flush,
  FrontendType.Sync,
]);
/** Messages that mean the same to the names of a session, whether the server reads or drops them. */
export const ENDS_BATCH: ReadonlySet<number> = new Set([FrontendType.Sync, FrontendType.Flush]);
