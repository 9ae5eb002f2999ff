import type { Side } from '../e2e/environment.ts';
import {
  bind,
  execute,
  int16,
  int32,
  message,
  parse,
  query,
  type RawConnection,
  type RawMessage,
  signIn,
  sync,
} from '../e2e/raw-connection.ts';
import type { Answer } from './detector.ts';

/** How a statement is sent. */
export type Form =
  | 'simple'
  | 'extended-text'
  | 'extended-binary'
  /** A portal that is suspended after each of the first rows. */
  | 'extended-rows'
  /** Several texts, ` ;; ` between them: parsed and bound in order, executed from the last to the first, before one Sync. */
  | 'pipelined'
  /** Parsed as the statement `s1`, and not run. */
  | 'named-statement'
  /** Bound as the portal `c1`, and not run. */
  | 'named-portal'
  /** OID of a function and its argument, by the fast path. */
  | 'function-call';

/** One session of which every byte is kept that the server sends. */
export interface LeakClient {
  /** Sends one text and waits until the server is ready again. */
  run(text: string, form: Form): Promise<Answer>;
  /** Whatever comes without having been asked for: notifications, notices. */
  readonly isOpen: boolean;
  close(): void;
}

/** Opens sessions on one world's database. */
export interface Door {
  open(startup?: Readonly<Record<string, string>>): Promise<LeakClient>;
}

/** Reaches a server, or a gateway before it, as it is. */
export function openDoor(side: Side): Door {
  return { open: (startup) => WireClient.connect(side, startup) };
}

/** A session of the raw protocol. */
export class WireClient implements LeakClient {
  readonly #connection: RawConnection;
  #isOpen = true;

  constructor(connection: RawConnection) {
    this.#connection = connection;
  }

  static async connect(
    side: Side,
    startup: Readonly<Record<string, string>> = {},
  ): Promise<WireClient> {
    return new WireClient(await signIn(side, { extra: startup }));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async run(text: string, form: Form): Promise<Answer> {
    return answerOf(await this.exchange(text, form));
  }

  /** Sends one text; all that comes until the server is ready again. */
  async exchange(text: string, form: Form): Promise<readonly RawMessage[]> {
    this.#connection.send(...messagesOf(text, form));
    const messages: RawMessage[] = [];
    try {
      for (;;) {
        const next = await this.#connection.message();
        messages.push(next);
        if (next.type === 'Z') break;
        // Data is asked for, and there is none. While it is, the server does not hear a Sync.
        if (next.type === 'G') {
          this.#connection.send(message('c'), ...(form === 'simple' ? [] : [sync()]));
        }
      }
    } catch {
      this.#isOpen = false;
    }
    return messages;
  }

  close(): void {
    this.#isOpen = false;
    this.#connection.send(message('X'));
    this.#connection[Symbol.dispose]();
  }
}

function messagesOf(text: string, form: Form): readonly Buffer[] {
  if (form === 'simple') return [query(text)];
  if (form === 'extended-text')
    return [parse('', text), message('D', Buffer.from('S'), ''), bind('', ''), execute(''), sync()];
  const inBinary = message('B', '', '', int16(0), int16(0), int16(1), int16(1));
  if (form === 'extended-binary')
    return [parse('', text), inBinary, message('D', Buffer.from('P'), ''), execute(''), sync()];
  if (form === 'pipelined') return pipelineOf(text.split(' ;; '));
  if (form === 'named-statement') return [parse('s1', text), sync()];
  if (form === 'named-portal') return [parse('', text), bind('c1', ''), sync()];
  if (form === 'function-call') return [functionCallOf(text), sync()];
  // A portal that is suspended and goes on.
  return [parse('', text), bind('', ''), execute('', 1), execute('', 1), execute(''), sync()];
}

function pipelineOf(texts: readonly string[]): readonly Buffer[] {
  const prepared = texts.flatMap((text, index) => [
    message('C', Buffer.from('S'), `p${index}`),
    parse(`p${index}`, text),
    bind(`p${index}`, `p${index}`),
  ]);
  const executed = texts.map((_, index) => execute(`p${index}`)).toReversed();
  return [...prepared, ...executed, ...executed, sync()];
}

function functionCallOf(text: string): Buffer {
  const [oid = '', argument = ''] = text.split(' ');
  const bytes = Buffer.from(argument);
  return message('F', int32(Number(oid)), int16(0), int16(1), int32(bytes.length), bytes, int16(0));
}

/** What was said: the messages, and the rows in them. */
export function answerOf(messages: readonly RawMessage[]): Answer {
  const rows: (Buffer | undefined)[][] = [];
  const parts: Buffer[] = [];
  for (const { type, body } of messages) {
    const header = Buffer.alloc(5);
    header.write(type, 'latin1');
    header.writeInt32BE(body.length + 4, 1);
    parts.push(header, body);
    if (type === 'D') rows.push(fieldsOf(body));
    else if (type === 'd') rows.push([body]);
  }
  return { bytes: Buffer.concat(parts), rows };
}

function fieldsOf(body: Buffer): (Buffer | undefined)[] {
  const fields: (Buffer | undefined)[] = [];
  let offset = 2;
  for (let index = 0; index < body.readInt16BE(0); index++) {
    const length = body.readInt32BE(offset);
    offset += 4;
    fields.push(length < 0 ? undefined : body.subarray(offset, offset + length));
    offset += Math.max(0, length);
  }
  return fields;
}
