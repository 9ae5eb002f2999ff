import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../connector/eventually.ts';
import { runPsql } from '../e2e/run-client.ts';
import { type Gateways, type Member, startGateways } from './environment.ts';

const POLICIES = `
@id("all") permit (principal, action, resource)
unless { action == Action::"reveal" };

@id("patients-a-day") @reason("Nobody is shown more than five patients a day")
forbid (principal, action in Action::"sql.read", resource)
when { principal.subject == "noor" && context.patientsToday >= 5 };
`;
/** Pseudonyms that somebody may look up in an hour. */
const PSEUDONYMS_MAX = 4;
describe('what gateways on one store share', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  before(async () => {
    gateways = await startGateways({
      count: 2,
      policies: POLICIES,
      gateway: [[['limits', 'pseudonymsPerHourMax'], PSEUDONYMS_MAX]],
      target: [
        [
          ['dataMap'],
          {
            columns: { 'public.patients.id': 'none', 'public.patients.mrn': 'mrn' },
            patientKeys: { 'public.patients': 'id' },
          },
        ],
      ],
    });
    [first, second] = gateways.members as [Member, Member];
  });
  after(() => gateways[Symbol.asyncDispose]());

  async function ask(member: Member, subject: string, sql: string): Promise<string> {
    const { stdout, stderr } = await runPsql(member.side(subject), ['-At', '-c', sql]);
    return stdout + stderr;
  }

  const MRN = 'SELECT mrn FROM patients ORDER BY id LIMIT 1';

  it('are pseudonyms, which are the same everywhere', async () => {
    const shown = await ask(first, 'ana', MRN);
    assert.match(shown, /^ps1_\w+\n$/);
    assert.equal(await ask(second, 'ana', MRN), shown);
  });

  it('is how many of them somebody may look up in an hour', async () => {
    const pseudonym = (await ask(first, 'petra', MRN)).trim();
    const find = `SELECT count(*) FROM patients WHERE mrn = '${pseudonym}'`;
    for (const member of [first, second, first, second]) {
      assert.equal(await ask(member, 'petra', find), '1\n');
    }
    // What one of them let through is known to the other within a moment.
    await eventually('that nothing is left', async () => {
      const refused = await Promise.all([first, second].map((one) => ask(one, 'petra', find)));
      const isRefused = refused.every((one) => one.includes('more pseudonyms were looked up'));
      return isRefused || undefined;
    });
  });

  it('is how many patients somebody was shown today', async () => {
    const show = (from: number): string =>
      `SELECT id, mrn FROM patients ORDER BY id LIMIT 3 OFFSET ${from}`;
    // Three on each are too few for either of them alone to refuse.
    assert.equal((await ask(first, 'noor', show(1))).split('\n').length, 4);
    assert.equal((await ask(second, 'noor', show(11))).split('\n').length, 4);
    for (const member of [first, second]) {
      await eventually('that nothing is left', async () => {
        const answer = await ask(member, 'noor', 'SELECT 1');
        return answer.includes('more than five patients') || undefined;
      });
    }
  });
});
