import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../audit/decode-entry.ts';
import { type EntrySketch, sketchEntry } from '../audit/entry.fixture.ts';
import { formatCsv } from './format-csv.ts';
import { formatHtml } from './format-html.ts';
import { makeHipaaReport } from './make-hipaa-report.ts';
import { formatPdfCell, makePdf } from './make-pdf.ts';
import type { Cell, Report } from './report.ts';

const ANA = {
  id: 'okta:ana',
  kind: 'person',
  name: 'Ana',
  groups: ['analysts'],
  signIn: 'oidc-token',
};
const CI = { id: 'ci:export', kind: 'workload', name: 'Export', groups: [], signIn: 'oidc-token' };

/** January belongs to the report; what came before explains it, what came after does not count. */
const HISTORY: readonly (readonly [at: string, fields: EntrySketch])[] = [
  ['2025-12-30', target('hospital', 'verify-full')],
  ['2025-12-30', { kind: 'sign-in', principal: ANA }],
  ['2025-12-31', sessionStart('s1', ANA, 'hospital')],
  ['2025-12-31', { kind: 'operation', session: 's1', policies: ['read'] }],
  ['2026-01-02', { kind: 'operation', session: 's1', policies: ['read'] }],
  [
    '2026-01-02',
    {
      kind: 'result',
      session: 's1',
      rows: 3,
      masked: { ssn: 3 },
      found: { name: 2 },
      raw: { date: ['dates'] },
      patients: { form: 'exact', key: 'ab', hashes: ['p1', 'p2'] },
    },
  ],
  ['2026-01-03', { kind: 'operation.refuse', session: 's1', reason: 'no' }],
  ['2026-01-03', { kind: 'session.end', session: 's1' }],
  ['2026-01-04', { kind: 'sign-in', principal: { ...ANA, groups: ['analysts', 'officers'] } }],
  ['2026-01-05', { kind: 'sign-in.refuse', reason: 'expired', clientAddress: '10.0.0.9' }],
  ['2026-01-06', grant('grant.start', 'g1', 'hospital')],
  ['2026-01-06', grant('grant.start', 'g2', 'billing')],
  ['2026-01-07', sessionStart('s2', ANA, 'hospital')],
  ['2026-01-08', { kind: 'grant.revoke', grant: 'g1', by: 'okta:omar' }],
  ['2026-01-09', review('review.request', { policies: ['bulk'], of: 'operation' })],
  ['2026-01-09', review('review.verdict', { verdict: 'approve', reviewer: 'okta:omar' })],
  ['2026-01-09', review('review.end', { outcome: 'used' })],
  ['2026-01-10', { ...grant('break-glass', 'g3', 'hospital'), request: 'r2' }],
  ['2026-01-11', { kind: 'recording.watch', principal: 'okta:omar', target: 'hospital' }],
  ['2026-01-12', target('hospital', 'disable')],
  [
    '2026-01-12',
    {
      kind: 'target.inventory',
      target: 'hospital',
      database: 'db',
      relations: 2,
      classifiedRelations: 1,
      columns: 9,
      classes: { ssn: 1 },
      unmapped: { count: 3, first: ['public.patients.nickname'] },
    },
  ],
  ['2026-02-01', sessionStart('s3', CI, 'hospital')],
  ['2026-02-01', { kind: 'operation', session: 's3' }],
];

const report = await makeReport(HISTORY);

test('operations are counted for who asked, on which target, within the period only', () => {
  assert.deepEqual(rowsOf('operations'), [['okta:ana', 'hospital', 1, 1, 1, 0, 3]]);
  assert.deepEqual(rowsOf('classes'), [
    ['okta:ana', 'hospital', 'date', 0, 0, 1],
    ['okta:ana', 'hospital', 'name', 0, 2, 0],
    ['okta:ana', 'hospital', 'ssn', 3, 0, 0],
  ]);
});

test('a grant that nobody used shows no session', () => {
  assert.deepEqual(
    rowsOf('grants').map((row) => [row[2], row[6], row[7]]),
    [
      ['hospital', 'revoked by okta:omar', 1],
      ['billing', '', 0],
      ['hospital', '', 0],
    ],
  );
});

