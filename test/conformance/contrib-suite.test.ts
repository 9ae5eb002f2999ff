import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wordsOf } from './contrib-suite.ts';

describe('wordsOf', () => {
  it('reads what makefiles give a variable, over several lines and in several places', () => {
    const makefile =
      'REGRESS = one two \\\n\tthree\nREGRESS_OPTS = --load-extension=x\nifeq (a, b)\nREGRESS += four $(MORE)\nendif\n';
    assert.deepEqual(wordsOf(makefile, 'REGRESS'), ['one', 'two', 'three', 'four']);
    assert.deepEqual(wordsOf(makefile, 'REGRESS_OPTS'), ['--load-extension=x']);
    assert.deepEqual(wordsOf(makefile, 'NOTHING'), []);
  });
});
