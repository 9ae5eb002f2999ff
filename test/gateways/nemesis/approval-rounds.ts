import assert from 'node:assert/strict';
import { callApi } from '../../e2e/call-api.ts';
import { errorFields, query, type RawConnection, signIn } from '../../e2e/raw-connection.ts';
import { DATABASE, type Gateways, type Member, startGateways } from '../environment.ts';
import { pick, SUBJECT } from './nemesis-world.ts';

/** Of the demo's people: in the group that reviews. */
const REVIEWER = 'petra';
const TABLE = 'used';
const POLICIES = `
@id("all") permit (principal, action, resource);
@id("look-at-inserts") @review("privacy-officers") @reason("Writing is looked at first")
forbid (principal, action == Action::"sql.insert", resource);
`;
const REQUEST_ID = /\breq_[\w-]+/;

/** Gateways whose clients all want the same, and one approval at a time. */
export interface ApprovalWorld extends AsyncDisposable {
  readonly gateways: Gateways;
  /** Sessions of one principal, spread over the gateways. */
  readonly consumers: readonly RawConnection[];
}

/** @param count How many consumers there are. */
export async function startApprovalWorld(count: number): Promise<ApprovalWorld> {
  await using started = new AsyncDisposableStack();
  const gateways = started.use(
    await startGateways({
      policies: POLICIES,
      // Nobody waits: who comes first after the approval has it.
      target: [[['onReview'], { people: 'fail', workloads: 'fail' }]],
    }),
  );
  // Without a key: what runs twice is there twice.
  await gateways.server.execute(`CREATE TABLE ${TABLE} (n bigint)`, DATABASE);
  const consumers: RawConnection[] = [];
  for (let index = 0; index < count; index++) {
    const member = pick(
      gateways.members,
      (index % gateways.members.length) / gateways.members.length,
    );
    consumers.push(started.use(await signIn(member.side(SUBJECT))));
  }
  const cleanUp = started.move();
  return { gateways, consumers, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}

/**
 * Has a statement approved at one gateway, and all consumers send it at once: it runs exactly once.
 *
 * @throws {AssertionError} If more of them were answered that it ran, or it ran another number of times.
 */
export async function runApprovalRound(
  { gateways, consumers }: ApprovalWorld,
  round: number,
): Promise<void> {
  const { members, server } = gateways;
  const text = query(`INSERT INTO ${TABLE} VALUES (${round})`);
  const [asker] = consumers;
  assert(asker);
  const filed = await ask(asker, text);
  assert(filed.kind === 'filed', 'nothing runs before it is approved');
  const reviewedAt = pick(members, (round % members.length) / members.length);
  await review(reviewedAt, filed.request, 'approve');
  const answers = await Promise.all(consumers.map((consumer) => ask(consumer, text)));
  const ran = answers.filter(({ kind }) => kind === 'ran').length;
  const executed = Number(
    await server.execute(`SELECT count(*) FROM ${TABLE} WHERE n = ${round}`, DATABASE),
  );
  assert.deepEqual({ round, ran, executed }, { round, ran: 1, executed: 1 });
  // Those that came later asked anew, together: who may have waiting no more than some would soon have no room.
  const anew = new Set(
    answers.flatMap((answer) => (answer.kind === 'filed' ? answer.request : [])),
  );
  for (const request of anew) await review(reviewedAt, request, 'reject');
}

type Answer = { readonly kind: 'ran' } | { readonly kind: 'filed'; readonly request: string };

async function ask(consumer: RawConnection, text: Buffer): Promise<Answer> {
  consumer.send(text);
  const answers = await consumer.messagesUntil('Z');
  const error = answers.find(({ type }) => type === 'E');
  if (error === undefined) return { kind: 'ran' };
  const fields = errorFields(error.body);
  const request = REQUEST_ID.exec(fields['M'] ?? '')?.[0];
  assert(request, JSON.stringify(fields));
  return { kind: 'filed', request };
}

async function review(member: Member, id: string, verdict: 'approve' | 'reject'): Promise<void> {
  const body = { verdict, comment: 'as agreed' };
  await callApi(member.api(REVIEWER), 'POST', `/v1/requests/${id}/reviews`, body);
}