test('a session counts for grants of its principal on its target that are in force', async () => {
  const made = await makeReport([
    ['2026-01-02', grant('grant.start', 'g1', 'hospital')],
    ['2026-01-03', sessionStart('s1', ANA, 'billing')],
    ['2026-01-03', sessionStart('s2', CI, 'hospital')],
    ['2026-01-03', sessionStart('s3', ANA, 'hospital')],
    ['2026-01-04', { kind: 'grant.extend', grant: 'g1', endsAt: '2026-01-25T00:00:00.000Z' }],
    ['2026-01-22', sessionStart('s4', ANA, 'hospital')],
    ['2026-01-26', sessionStart('s5', ANA, 'hospital')],
  ]);
  const grants = made.sections.flatMap(({ tables }) => tables).find(({ id }) => id === 'grants');
  assert.equal(grants?.rows[0]?.at(-1), 2);
});

test('a principal whose groups changed is listed with what they were', () => {
  assert.deepEqual(
    rowsOf('group-changes').map((row) => row.slice(1)),
    [['okta:ana', 'analysts', 'analysts, officers']],
  );
});

test('requests are told with their verdicts, and a glass that nobody looked at stays in the register', () => {
  assert.deepEqual(
    rowsOf('requests').map((row) => [row[0], row[6], row[7]]),
    [['r1', 'approve by okta:omar', 'used']],
  );
  assert.deepEqual(
    rowsOf('break-glass').map((row) => [row[0], row[5]]),
    [['r2', 'not reviewed']],
  );
});

test('sessions are told by how both of their sides were protected when they began', () => {
  assert.deepEqual(rowsOf('sessions-tls'), [['hospital', 'TLS', 'verify-full', 1]]);
});

test('patients are their keyed hashes, by who was shown them', () => {
  assert.deepEqual(
    rowsOf('sightings').map((row) => row.slice(0, 6)),
    [
      ['hospital', 'ab:p1', 'patient', 'okta:ana', 1, 1],
      ['hospital', 'ab:p2', 'patient', 'okta:ana', 1, 1],
    ],
  );
});

test('a patient whom only the conditions named is told apart from one whose key was shown', async () => {
  const made = await makeReport([
    ['2026-01-02', sessionStart('s1', ANA, 'hospital')],
    [
      '2026-01-02',
      {
        kind: 'result',
        session: 's1',
        rows: 1,
        named: { form: 'exact', key: 'ab', hashes: ['p1'] },
      },
    ],
  ]);
  const patients = made.sections.find(({ id }) => id === 'patients');
  assert.equal(patients?.tables[0]?.rows[0]?.[2], 'condition');
});

test('what is not listed is counted', () => {
  const [unmapped] = tables().filter(({ id }) => id === 'unmapped');
  assert.deepEqual([unmapped?.rows.length, unmapped?.omitted], [1, 2]);
});

test('changes that are not listed are counted where they belong, however often a gateway was started', async () => {
  const made = await makeReport([
    ...Array.from({ length: 5_001 }, (): (typeof HISTORY)[number] => [
      '2026-01-02',
      { kind: 'configuration.apply' },
    ]),
    ['2026-01-03', { kind: 'configuration.change', principal: 'okta:omar', file: 'gateway.yaml' }],
  ]);
  const configuration = made.sections.find(({ id }) => id === 'configuration');
  assert.deepEqual(
    configuration?.tables.map(({ rows, omitted }) => [rows.length, omitted]),
    [
      [5_000, 1],
      [1, 0],
    ],
  );
});

test('every section names a rule, and nothing claims compliance', () => {
  for (const { title, rules } of report.sections) assert.ok(rules.length > 0, title);
  assert.doesNotMatch(formatHtml(report), /compliant|certified/i);
  assert.match(formatHtml(report), /90 FR 898 [^<]+ <strong>\(proposed\)<\/strong>/);
});

