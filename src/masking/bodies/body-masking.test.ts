import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpDataMap } from '../../configuration/http-data-map.ts';
import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import { parseMediaType } from '../../wire/http/media-type.ts';
import type { ShownClasses } from '../content/content-masks.ts';
import { compileDetectors } from '../detectors/detectors.ts';
import { pseudonymise } from '../masks/pseudonym.ts';
import { createMaskKeys } from '../masks/pseudonym-keys.ts';
import { openTextMasks } from '../open-text-masks.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { FakeVault } from '../vault/fake-vault.fixture.ts';
import { AskedValues } from './asked-values.ts';
import { type BodyMasking, type BodyMaskingParts, openBodyMasking } from './body-masking.ts';
import { FakePseudonyms } from './fake-pseudonyms.fixture.ts';
import { maskWhole } from './message-plan.ts';

const KEYS = createMaskKeys(Buffer.alloc(32, 7), 1);
const CONTEXT = { keys: KEYS, thisYear: 2026 };
const NOTHING: ShownClasses = new Map();

type Fields = Readonly<Record<string, string>>;

function mapped(
  glob: string,
  format: ContentFormat,
  fields: Fields = {},
): MappedContent<ContentFormat> {
  return {
    ...{ glob, format, delimiter: ',', hasHeader: true },
    fields: Object.entries(fields).map(([path, dataClass]) => ({ path, dataClass })),
    ...(format === 'opaque' && { dataClass: 'photo' }),
  };
}

function open(
  dataMap: Partial<HttpDataMap> = {},
  parts: Partial<BodyMaskingParts> = {},
): BodyMasking {
  return openBodyMasking({
    dataMap: {
      ...{ bodies: [], messages: [], parameters: [], unmappedBodies: 'inspect' },
      ...{ masks: {}, customClasses: [], detectors: [] },
      ...dataMap,
    },
    textMasks: fakeMasks(),
    context: () => CONTEXT,
    ...parts,
  });
}

interface Answer {
  readonly path?: string;
  readonly type?: string;
  readonly status?: number;
  readonly askedBy?: AskedValues;
}

function planOf(masking: BodyMasking, answer: Answer): ReturnType<BodyMasking['planResponse']> {
  const { path = '/x', type = 'application/json', status = 200, askedBy } = answer;
  const subject = {
    ...{ method: 'GET', path, status, mediaType: parseMediaType(type) },
    ...(askedBy !== undefined && { askedBy }),
  };
  return masking.planResponse(subject, NOTHING);
}

/** What of a body is shown to somebody who may see nothing; the reason where nothing is. */
async function show(masking: BodyMasking, answer: Answer, body: string): Promise<string> {
  const plan = planOf(masking, answer);
  if (plan.kind === 'refused') return plan.reason;
  if (plan.kind === 'raw') return body;
  return (await maskWhole(plan.openMasker)(Buffer.from(body))).toString('utf8');
}

