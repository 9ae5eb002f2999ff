import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findQuestionInInputs } from './find-question-in-inputs.ts';

const FIELDS = [
  { path: 'data.patients[*].lastName', dataClass: 'name' },
  { path: 'data.patients[*].chart', dataClass: 'mrn' },
];

function asks(name: string, isWrite = false): boolean {
  const shape = { operations: [], isBatch: false, inputNames: [name], isWrite };
  const classes = {
    fields: FIELDS,
    classOf: (parameter: string) => (parameter === 'ward_in' ? 'none' : undefined),
    shown: new Map(),
    hasStandIn: ({ dataClass }: { readonly dataClass: string }) => dataClass === 'mrn',
  };
  return findQuestionInInputs(shape, classes) !== undefined;
}

describe('findQuestionInInputs', () => {
  it('knows fields however servers say how they compare them, or sort by them', () => {
    for (const name of [
      ...['lastName', 'LAST_NAME_ASC', 'lastName_DESC', 'last_name', 'lastName_Icontains'],
      ...['lastName_starts_with', 'lastName_STARTS_WITH', 'lastName_not_in', 'lastNameHasPrefix'],
      ...['lastNameContainsFold', 'lastNameGTE', 'lastName__istartswith', 'chart_in', 'chartNEQ'],
      ...['ssn', 'ssn_gt', 'birthDate_lte', 'birthDate_isnull', 'patientId_not'],
    ]) {
      assert(asks(name), name);
    }
  });

  it('takes no other names for theirs', () => {
    for (const name of ['ward', 'ward_in', 'chartered', 'margin', 'in', 'ids', 'status_not_in']) {
      assert(!asks(name), name);
    }
  });

  it('looks at a name in time that grows with its length', () => {
    // With its square it would take minutes, and the run of tests would end.
    assert(!asks(`${'_'.repeat(1_000_000)}x`));
    assert(!asks(`${'not_'.repeat(250_000)}x`));
  });

  it('asks of mutations only what would be shown by a stand-in', () => {
    assert(asks('chart_in', true));
    assert(!asks('lastName_contains', true));
  });
});
