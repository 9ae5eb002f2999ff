import { randomUUID } from 'node:crypto';
import type {
  JoinEvent,
  JoinPath,
  JoinWish,
  KeyboardOutcome,
  KeyboardWish,
  KeysOutcome,
  TypedKeys,
} from '../api/join.ts';
import type { GuestAnswer, GuestQuestion, JoinRefusal } from '../gateway/session-guests.ts';
import type { LeaveReason } from '../protocols/guests.ts';
import type { SessionRecord } from '../recording/session-index.ts';
import { type Answer, answerJson, answerProblem, answerTooMany } from './answer.ts';
import { findSubject } from './find-subject.ts';
import type { FoundSubject, SignedInCall } from './handler.ts';
import type { ControlPlaneServices } from './services.ts';

/** Guests that this process serves at the same time, and those of them that are one principal. */
const GUESTS_MAX = 32;
const GUESTS_PER_PRINCIPAL_MAX = 8;
/** Milliseconds between two looks whether a guest may still be there; each is a sign of life, too. */
const LOOK_MS = 5_000;

/** The guests that this process serves, by their places. */
export type Joins = Map<string, Join>;

/** Somebody who takes part in a session. */
interface Join {
  readonly principalId: string;
  readonly sessionId: string;
}

/** Takes the asker into a session. That it was is in the ledger before anything of it is shown. */
export async function findSessionToJoin(
  services: ControlPlaneServices,
  joins: Joins,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { channel } = call.json as JoinWish;
  const { principal, clientAddress } = call;
  return findSubject(services, call, async (session) => {
    if (session.end !== undefined) return answerProblem('conflict', 'the session has ended');
    const own = [...joins.values()].filter(({ principalId }) => principalId === principal.id);
    if (joins.size >= GUESTS_MAX || own.length >= GUESTS_PER_PRINCIPAL_MAX) {
      return answerTooMany('too many sessions are joined');
    }
    const join = randomUUID();
    joins.set(join, { principalId: principal.id, sessionId: session.id });
    let outcome: GuestAnswer = GONE;
    try {
      outcome = await services.askGuests(session.gateway, {
        kind: 'join',
        join,
        session: session.id,
        principal,
        clientAddress,
        channel,
        saysStaying: true,
      });
    } finally {
      if (outcome.kind !== 'joined') joins.delete(join);
    }
    if (outcome.kind === 'refused') return REFUSALS[outcome.reason];
    if (outcome.kind !== 'joined') return ELSEWHERE;
    const place = new JoinedSession(services, session, join, call);
    return {
      kind: 'events',
      events: place.follow(outcome.channel),
      release() {
        joins.delete(join);
        place.leave('disconnected');
      },
    };
  });
}

/** Types in a session. */
export async function findSessionToTypeIn(
  services: ControlPlaneServices,
  joins: Joins,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { bytes } = call.json as TypedKeys;
  return findJoined(services, joins, call, async (ask, join) => {
    const outcome = await ask({ kind: 'type', join, bytes });
    if (outcome.kind !== 'typed') return NOT_JOINED;
    return answerJson({ taken: outcome.isTaken } satisfies KeysOutcome);
  });
}

/** Takes the keyboard of a session, or gives it back. */
export async function findKeyboard(
  services: ControlPlaneServices,
  joins: Joins,
  call: SignedInCall,
): Promise<FoundSubject | undefined> {
  const { hold } = call.json as KeyboardWish;
  return findJoined(services, joins, call, async (ask, join) => {
    const held = await ask({ kind: 'hold', join, isHeld: hold });
    if (held.kind !== 'held') return NOT_JOINED;
    return answerJson({ outcome: held.outcome } satisfies KeyboardOutcome);
  });
}

