import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { CatalogType } from '../../sql/postgres/catalog.ts';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeParse } from '../../wire/postgres/parse.ts';
import { type Behaviour, RelayFixture } from './relay.fixture.ts';

const SYNC = encodeEmptyMessage('Sync');
const [TEXT, TRUSTED, TRUSTED_LIST, ROW] = [25, 20_002, 20_003, 20_009];

const SCALAR: Omit<CatalogType, 'oid' | 'name'> = {
  ...{ kind: 'b', innerOid: 0, isArray: false, innerModifier: -1, labels: [], fields: [] },
};

/** A domain whose check calls code of the target's own. */
const TYPES: Behaviour['types'] = {
  types: [
    { ...SCALAR, oid: TEXT, name: 'pg_catalog.text' },
    { ...SCALAR, oid: TRUSTED, name: 'public.trusted', kind: 'd', innerOid: TEXT },
    { ...SCALAR, oid: TRUSTED_LIST, name: 'public.trusted[]', innerOid: TRUSTED, isArray: true },
  ],
  conversions: [{ source: 0, target: TRUSTED, context: 'd', code: 'public.check_trusted' }],
};

/** Something is hidden from everybody, in none of the relations here. */
const MASKING: NonNullable<Behaviour['masking']> = {
  classify: () => ({ version: '1', classNames: new Set(['ssn']), find: () => undefined }),
  findPlan: (catalog) => ({ key: catalog.version, catalog, find: () => undefined }),
  textMasks: { redact: () => undefined, redactJson: () => undefined },
};

let fixture: RelayFixture;

describe('types that a Parse gives to parameters', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  it('are asked for code of their own as if the statement named them', async () => {
    const { send, backend } = await fixture.start({ masking: MASKING, types: TYPES });
    for (const oids of [[TRUSTED], [0, TRUSTED_LIST], [TEXT, ROW]]) {
      const { errors } = await send(encodeParse('q', 'SELECT $1, $2', oids), SYNC);
      assert.equal(errors[0]?.get('C'), '42501', `${oids.join(' ')}`);
      assert.match(errors[0]?.get('M') ?? '', /calls public\.check_trusted/);
    }
    assert.equal(backend.statements.has('q'), false);
    const { errors } = await send(encodeParse('q', 'SELECT $1, $2', [TEXT]), SYNC);
    assert.deepEqual(errors, []);
    assert.equal(backend.statements.has('q'), true);
  });

  it('say nothing where nothing is hidden', async () => {
    const { send } = await fixture.start({ types: TYPES });
    assert.deepEqual((await send(encodeParse('q', 'SELECT $1', [TRUSTED]), SYNC)).errors, []);
  });
});
