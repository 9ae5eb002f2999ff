import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { HOSPITAL } from '../../sql/postgres/hospital.fixture.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Classification } from '../classification.ts';
import { ViewPatients } from './view-patients.ts';

const VIEW = describeTable({ oid: 100, schema: 'public', name: 'regional' }, ['id'], {
  kind: 'v',
  definition: 'SELECT id FROM public.audit',
});
const CATALOG = buildCatalog({
  serverVersion: HOSPITAL.serverVersion,
  userFunctions: [],
  relations: [...HOSPITAL.listRelations(), VIEW],
});

const NOTHING: Classification = { version: '1', classNames: new Set(), find: () => undefined };

describe('ViewPatients', () => {
  it('reads a view once, and once more if the parser was being replaced', () => {
    const asked: string[] = [];
    let interruptions = 0;
    const parser: SqlParser = {
      parse(text) {
        asked.push(text);
        interruptions = 1;
        return { kind: 'refused', reason: 'the parser is being replaced' };
      },
      get interruptions() {
        return interruptions;
      },
    };
    const { find } = ViewPatients.of(parser, CATALOG, NOTHING);
    assert.equal(find(VIEW), 'others');
    assert.equal(asked.length, 1);
    assert.equal(find(VIEW), 'others');
    assert.equal(asked.length, 2);
    find(VIEW);
    assert.equal(asked.length, 2);
  });
});