const GONE: GuestAnswer = { kind: 'gone' };
const NOT_JOINED = answerProblem('conflict', 'you do not take part in the session any more');
const ELSEWHERE = answerProblem(
  'conflict',
  'the session is over, or another gateway serves it',
  'Ask the gateway that serves it.',
);
const REFUSALS: Readonly<Record<JoinRefusal, Answer>> = {
  over: answerProblem('conflict', 'the session has ended'),
  'no-terminal': answerProblem('conflict', 'the session has no such terminal at present'),
  'too-many': answerTooMany('too many take part in the session'),
  'sees-less': answerProblem(
    'refused',
    'you may see less on this target than the principal of the session',
    'Whoever joins sees what the principal sees.',
  ),
  unavailable: answerProblem('unavailable', 'the ledger cannot be written at present'),
};

/** Somebody else's place is no place at all. */
function findJoined(
  services: ControlPlaneServices,
  joins: Joins,
  call: SignedInCall,
  handle: (ask: (question: GuestQuestion) => Promise<GuestAnswer>, join: string) => Promise<Answer>,
): Promise<FoundSubject | undefined> {
  const { id, join } = call.path as JoinPath;
  return findSubject(services, call, async ({ gateway }) => {
    const found = joins.get(join);
    const isOwn = found?.principalId === call.principal.id && found.sessionId === id;
    if (!isOwn) return NOT_JOINED;
    return handle((question) => services.askGuests(gateway, question), join);
  });
}

/** One guest's part in a session, as it goes on. */
class JoinedSession {
  readonly #services: ControlPlaneServices;
  readonly #session: SessionRecord;
  readonly #join: string;
  readonly #call: SignedInCall;

  constructor(
    services: ControlPlaneServices,
    session: SessionRecord,
    join: string,
    call: SignedInCall,
  ) {
    this.#services = services;
    this.#session = session;
    this.#join = join;
    this.#call = call;
  }

  /** What happens there, until the guest leaves. Nothing is asked for that the client has not read. */
  async *follow(channel: number): AsyncGenerator<JoinEvent, void> {
    const join = this.#join;
    yield { kind: 'joined', join, channel };
    const signs = new Signs();
    const timer = setInterval(() => void this.#look(signs), LOOK_MS);
    timer.unref();
    try {
      let next = this.#ask({ kind: 'next', join });
      for (;;) {
        const answer = await Promise.race([next, signs.next()]);
        if (answer === 'alive') {
          yield { kind: 'alive' };
          continue;
        }
        // Nothing of it may be there any more: it ended with its process.
        if (answer.kind !== 'events') {
          yield { kind: 'left', reason: 'over' };
          return;
        }
        yield* answer.events;
        if (answer.events.some(({ kind }) => kind === 'left')) return;
        next = this.#ask({ kind: 'next', join });
      }
    } finally {
      clearInterval(timer);
    }
  }

  leave(reason: LeaveReason): void {
    void this.#ask({ kind: 'leave', join: this.#join, reason });
  }

  async #ask(question: GuestQuestion): Promise<GuestAnswer> {
    return this.#services.askGuests(this.#session.gateway, question).catch(() => GONE);
  }

  /** A grant, a policy or a sign-in that let the guest join may be over before the session is. */
  async #look(signs: Signs): Promise<void> {
    const { principal, isStillSignedIn } = this.#call;
    const { target, principalId: owner } = this.#session;
    const { authorize } = this.#services;
    const isPermitted =
      authorize({ action: 'session.join', principal, target, owner }).kind === 'allow' &&
      (await isStillSignedIn().catch(() => false));
    if (!isPermitted) return this.leave('not-permitted');
    signs.give();
    void this.#ask({ kind: 'stay', join: this.#join });
  }
}

/** Signs of life, one at a time. */
class Signs {
  #waiting = Promise.withResolvers<'alive'>();

  next(): Promise<'alive'> {
    return this.#waiting.promise;
  }

  give(): void {
    this.#waiting.resolve('alive');
    this.#waiting = Promise.withResolvers();
  }
}
