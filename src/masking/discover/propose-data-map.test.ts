import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type DataMapProposal, proposeDataMap } from './propose-data-map.ts';
import type { SampledColumn, SampledRelation } from './sampled-relation.ts';

const ROWS = 120;

/** A column of `ROWS` values. */
function column(
  name: string,
  typeName: string,
  valueOf: (row: number) => string | null,
  details: Partial<SampledColumn> = {},
): SampledColumn {
  const values = Array.from({ length: ROWS }, (_, row) => valueOf(row));
  const isUnique = new Set(values).size === ROWS;
  return { name, typeName, typeKind: 'b', comment: '', isUnique, values, ...details };
}

function relation(name: string, ...columns: readonly SampledColumn[]): SampledRelation {
  return { schema: 'public', name, columns, refersTo: [] };
}

function pick(list: readonly string[]): (row: number) => string {
  return (row) => list[(row * 7) % list.length] ?? '';
}

function digits(row: number, count: number): string {
  return String((row + 11) * 7_919_317_771)
    .replaceAll('0', '7')
    .slice(0, count);
}

const FIRST = 'Mary James Linda Robert Susan Karen Nancy Betty Donna Carol Sharon Laura'.split(' ');
const GIVEN =
  'Margaret Dorothy Deborah Jessica Cynthia Kathleen Stephanie Rebecca Jennifer Elizabeth Patricia Barbara Michelle Amanda Melissa Brenda Catherine Samantha Christine Janet Heather Teresa Gloria Evelyn'.split(
    ' ',
  );

/** Text of Debian's packages names its types so. */
const TEXT = 'pg_catalog.text';

/** The same people twice: with names that say it, and with names that say nothing. */
function people(nameOf: (meaning: string) => string): SampledRelation {
  const text = (meaning: string, valueOf: (row: number) => string | null): SampledColumn =>
    column(nameOf(meaning), TEXT, valueOf);
  return relation(
    nameOf('patients'),
    text('ssn', (row) => `${500 + row}-1${row % 9}-4${digits(row, 3)}`),
    text('email', (row) => `p${row}@mail.example.org`),
    text('phone', (row) => `(${310 + row}) 555-0${digits(row, 3)}`),
    text('street_address', (row) => `${row + 10} ${pick(FIRST)(row)} Street`),
    text('first_name', pick(GIVEN)),
    text('member_id', (row) => `W${digits(row, 9)}`),
    text('marital', pick(['M', 'S', 'D'])),
    text('state', pick(['Ohio', 'Texas'])),
    text('portal_url', (row) => `https://portal.example.org/${row}`),
    column(nameOf('birth_date'), 'pg_catalog.date', (row) => `${1930 + (row % 80)}-05-1${row % 9}`),
    column(nameOf('last_ip'), 'pg_catalog.inet', (row) => `10.0.0.${row}`),
    column(nameOf('lat'), 'pg_catalog.float8', (row) => `41.${digits(row, 8)}`),
    column(nameOf('photo'), 'pg_catalog.bytea', () => '\\xffd8ffe000'),
    column(nameOf('active'), 'pg_catalog.bool', pick(['t', 'f'])),
  );
}

function classesOf({ columns, undecided }: DataMapProposal): Record<string, string> {
  return Object.fromEntries(
    [...columns, ...undecided.map((proposal) => ({ ...proposal, dataClass: '?' }))].map(
      ({ column: name, dataClass }) => [name, dataClass],
    ),
  );
}

