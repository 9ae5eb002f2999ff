import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { HospitalStack } from './hospital-stack.ts';
import { openSession, type Visitor } from './sql-client.ts';

/** For the CI job, which has its own tables. */
const FORBIDDEN = 'SELECT count(*) FROM patients';

/** What people do in the demo before somebody looks at the console. */
const WORK: readonly (readonly [who: string, statements: readonly string[]])[] = [
  [
    'ana',
    [
      'SELECT count(*) FROM patients',
      'SELECT d.name, count(*) FROM encounters e JOIN departments d ON d.code = e.department GROUP BY 1 ORDER BY 2 DESC',
      'SELECT mrn, last_name, ssn, birth_date, zip FROM patients WHERE id < 20 ORDER BY id',
      'DROP TABLE patients',
    ],
  ],
  [
    'noor',
    [
      'SELECT id, first_name, last_name, birth_date FROM patients WHERE id = 7',
      'SELECT id, body FROM notes WHERE patient_id = 7',
      "UPDATE notes SET body = body || ' (read back)' WHERE id = 1",
    ],
  ],
  [
    'ci-claims',
    // More often refused than anybody overlooks: there is an alert to see.
    ['SELECT count(*) FROM claims', ...Array.from({ length: 12 }, () => FORBIDDEN)],
  ],
];
const EXPORT =
  "COPY (SELECT mrn, last_name, zip FROM patients WHERE birth_date > '1990-01-01') TO STDOUT";

/** People who work in the background while the demo runs. */
export interface HospitalDay extends AsyncDisposable {
  /** Who of them waits for a review, in words. */
  readonly waiting: string;
}

/**
 * Lets the demo's people do some work, so that the console has something to show: sessions, refusals,
 * an alert, an export that waits for a privacy officer, and a glass that was broken.
 */
export async function beginHospitalDay(stack: HospitalStack): Promise<HospitalDay> {
  const visitor = (name: string): Visitor => ({
    name,
    token: stack.provider.issueToken(name),
    port: stack.gateway().postgres.port,
    authorityFile: stack.authorityFile,
  });
  for (const [who, statements] of WORK) {
    const session = openSession(visitor(who));
    // Some of it is refused: that is part of a day.
    for (const statement of statements) await session.unsafe(statement).catch(() => undefined);
    await session.end({ timeout: 1 });
  }
  await breakGlass(stack);
  const held = openSession(visitor('ana'));
  const exporting = held
    .unsafe(EXPORT)
    .readable()
    .then((stream) => text(stream))
    // Rejected, expired, or the demo ended: all the same to it.
    .catch(() => undefined);
  return {
    waiting: "ana's export of patients",
    async [Symbol.asyncDispose]() {
      await held.end({ timeout: 0 });
      await exporting;
    },
  };
}

/** Noor, in an emergency. */
async function breakGlass(stack: HospitalStack): Promise<void> {
  const body = JSON.stringify({
    grant: 'emergency',
    target: 'hospital',
    durationSeconds: 1_800,
    reason: 'Unconscious patient in bay 3, relatives not known',
  });
  const { api } = stack.gateway();
  const ca = await readFile(stack.authorityFile);
  await new Promise<void>((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: api?.port,
        path: '/v1/break-glass',
        method: 'POST',
        ca,
        headers: {
          authorization: `Bearer ${stack.provider.issueToken('noor')}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume().once('end', resolve);
      },
    );
    asking.once('error', reject).end(body);
  });
}
