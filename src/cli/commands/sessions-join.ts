import {
  type JoinEvent,
  joinEventSchema,
  KEYS_BYTES_MAX,
  keyboardOutcomeSchema,
  keysOutcomeSchema,
} from '../../api/join.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption } from '../command-context.ts';
import { ESCAPES, EscapeReader, type Typed } from '../escape-reader.ts';
import { parseChannel } from '../parse-channel.ts';
import { ScreenPrinter } from '../screen-printer.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';

type LeaveReason = (JoinEvent & { readonly kind: 'left' })['reason'];

/** Options of `sallyport sessions join`. */
export interface SessionJoinOptions extends GatewayOption {
  /** Which of several terminals, by its number. */
  readonly channel?: string;
}

/** `sallyport sessions join`: shows a terminal of a session, and types in it while it has the keyboard. */
export async function runSessionsJoin(
  host: CliHost,
  id: string,
  { gateway, channel }: SessionJoinOptions,
): Promise<void> {
  const wanted = parseChannel(channel);
  const opened = await SignedInGateway.open(host, gateway);
  const path = `/v1/sessions/${encodeURIComponent(id)}/join`;
  const json = wanted === undefined ? {} : { channel: wanted };
  const events = opened.getLines(joinEventSchema, { path, json });
  const first = await events.next();
  if (first.done === true || first.value.kind !== 'joined') {
    throw new CliError(EXIT.failure, 'The gateway does not say that you have joined');
  }
  const printer = new ScreenPrinter(host.terminal);
  const place = new Place(opened, `${path}/${first.value.join}`, printer);
  const left = new AbortController();
  try {
    const typing = place.type(host.keys(left.signal));
    const following = follow(events, place, printer);
    // At the end of its input what the session shows is still to be seen.
    const ended = await Promise.race([
      following,
      typing.then((how) => (how === 'left' ? 'left' : following)),
    ]);
    printer.finish();
    host.terminal.say(FAREWELLS[ended]);
  } finally {
    printer.finish();
    left.abort();
    await events.return(undefined);
  }
}

const FAREWELLS: Readonly<Record<LeaveReason, string>> = {
  left: 'You have left the session.',
  disconnected: 'The connection to the gateway is lost.',
  'not-permitted': 'You may not take part in the session any more.',
  'sees-less': 'You may see less now than the principal of the session.',
  over: 'The session, or this terminal of it, is over.',
};

/** Shows what happens, until it is over. */
async function follow(
  events: AsyncIterable<JoinEvent>,
  place: Place,
  printer: ScreenPrinter,
): Promise<LeaveReason> {
  for await (const event of events) {
    if (event.kind === 'screen') printer.show(event);
    if (event.kind === 'keyboard') place.noteKeyboard(event);
    if (event.kind === 'left') return event.reason;
  }
  return 'disconnected';
}

/** Somebody's place in a session. */
class Place {
  readonly #gateway: SignedInGateway;
  readonly #path: string;
  readonly #printer: ScreenPrinter;
  #hasKeyboard = false;

  constructor(gateway: SignedInGateway, path: string, printer: ScreenPrinter) {
    this.#gateway = gateway;
    this.#path = path;
    this.#printer = printer;
  }

  noteKeyboard({ holder, name }: JoinEvent & { readonly kind: 'keyboard' }): void {
    this.#hasKeyboard = holder === 'you';
    const whose = {
      you: 'You have the keyboard',
      principal: 'The session’s principal has the keyboard',
      guest: `${name} has the keyboard`,
    };
    this.#printer.say(`${whose[holder]}. ${ESCAPES}`);
  }

  /** One request after the other: keys stay in order, and those that are pressed meanwhile go together. */
  async type(keys: AsyncIterable<Buffer>): Promise<'left' | 'input-over'> {
    const reader = new EscapeReader();
    for await (const bytes of keys) {
      for (const typed of reader.push(bytes)) {
        if (typed.kind === 'leave') return 'left';
        await this.#act(typed);
      }
    }
    if (this.#hasKeyboard) await this.#hold(false);
    return 'input-over';
  }

  async #act(typed: Typed): Promise<void> {
    switch (typed.kind) {
      case 'keys':
        return this.#send(typed.bytes);
      case 'take':
      case 'give':
        return this.#hold(typed.kind === 'take');
      case 'help':
      case 'leave':
        this.#printer.say(ESCAPES);
    }
  }

  async #send(keys: Buffer): Promise<void> {
    if (!this.#hasKeyboard) return this.#printer.say(`You have not got the keyboard. ${ESCAPES}`);
    for (let from = 0; from < keys.length; from += KEYS_BYTES_MAX) {
      const bytes = keys.subarray(from, from + KEYS_BYTES_MAX).toString('base64');
      const path = `${this.#path}/keys`;
      const { taken } = await this.#gateway.get(keysOutcomeSchema, { path, json: { bytes } });
      if (!taken) return this.#printer.say('These keys went nowhere: somebody else types now.');
    }
  }

  async #hold(hold: boolean): Promise<void> {
    const request = { path: `${this.#path}/keyboard`, json: { hold } };
    const { outcome } = await this.#gateway.get(keyboardOutcomeSchema, request);
    this.#hasKeyboard = outcome === 'taken';
    if (outcome === 'busy') this.#printer.say('A line is being decided: try again.');
    if (outcome === 'refused')
      this.#printer.say('Refused: you may not have a shell on this target.');
  }
}