describe('proposeDataMap', () => {
  it('tells by names and types', () => {
    assert.deepEqual(classesOf(proposeDataMap([people((meaning) => meaning)])), {
      ssn: 'ssn',
      email: 'email',
      phone: 'phone',
      street_address: 'address',
      first_name: 'name',
      member_id: 'health-plan-id',
      marital: 'none',
      state: 'none',
      portal_url: 'url',
      birth_date: 'birth-date',
      last_ip: 'ip-address',
      lat: 'geo-coordinates',
      photo: 'photo',
      active: 'none',
    });
  });

  it('tells by values where names say nothing', () => {
    const meanings: string[] = [];
    const opaque = people((meaning) => `c${meanings.push(meaning)}`);
    const byMeaning: Record<string, string> = Object.fromEntries(
      Object.entries(classesOf(proposeDataMap([opaque]))).map(([name, dataClass]) => [
        meanings[Number(name.slice(1)) - 1] ?? '',
        dataClass,
      ]),
    );
    assert.deepEqual(byMeaning, {
      ssn: 'ssn',
      email: 'email',
      phone: 'phone',
      street_address: 'address',
      first_name: 'name',
      member_id: 'other-id',
      marital: 'none',
      state: 'none',
      portal_url: 'url',
      birth_date: 'birth-date',
      last_ip: 'ip-address',
      lat: 'geo-coordinates',
      photo: 'photo',
      active: 'none',
    });
  });

  it('lets codes, measurements and keys of things be what they are', () => {
    const orders = relation(
      'orders',
      column('order_id', 'pg_catalog.int4', (row) => digits(row, 9)),
      column('ten_digit', TEXT, (row) => `1${digits(row, 9)}`),
      column('sixteen_digit', TEXT, (row) => `4${digits(row, 10)}33333`),
      column('app_version', TEXT, pick(['7.0.0.5', '10.4.2.1'])),
      column('month_name', TEXT, pick(['April', 'June', 'August'])),
      column('drug', TEXT, pick(['Yasmin', 'Allegra', 'Lyrica'])),
      column('ndc', TEXT, (row) => `${digits(row, 5)}-1234-06`),
      column('git_sha', TEXT, (row) => digits(row, 7)),
      column('qty', 'pg_catalog.int4', (row) => String(row % 60)),
      column('temp_c', 'pg_catalog.numeric', (row) => `36.${row % 9}`),
    );
    const classes = classesOf(proposeDataMap([orders]));
    assert.deepEqual(new Set(Object.values(classes)), new Set(['none']));
  });

  it('takes dates and references for those of people only where rows are about people', () => {
    const at = column(
      'started',
      'pg_catalog.timestamptz',
      (row) => `2024-01-0${1 + (row % 9)} 10:00`,
    );
    const visits = relation('visits', column('patient_id', 'pg_catalog.int4', String), at);
    const builds = relation('builds', column('number', 'pg_catalog.int4', String), at);
    const { columns, patientKeys } = proposeDataMap([visits, builds]);
    const of = (name: string): string | undefined =>
      columns.find(({ relation: from, column: each }) => from === name && each === 'started')
        ?.dataClass;
    assert.equal(of('visits'), 'date');
    assert.equal(of('builds'), 'none');
    assert.deepEqual(patientKeys, [{ schema: 'public', relation: 'visits', column: 'patient_id' }]);
  });

  it('follows references to people from relation to relation, by keys and by names', () => {
    const id = (name: string): SampledColumn => column(name, 'pg_catalog.int4', String);
    const at = column('at', 'pg_catalog.date', (row) => `2024-01-0${1 + (row % 9)}`);
    const relations = [
      relation('visits', id('id'), id('patient_id'), at),
      relation('readings', id('visit_id'), at),
      { ...relation('notes', id('about'), at), refersTo: ['public.readings'] },
      relation('rooms', id('id'), at),
      relation('repairs', id('room_id'), at),
    ];
    const { columns } = proposeDataMap(relations);
    const dates = columns.filter(({ column: name }) => name === 'at');
    assert.deepEqual(
      dates.filter(({ dataClass }) => dataClass === 'date').map(({ relation: name }) => name),
      ['notes', 'readings', 'visits'],
    );
  });

  it('takes one UUID for each row for a code of people, also where some rows have none', () => {
    const { columns, ...patients } = people((meaning) => meaning);
    const uuid = (row: number): string =>
      `3f2504e0-4f89-41d3-9a0c-${String(row).padStart(12, '0')}`;
    const portal = column('k8', 'pg_catalog.uuid', (row) => (row === 7 ? null : uuid(row)), {
      isUnique: false,
    });
    const proposal = proposeDataMap([{ ...patients, columns: [...columns, portal] }]);
    assert.equal(proposal.columns.find(({ column: name }) => name === 'k8')?.dataClass, 'other-id');
  });

  it('listens to comments where a name says nothing, with less confidence', () => {
    const comment = 'Social security number of the guarantor';
    const commented = column('k7', TEXT, (row) => `x${row}`, { comment });
    const named = column('ssn', TEXT, (row) => `x${row}`);
    const [first, second] = proposeDataMap([relation('r', commented, named)]).columns;
    assert.equal(first?.dataClass, 'ssn');
    assert.match(first?.reason ?? '', /comment/);
    assert.ok((first?.confidence ?? 1) < (second?.confidence ?? 0));
  });

  it('leaves to people what it cannot tell: names that no list knows, and a name against its values', () => {
    const staff = relation(
      'crew',
      column('name', TEXT, (row) => `Xq${'abcdef'[row % 6]}z Vbn${letters(row)}`),
    );
    const odd = relation(
      'odd',
      column('batch', TEXT, (row) => `p${row}@mail.example.org`),
    );
    const { columns, undecided } = proposeDataMap([staff, odd]);
    assert.deepEqual(columns, []);
    assert.deepEqual(
      undecided.map(({ column: name }) => name),
      ['name', 'batch'],
    );
  });

  it('tells what paths of documents lead to, but not those that few documents have', () => {
    const valueOf = (row: number): string =>
      JSON.stringify({
        who: { given: pick(GIVEN)(row), dob: `${1930 + (row % 80)}-05-10`, sex: 'f' },
        contacts: [{ mail: `p${row}@mail.example.org` }, { mail: `q${row}@mail.example.org` }],
        'odd key': { 'l.1': `${row + 10} Main Street` },
        risk: row / 1000,
        [`patient ${row}`]: 'Mary Quokka',
      }).slice(0, row === 3 ? 20 : 1_000);
    const manyKeys = proposeDataMap([relation('r', column('doc', 'pg_catalog.jsonb', valueOf))]);
    const fewKeys = column('doc', 'pg_catalog.jsonb', (row) => valueOf(row % 50));
    const [proposal] = proposeDataMap([relation('r', fewKeys)]).columns;
    assert.equal(proposal?.dataClass, 'json');
    assert.deepEqual(proposal?.paths, [
      { path: 'who.given', dataClass: 'name' },
      { path: 'who.dob', dataClass: 'birth-date' },
      { path: 'contacts[*].mail', dataClass: 'email' },
      { path: '"odd key"."l.1"', dataClass: 'address' },
    ]);
    assert.doesNotMatch(JSON.stringify(manyKeys), /patient \d/);
  });

  it('takes long text for free text, whatever it is called', () => {
    const note = column(
      'c1',
      TEXT,
      (row) => `The patient was seen on day ${row} and felt better than before.`,
    );
    assert.deepEqual(classesOf(proposeDataMap([relation('r', note)])), { c1: 'free-text' });
  });

  it('never says anything of a value', () => {
    const values = fc.array(fc.oneof(fc.string(), fc.constant(null)), {
      minLength: 0,
      maxLength: 60,
    });
    const typeNames = fc.constantFrom(
      TEXT,
      'pg_catalog.int4',
      'pg_catalog.date',
      'pg_catalog.uuid',
      'x.y',
    );
    fc.assert(
      fc.property(values, typeNames, fc.string(), (sampled, typeName, name) => {
        const marked = sampled.map((value) => value && `\u2620${value}`);
        const sample = {
          name,
          typeName,
          typeKind: 'b',
          comment: '',
          isUnique: false,
          values: marked,
        };
        const proposal = proposeDataMap([relation('r', sample)]);
        const reasons = [...proposal.columns, ...proposal.undecided].map(({ reason }) => reason);
        assert.equal(reasons.length, 1);
        assert.doesNotMatch(reasons.join(), /\u2620/);
      }),
    );
  });
});

function letters(row: number): string {
  return String(row).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
}