describe('planResponse', () => {
  it('masks values below headings, in what says that it is a table and is not mapped', async () => {
    const textMasks = openTextMasks(compileDetectors(), () => CONTEXT);
    const masking = open({ bodies: [mapped('/notes/*', 'text')] }, { textMasks });
    for (const type of ['text/csv', 'text/tab-separated-values', 'text/csv; charset=latin1']) {
      for (const status of [200, 404]) {
        assert.equal(
          await show(masking, { type, status }, 'bed\tmrn\n4\t12\n'),
          'bed\tmrn\n4\t[mrn]\n',
        );
      }
    }
    assert.equal(await show(masking, { type: 'text/plain' }, 'mrn\n12\n'), 'mrn\n12\n');
    assert.equal(
      await show(masking, { type: 'text/event-stream' }, 'data: bed,mrn\ndata: 4,12\n\n'),
      'data: bed,mrn\ndata: 4,[mrn]\n\n',
    );
  });

  it('refuses what GraphQL answers where nobody knows what it was asked', () => {
    const masking = open({ bodies: [mapped('/graphql', 'json', { 'data.p.code': 'name' })] });
    for (const path of ['/graphql', '/unmapped']) {
      const subject = { method: 'POST', path, mediaType: undefined, graphql: 'unknown' } as const;
      assert.equal(masking.planMessages(subject, NOTHING).kind, 'refused');
    }
  });

  it('refuses what GraphQL answers by more names than are followed', () => {
    const masking = open({ bodies: [mapped('/graphql', 'json', { 'data.p.code': 'name' })] });
    const plan = (count: number): string => {
      const fields = Array.from({ length: count }, (_, index) => ({
        ...{ name: 'code', key: `c${index}`, selections: [] },
      }));
      const graphql = {
        operations: [[{ name: 'p', key: 'p', selections: fields }]],
        ...{ isBatch: false, inputNames: [], isWrite: false },
      };
      const mediaType = parseMediaType('application/json');
      return masking.planResponse({ method: 'POST', path: '/graphql', mediaType, graphql }, NOTHING)
        .kind;
    };
    assert.equal(plan(100), 'masked');
    assert.equal(plan(5_001), 'refused');
  });

  const masking = open({
    bodies: [
      mapped('/patients/**', 'json', { 'name.family': 'name', mrn: 'mrn' }),
      mapped('/export/*', 'csv', { ssn: 'ssn', '*': 'none' }),
      mapped('/export/*.tsv', 'tsv', { ssn: 'ssn', '*': 'none' }),
      mapped('/form', 'form', { ssn: 'ssn', note: 'free-text', state: 'none' }),
      mapped('/scans/**', 'opaque'),
    ],
  });

  it('masks a path by its entry in whatever case it is written, with a slash at its end or without', async () => {
    for (const path of ['/Patients/1', '/PATIENTS/1/', '/patients']) {
      const shown = await show(masking, { path }, '{"name":{"family":"Qux"}}');
      assert.equal(shown, '{"name":{"family":"[redacted]"}}', path);
    }
    const type = 'application/x-www-form-urlencoded';
    assert.equal(
      await show(masking, { path: '/Form/', type }, 'state=MA&x=Qux'),
      await show(masking, { path: '/form', type }, 'state=MA&x=Qux'),
    );
    const fhir = open({}, { fhirPath: '/r4' });
    const patient = '{"resourceType":"Patient","name":[{"family":"Qux"}]}';
    assert(!(await show(fhir, { path: '/R4/patient/1' }, patient)).includes('Qux'));
  });

  it('hides what was asked by for whoever may not see it, wherever the answer says it', async () => {
    const askedBy = new AskedValues([{ value: 'QX-4711', standIn: 'ps1_0123456789abcdef' }]);
    const said = '{"for":"QX-4711","n":1}';
    const hidden = '{"for":"ps1_0123456789abcdef","n":1}';
    for (const path of ['/patients/1', '/unmapped']) {
      assert.equal(await show(masking, { path, askedBy }, said), hidden, path);
      for (const [status, type] of [
        [404, 'application/json'],
        [500, 'text/html'],
      ] as const) {
        const shown = await show(masking, { path, type, status, askedBy }, said);
        assert.equal(shown, '[redacted]', path);
      }
    }
    const passing = open({ unmappedBodies: 'pass' });
    assert.equal(await show(passing, { askedBy }, said), hidden);
    assert.equal(
      await show(passing, { askedBy, type: 'image/png', status: 404 }, said),
      '[redacted]',
    );
    const fhir = open({}, { fhirPath: '/r4' });
    const outcome = '{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no QX-4711"}]}';
    assert.match(
      await show(fhir, { path: '/r4/Patient', status: 400, askedBy }, outcome),
      /"issue":\[\{"diagnostics":"\[redacted\]"\}\]\}$/,
    );
    const streamed = await show(
      masking,
      { type: 'text/event-stream', askedBy },
      `data: ${said}\n\n`,
    );
    assert.equal(streamed, `data: ${hidden}\n\n`);
  });

  it('tells what was shown where nothing but what was asked by is hidden', async () => {
    const askedBy = new AskedValues([{ value: 'QX-4711', standIn: 'ps1_0123456789abcdef' }]);
    const seen = open({ bodies: [mapped('/seen', 'json', { mrn: 'mrn' })] });
    const shown: ShownClasses = new Map([
      ['mrn', ['p']],
      ['json', ['p']],
    ]);
    const subject = { method: 'GET', path: '/seen', status: 200 };
    const mediaType = parseMediaType('application/json');
    const plan = seen.planResponse({ ...subject, mediaType, askedBy }, shown);
    assert(plan.kind === 'masked');
    const pieces: Buffer[] = [];
    const masker = plan.openMasker((bytes) => void pieces.push(bytes));
    masker.push(Buffer.from('{"mrn":"QX-4711"}'));
    masker.end();
    assert.equal(Buffer.concat(pieces).toString(), '{"mrn":"ps1_0123456789abcdef"}');
    const { rows, raw } = masker.describe();
    assert.deepEqual([rows, raw?.['mrn']], [1, ['p']]);
  });

  it('masks each format by its fields', async () => {
    const mrn = pseudonymise('4711', KEYS.derive('pseudonym', 'mrn'));
    assert.equal(
      await show(masking, { path: '/patients/1' }, '{"name":{"family":"Qux"},"mrn":4711,"n":1.50}'),
      `{"name":{"family":"[redacted]"},"mrn":"${mrn}","n":1.50}`,
    );
    assert.equal(
      await show(masking, { path: '/export/a', type: 'text/csv' }, 'ssn,n\n1-2,3\n'),
      'ssn,n\n[redacted],3\n',
    );
    assert.equal(
      await show(
        masking,
        { path: '/export/a.tsv', type: 'text/tab-separated-values' },
        'ssn\tn\n1\t3\n',
      ),
      'ssn\tn\n[redacted]\t3\n',
    );
    assert.equal(
      await show(
        masking,
        { path: '/form', type: 'application/x-www-form-urlencoded' },
        's%73n=1&note=a+SECRET&state=MA+1&other=2&ssn=',
      ),
      's%73n=%5Bredacted%5D&note=a%20MASKED&state=MA+1&other=%5Bredacted%5D&ssn=',
    );
  });

  it('looks through what no entry speaks of, by its type', async () => {
    for (const [type, body, shown] of [
      ['application/json', '{"a":"SECRET"}', '{"a":"MASKED"}'],
      ['application/problem+json', '{"detail":"S\\u0045CRET"}', '{"detail":"MASKED"}'],
      ['application/x-ndjson', '{"a":"SECRET"}\n{}\n', '{"a":"MASKED"}\n{}\n'],
      ['text/plain; charset=iso-8859-1', 'a SECRET', 'a MASKED'],
      ['text/csv', 'a,SECRET', 'a,MASKED'],
      ['application/x-www-form-urlencoded', 'a=S%45CRET', 'a=MASKED'],
    ] as const) {
      assert.equal(await show(masking, { type }, body), shown, type);
    }
  });

  it('refuses what nobody can look through', () => {
    for (const answer of [
      { type: 'image/png' },
      { type: 'application/octet-stream' },
      { type: '' },
      { type: 'application/json; charset=utf-16' },
      { type: 'application/json; charset=iso-8859-1' },
      { type: 'text/plain; charset=utf-7' },
      { type: 'multipart/byteranges; boundary=a' },
      { type: 'application/pdf', path: '/patients/1' },
      { type: 'image/png', path: '/scans/1' },
      { type: 'text/csv', path: '/patients/1' },
    ]) {
      assert.equal(planOf(masking, answer).kind, 'refused', JSON.stringify(answer));
    }
  });

  it('masks error pages as what they say they are', async () => {
    const page = { path: '/patients/1', type: 'text/html', status: 500 };
    assert.equal(await show(masking, page, '<p>SECRET</p>'), '<p>MASKED</p>');
    const problem = { path: '/export/a', type: 'application/problem+json', status: 404 };
    assert.equal(await show(masking, problem, '{"detail":"SECRET"}'), '{"detail":"MASKED"}');
    assert.equal(planOf(masking, { path: '/export/a', type: '', status: 500 }).kind, 'refused');
  });

  it('masks error pages as JSON that say they are text, and look like JSON', async () => {
    const body = ' {"name":{"family":"Quxley"},"x":"SECRET"}';
    for (const type of ['text/plain', 'text/html; charset=utf-8']) {
      const page = { path: '/patients/1', type, status: 500 };
      const shown = ' {"name":{"family":"[redacted]"},"x":"MASKED"}';
      assert.equal(await show(masking, page, body), shown);
      const other = { path: '/export/a', type, status: 404 };
      assert.equal(await show(masking, other, '{"ssn":"SECRET"}'), '{"ssn":"[ssn]"}');
      assert.equal(await show(masking, page, '[error] SECRET'), '[error] MASKED');
      assert.equal(
        await show(masking, page, `${' '.repeat(2000)}SECRET`),
        `${' '.repeat(2000)}MASKED`,
      );
    }
  });

  it('shows nothing of error pages that are no FHIR where FHIR is spoken', async () => {
    const fhir = open({}, { fhirPath: '/r4' });
    for (const type of ['text/html', 'text/plain', 'text/csv', 'application/xml']) {
      const page = { path: '/r4/Patient/1', type, status: 500 };
      assert.equal(await show(fhir, page, 'No "family":"Quxley"'), '[redacted]', type);
    }
  });

  it('treats what no entry speaks of as the data map says', () => {
    assert.equal(planOf(open({ unmappedBodies: 'pass' }), {}).kind, 'raw');
    assert.equal(planOf(open({ unmappedBodies: 'refuse' }), {}).kind, 'refused');
  });

  it('speaks FHIR beneath its path, in documents and in lines', async () => {
    const fhir = open({}, { fhirPath: '/r4' });
    const patient = '{"resourceType":"Patient","gender":"male","birthDate":"1961-04-09"}';
    for (const [path, type] of [
      ['/r4', 'application/fhir+json'],
      ['/r4/Patient/1', 'application/json'],
      ['/r4/Patient/1', ''],
    ] as const) {
      assert.match(await show(fhir, { path, type }, patient), /"birthDate":"1961"/);
    }
    const lines = await show(
      fhir,
      { path: '/r4/out/1', type: 'application/fhir+ndjson' },
      `${patient}\n${patient}\n`,
    );
    assert.equal(lines.match(/"birthDate":"1961"/g)?.length, 2);
    assert.equal(planOf(fhir, { path: '/r4/Patient', type: 'text/csv' }).kind, 'refused');
    const smart = { path: '/r4/.well-known/smart-configuration' };
    assert.equal(await show(fhir, smart, '{"a":["SECRET"]}'), '{"a":["SECRET"]}');
    for (const base of ['', '/']) {
      const bare = open({}, { fhirPath: base });
      assert.match(await show(bare, { path: '/' }, patient), /"birthDate":"1961"/);
    }
    assert.equal(await show(fhir, { path: '/r40', type: 'text/plain' }, patient), patient);
  });

  it('puts vault tokens into bodies, and waits for them', async () => {
    const tokenVault = new FakeVault();
    const pseudonyms = new FakePseudonyms();
    const vaulted = open(
      { bodies: [mapped('/**', 'json', { mrn: 'mrn' })], masks: { mrn: { kind: 'vault' } } },
      { tokenVault, pseudonyms },
    );
    const shown = await show(vaulted, {}, '[{"mrn":"4711"},{"mrn":"4712"},{"mrn":"4711"}]');
    const tokens = [...tokenVault.tokens.values()];
    assert.equal(tokens.length, 2);
    assert.equal(shown, `[{"mrn":"${tokens[0]}"},{"mrn":"${tokens[1]}"},{"mrn":"${tokens[0]}"}]`);
    tokenVault.isAway = true;
    await assert.rejects(show(vaulted, {}, '[{"mrn":"4713"}]'), /store is away/);
    const without = open({
      bodies: [mapped('/**', 'json', { mrn: 'mrn' })],
      masks: { mrn: { kind: 'vault' } },
    });
    assert.equal(await show(without, {}, '{"mrn":"4711"}'), '{"mrn":""}');
  });

  it('shows of events only what clients know, and comments only as such', async () => {
    const events = open({}, { fhirPath: '/r4' });
    const answer = { path: '/r4/Patient/1', type: 'text/event-stream' };
    for (const [event, shown] of [
      [': Quxley', ':'],
      ['name: Quxley', ''],
      ['Quxley', ''],
      ['retry: Quxley', ''],
      ['event: Zara Quxley', ''],
      ['event: admitted\nid: a-7\nretry: 500', 'event: admitted\nid: a-7\nretry: 500'],
    ] as const) {
      assert.equal(await show(events, answer, `${event}\n\n`), `${shown}\n\n`);
    }
  });

  it('masks server-sent events one by one', async () => {
    const events = open({ bodies: [mapped('/patients/**', 'json', { ssn: 'ssn' })] });
    const answer = { path: '/patients/1', type: 'text/event-stream' };
    const stream =
      'event: SECRET\r\ndata: {"ssn":\r\ndata: "1"}\r\n\r\n: ping\n\ndata:SECRET\rid: 7\r\rdata: {"ssn":"2';
    const masked =
      'event: MASKED\ndata: {"ssn":\ndata: "[redacted]"}\n\n:\n\nid: 7\ndata: MASKED\n\n';
    assert.equal(await show(events, answer, stream), masked);
    const plan = planOf(events, answer);
    assert(plan.kind === 'masked');
    for (let at = 0; at <= stream.length; at += 1) {
      const output: Buffer[] = [];
      const masker = plan.openMasker((bytes) => void output.push(bytes));
      masker.push(Buffer.from(stream.slice(0, at)));
      masker.push(Buffer.from(stream.slice(at)));
      masker.end();
      assert.equal(Buffer.concat(output).toString(), masked, `cut at ${at}`);
    }
  });
});

