import type { SallyportCommand } from './sallyport-command.ts';
import { openSession, type SqlClient, type SqlOutcome, type Visitor } from './sql-client.ts';
import { expect, type Step, waitFor } from './tour-step.ts';

/** Who takes part in the reviews of the tour. */
export interface ReviewSteps {
  readonly client: SqlClient;
  /** Signed in, as the next one is. */
  readonly ana: SallyportCommand;
  readonly petra: SallyportCommand;
  readonly visitor: (name: string) => Visitor;
}

const EXPORT = 'COPY (SELECT id, last_name, ssn FROM patients) TO STDOUT WITH (FORMAT csv)';

/** What waits for somebody else's yes. */
export function reviewSteps(parts: ReviewSteps): readonly Step[] {
  return [
    {
      title: "ana's export of all patients waits; petra approves it, and the rows come",
      run: () => approveExport(parts),
    },
    {
      title: 'petra rejects another one, and ana reads why',
      run: () => rejectExport(parts),
    },
    {
      title: 'ana asks for names for an hour; with the grant she sees them, after it she does not',
      run: () => useGrant(parts),
    },
  ];
}

async function approveExport(parts: ReviewSteps): Promise<string> {
  const exported = exportAsAna(parts);
  const id = await findWaiting(parts, 'operation');
  const verdict = await parts.petra.run('reviews', 'approve', id);
  expect(verdict.code === 0, 'an approval', verdict.output + verdict.errors);
  const { output, errors } = await exported;
  const lines = output.split('\n').filter((line) => /^\d+,\[redacted\],\*{7}\d{4}$/.test(line));
  expect(lines.length > 99, 'masked rows', output.slice(0, 200) + errors);
  return `request ${id} was approved: ${lines.length} lines such as ${lines[0]}`;
}

async function rejectExport(parts: ReviewSteps): Promise<string> {
  const exported = exportAsAna(parts);
  const id = await findWaiting(parts, 'operation');
  const comment = 'The counts by department will do';
  const verdict = await parts.petra.run('reviews', 'reject', id, '--comment', comment);
  expect(verdict.code === 0, 'a rejection', verdict.output + verdict.errors);
  const { output, errors } = await exported;
  expect(output === '' && errors.includes(comment), 'an error with the comment', output + errors);
  return /42501: .*/.exec(errors)?.[0] ?? errors;
}

async function useGrant(parts: ReviewSteps): Promise<string> {
  const { ana, petra } = parts;
  const asked = await ana.run(
    ...['request', 'identified-research', '--target', 'hospital', '--for', '1h'],
    ...['--reason', 'study 12, approved in May'],
  );
  expect(asked.code === 0, 'a request', asked.output + asked.errors);
  const id = await findWaiting(parts, 'grant');
  const verdict = await petra.run('reviews', 'approve', id);
  expect(verdict.code === 0, 'an approval', verdict.output + verdict.errors);
  const name = await waitFor(() => readName(parts, (shown) => !shown.includes('redacted')));
  const list = await petra.run('grants', 'list', '--json');
  const grant = /"id":\s*"(gr_[\w-]+)"/.exec(list.output)?.[1] ?? '';
  const revoked = await petra.run('grants', 'revoke', grant, '--reason', 'the study is over');
  expect(revoked.code === 0, 'the end of the grant', revoked.output + revoked.errors);
  await waitFor(() => readName(parts, (shown) => shown.includes('redacted')));
  return `with the grant she saw ${name}, afterwards [redacted]`;
}

/** What a COPY brought, or the error that came instead. */
async function exportAsAna({ visitor }: ReviewSteps): Promise<SqlOutcome> {
  const session = openSession(visitor('ana'));
  let output = '';
  try {
    for await (const chunk of await session.unsafe(EXPORT).readable()) output += String(chunk);
    return { output, errors: '' };
  } catch (error) {
    const { code, message, detail } = error as Error & { code?: string; detail?: string };
    return { output, errors: `${code}: ${message}\n${detail}` };
  } finally {
    await session.end({ timeout: 1 });
  }
}

async function readName(
  { client, visitor }: ReviewSteps,
  isWanted: (shown: string) => boolean,
): Promise<string | undefined> {
  const { output } = await client.run(visitor('ana'), [
    'SELECT last_name FROM patients WHERE id = 1',
  ]);
  return isWanted(output) ? output : undefined;
}

/** The id of what waits for petra. */
function findWaiting({ petra }: ReviewSteps, kind: string): Promise<string> {
  return waitFor(async () => {
    const { output } = await petra.run('reviews', 'list', '--kind', kind, '--json');
    return /"id":\s*"(req_[\w-]+)"/.exec(output)?.[1];
  });
}
