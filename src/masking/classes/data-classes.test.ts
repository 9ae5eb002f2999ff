import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DATA_CLASS_NAMES, GIVEN_CLASS_NAMES } from '../../configuration/data-class-names.ts';
import { DATA_CLASSES } from './data-classes.ts';
import { buildTargetClasses, findMask } from './target-classes.ts';

describe('DATA_CLASSES', () => {
  it('has a class for each of the eighteen identifiers of 45 CFR 164.514(b)(2)(i)', () => {
    const letters = new Set(Object.values(DATA_CLASSES).map(({ letter }) => letter));
    for (const letter of 'ABCDEFGHIJKLMNOPQR') assert(letters.has(letter as 'A'), letter);
  });

  it('has the classes that configuration knows by name, and no others', () => {
    assert.deepEqual(
      Object.keys(DATA_CLASSES).toSorted(),
      [...DATA_CLASS_NAMES, ...GIVEN_CLASS_NAMES].toSorted(),
    );
    for (const [name, dataClass] of Object.entries(DATA_CLASSES))
      assert.equal(dataClass.name, name);
  });

  it('shows nothing of what may hold anything', () => {
    for (const name of ['free-text', 'json', ...GIVEN_CLASS_NAMES] as const) {
      assert.deepEqual(DATA_CLASSES[name].mask, { kind: 'redact' });
    }
  });
});

describe('buildTargetClasses', () => {
  it('adds classes of the target and changes masks', () => {
    const classes = buildTargetClasses({
      customClasses: [{ name: 'study-id', title: 'Study', mask: { kind: 'pseudonym' } }],
      masks: { ssn: { kind: 'null' }, 'study-id': { kind: 'vault' } },
    });
    assert.deepEqual(classes.get('ssn')?.mask, { kind: 'null' });
    assert.deepEqual(classes.get('study-id'), {
      name: 'study-id',
      letter: undefined,
      title: 'Study',
      mask: { kind: 'vault', domain: 'study-id' },
    });
    assert.deepEqual(classes.get('name'), DATA_CLASSES.name);
  });

  it('redacts what is of no class that it knows', () => {
    const classes = buildTargetClasses({ customClasses: [], masks: {} });
    assert.deepEqual(findMask(classes, 'gone', undefined), { kind: 'redact' });
    assert.deepEqual(findMask(classes, 'constructor', undefined), { kind: 'redact' });
  });
});