test('names that clients chose neither run in a browser nor in a spreadsheet', async () => {
  const evil = { ...ANA, id: `=HYPERLINK("x")<script>alert('1')</script>` };
  const made = await makeReport([
    ['2026-01-02', sessionStart('s1', evil, 'hospital')],
    ['2026-01-02', { kind: 'operation', session: 's1' }],
  ]);
  assert.doesNotMatch(formatHtml(made), /<script/);
  const csv = formatCsv(made).find(({ name }) => name === 'operations.csv')?.text ?? '';
  assert.match(csv, /^"'=HYPERLINK\(""x""\)/m);
});

test('no way to begin a cell makes it a formula', async () => {
  for (const begin of ['=', '+', '-', '@', '\t=', '\n=', ' =', '\uff1d', '\uff0b']) {
    const made = await makeReport([
      ['2026-01-02', sessionStart('s1', { ...ANA, id: `${begin}1` }, 'hospital')],
    ]);
    const csv = formatCsv(made).find(({ name }) => name === 'operations.csv')?.text ?? '';
    assert.ok(csv.includes(`'${begin.replace(/(?<=[\t\n])=/, "'=")}1`), JSON.stringify(begin));
  }
});

test('no part of a cell is a formula for a spreadsheet that ends cells elsewhere', async () => {
  for (const end of [';', '; ', ';"', '\t', '\r', '\n']) {
    for (const begin of ['=', '+', '-', '@', '\uff1d']) {
      const made = await makeReport([
        ['2026-01-02', sessionStart('s1', { ...ANA, id: `okta:ana${end}${begin}1` }, 'hospital')],
      ]);
      const csv = formatCsv(made).find(({ name }) => name === 'operations.csv')?.text ?? '';
      assert.match(csv, /okta:ana/);
      assert.doesNotMatch(csv, /[;\t\r\n]["\s]*[=+\-@\uff1d]/, JSON.stringify([end, begin]));
    }
  }
});

test('a cell that could be longer than a page of the PDF is cut, and says so', () => {
  assert.equal(formatPdfCell('x'.repeat(500)), 'x'.repeat(500));
  assert.match(formatPdfCell('x'.repeat(501)), /^x{500} \.\.\. \(cut, see the CSV files\)$/);
});

test('tables have unique names, one file each', () => {
  const names = formatCsv(report).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.equal(names.length, tables().length + 1);
});

test('the PDF has a page for each section at least', async () => {
  const pdf = (await makePdf(report)).toString('latin1');
  assert.match(pdf, /^%PDF-/);
  const pages = pdf.match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
  assert.ok(pages > report.sections.length, `${pages} pages`);
});

function rowsOf(table: string): readonly (readonly Cell[])[] {
  const found = tables().find(({ id }) => id === table);
  assert.ok(found, `there is a table ${table}`);
  return found.rows;
}

function tables(): Report['sections'][number]['tables'] {
  return report.sections.flatMap((section) => section.tables);
}

function target(name: string, tls: string): EntrySketch {
  return { kind: 'configuration.target', target: name, protocol: 'postgres', tls };
}

function sessionStart(session: string, principal: object, on: string): EntrySketch {
  return { kind: 'session.start', session, principal, target: on, tls: true };
}

function grant(kind: 'grant.start' | 'break-glass', id: string, on: string): EntrySketch {
  const endsAt = '2026-01-20T00:00:00.000Z';
  return { kind, grant: id, name: 'full', principal: 'okta:ana', target: on, endsAt };
}

function review(
  kind: 'review.request' | 'review.verdict' | 'review.end',
  fields: Readonly<Record<string, unknown>>,
): EntrySketch {
  return { kind, request: 'r1', principal: 'okta:ana', target: 'hospital', ...fields };
}

function makeReport(history: typeof HISTORY): Promise<Report> {
  return makeHipaaReport(
    {
      entries: entriesOf(history),
      checkpoints: [{ log: 'gw-1', size: history.length, root: 'AAAA' }],
      verification: { ok: true, logs: [], problems: [], notes: [] },
    },
    {
      fromMs: Date.parse('2026-01-01'),
      toMs: Date.parse('2026-02-01'),
      madeAtMs: Date.parse('2026-02-02'),
    },
  );
}

async function* entriesOf(
  history: typeof HISTORY,
): AsyncGenerator<{ readonly logName: string; readonly entry: Entry }> {
  for (const [seq, [day, fields]] of history.entries()) {
    yield { logName: 'gw-1', entry: sketchEntry(seq, Date.parse(day), fields) };
  }
}