describe('planMessages', () => {
  it('masks each message as what it looks like', async () => {
    const masking = open({ bodies: [mapped('/ws', 'json', { ssn: 'ssn' })] });
    const subject = { method: 'GET', path: '/other', mediaType: undefined };
    const plan = masking.planMessages(subject, NOTHING);
    assert(plan.kind === 'masked');
    const mask = async (text: string): Promise<string> =>
      (await plan.mask(Buffer.from(text))).toString();
    assert.equal(await mask(' {"a":"SECRET"}'), ' {"a":"MASKED"}');
    assert.equal(await mask('hello SECRET'), 'hello MASKED');
    assert.throws(() => plan.mask(Buffer.from('{"a":')), { code: 'ERR_CONTENT_FORMAT' });
    assert.equal(open({ unmappedBodies: 'pass' }).planMessages(subject, NOTHING).kind, 'raw');
    assert.equal(open({ unmappedBodies: 'refuse' }).planMessages(subject, NOTHING).kind, 'refused');
  });
});

describe('hidesAny', () => {
  it('is so unless all classes are shown that the target may hold', () => {
    const masking = open({ bodies: [mapped('/**', 'json', { a: 'ssn', b: 'none' })] });
    assert.deepEqual([...masking.classNames].toSorted(), ['free-text', 'json', 'ssn']);
    const shown = (...names: readonly string[]): ShownClasses =>
      new Map(names.map((name) => [name, ['policy']]));
    assert.equal(masking.hidesAny(shown('ssn', 'json')), true);
    assert.equal(masking.hidesAny(shown('ssn', 'json', 'free-text')), false);
  });
});
