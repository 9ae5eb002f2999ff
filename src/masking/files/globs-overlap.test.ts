import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compileGlob } from './file-glob.ts';
import { globsOverlap } from './globs-overlap.ts';

describe('globsOverlap', () => {
  it('finds what a name beneath an unknown home may be', () => {
    assert(globsOverlap('/**/people.csv', '~/people.csv'));
    assert(globsOverlap('/**/people.csv', '~bob/a/people.csv'));
    assert(globsOverlap('/srv/exports/**/*.csv', '~/people.csv'));
    assert(globsOverlap('/srv/people.csv', '~/people.csv'));
    assert(!globsOverlap('/**/people.csv', '~/mypeople.csv'));
    assert(!globsOverlap('/srv/exports/**/*.csv', '~/notes.txt'));
  });

  it('finds what wildcards may stand for', () => {
    assert(globsOverlap('/srv/*.csv', '/srv/p*'));
    assert(globsOverlap('/srv/*.csv', '/srv/p?o.[ct]sv'));
    assert(globsOverlap('/srv/**/people.csv', '/srv/*/*.csv'));
    assert(globsOverlap('/srv/a[1].csv', '~/a[1].csv'));
    assert(!globsOverlap('/srv/*.csv', '/srv/*/people.csv'));
    assert(!globsOverlap('/srv/*.csv', '/var/*.csv'));
  });

  it('says yes of every path for which both stand', () => {
    const part = fc.constantFrom('a', 'b', '/', '*', '**', '?', '/**/');
    const pattern = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('')}`);
    const path = fc
      .array(fc.constantFrom('a', 'b', '/'), { maxLength: 6 })
      .map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(pattern, pattern, path, (glob, named, text) => {
        fc.pre(compileGlob(glob).matches(text) && compileGlob(named).matches(text));
        assert(globsOverlap(glob, named));
      }),
    );
  });
});
