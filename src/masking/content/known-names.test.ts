import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KnownNames } from './known-names.ts';

function namesOf(...names: readonly string[]): KnownNames {
  const known = new KnownNames();
  for (const name of names) known.add(name, 'name');
  return known;
}

describe('KnownNames', () => {
  it('hides the words of names, whatever their case and what stands around them', () => {
    const names = namesOf("Zara D'Quxley-Mårtens");
    assert.equal(names.hide('ZARA’s visit; (zara)'), '[name]’s visit; ([name])');
    assert.equal(names.hide("seen by D'Quxley-Mårtens."), 'seen by [name].');
    assert.equal(names.hide('D’Quxley-Mårtens'), '[name]');
    assert.equal(names.hide('Zarah, Ézara and zara_1'), 'Zarah, Ézara and [name]_1');
  });

  it('leaves words for relatives: a relative has no other name in many records', () => {
    const names = namesOf('Maternal Grandmother', 'Aunt Quxley');
    assert.equal(names.hide('the maternal aunt Quxley'), 'the maternal aunt [name]');
  });

  it('leaves titles, initials and the commonest words of clinical text', () => {
    const names = namesOf('Dr. Q. von White-Quxley, Patient', 'Mrs. Long Blood');
    assert.equal(names.hide('blood of the patient, Q.'), undefined);
  });

  it('hides names of any length, by how they begin', () => {
    const long = `${'Quxley'.repeat(20_000)}-é`;
    const names = namesOf(
      long,
      ...Array.from({ length: 199 }, (_, index) => 'ß'.repeat(300 + index)),
    );
    assert.equal(names.hide(`seen: ${long.toUpperCase()}, today`), 'seen: [name], today');
    assert.equal(names.hide('Quxley'), undefined);
  });

  it('hides names that came after it was first asked', () => {
    const names = namesOf('Zara');
    assert.equal(names.hide('Quxley'), undefined);
    names.add('Quxley', 'name');
    names.add('Solna', 'city');
    assert.equal(names.hide('Zara Quxley of Solna'), '[name] [name] of [city]');
  });
});
