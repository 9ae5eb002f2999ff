import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type CanonicalTarget, canonicalizePath } from './canonical-path.ts';
import { HttpMessageError } from './http-message-error.ts';

function canonicalize(rawTarget: string): CanonicalTarget {
  return canonicalizePath(rawTarget, { pathParameters: false });
}

describe('canonicalizePath', () => {
  it('brings every spelling of a path into one', () => {
    for (const [raw, path] of [
      ['/', '/'],
      ['/a/B/', '/a/B/'],
      ['/%61dmin', '/admin'],
      ['/%41', '/A'],
      ['/a%2Db%5f%7E%2e.c', '/a-b_~..c'],
      ['/Patient/%24everything', '/Patient/$everything'],
      ['/a%3ab%40c%21', '/a:b@c!'],
      ['/a%20b', '/a%20b'],
      ['/%c3%a9', '/%C3%A9'],
      ['/a%3fb%23', '/a%3Fb%23'],
      ['/a+b%2bc', '/a+b%2Bc'],
      ['/a%2541', '/a%2541'],
      ['/a|b"<>^`{}[]', '/a%7Cb%22%3C%3E%5E%60%7B%7D%5B%5D'],
    ] as const) {
      assert.deepEqual(canonicalize(raw), { path, query: '' }, raw);
      assert.deepEqual(canonicalize(path), { path, query: '' }, 'canonical already');
    }
  });

  it('refuses paths that servers read in different ways', () => {
    for (const raw of [
      '',
      'a',
      '//admin',
      '/a//b',
      '/a//',
      '/./a',
      '/a/.',
      '/a/./b',
      '/x/../admin',
      '/..',
      '/.../a',
      '/%2e/a',
      '/a/%2e%2e/b',
      '/a/.%2E',
      '/a%2fb',
      '/a%2Fb',
      '/a\\b',
      '/a%5cb',
      '/..%5cadmin',
      '/a%00',
      '/a%0d%0ab',
      '/a%09',
      '/a%7f',
      '/a;b=c/d',
      '/a%3bb',
      '/;/admin',
      '/admin.',
      '/admin./b',
      '/admin%2e',
      '/admin%20',
      '/admin%20/b',
      '/%',
      '/%4',
      '/%4g',
      '/%u0041',
      '/%ff',
      '/%c0%af',
      '/%c0%ae%c0%ae/',
      '/%ed%a0%80',
      '/%c3',
      '/\u{e9}',
      '/a b',
      '/a#b',
      '/a\0',
    ]) {
      assert.throws(() => canonicalize(raw), HttpMessageError, raw);
    }
  });

  it('lets parameters of a segment pass where the target has such', () => {
    const rules = { pathParameters: true };
    assert.equal(canonicalizePath('/a;b=c/d%3b', rules).path, '/a;b=c/d%3B');
    assert.throws(() => canonicalizePath('/a/..;/b%2f', rules), HttpMessageError);
    assert.throws(() => canonicalizePath('/a/..;/b', rules), HttpMessageError);
    assert.throws(() => canonicalizePath('/a/.;x=y/b', rules), HttpMessageError);
    assert.throws(() => canonicalizePath('/a/;x/b', rules), HttpMessageError);
  });

  it('leaves a query what it means', () => {
    for (const [raw, query] of [
      ['/a', ''],
      ['/a?', ''],
      ['/a?b=c&d=%2f+%2B?e/f', 'b=c&d=%2F+%2B?e/f'],
      ['/a?identifier=urn:x|1', 'identifier=urn:x%7C1'],
      ['/a?q={"a":[1]}\\', 'q=%7B%22a%22:[1]%7D%5C'],
      ['/a?%e9%41', '%E9%41'],
      ['/a?/../%2e%2e//', '/../%2E%2E//'],
      ['/a??b=c&?d', '%3Fb=c&?d'],
      ['/a???b', '%3F?b'],
    ] as const) {
      assert.deepEqual(canonicalize(raw), { path: '/a', query }, raw);
    }
    for (const raw of ['/a?%', '/a?100%', '/a?%zz', '/a?a b', '/a?\r\n', '/a?#', '/a?\u{e9}']) {
      assert.throws(() => canonicalize(raw), HttpMessageError, raw);
    }
  });

  it('has no query that some take for one with a question mark before it', () => {
    const { query } = canonicalize('/a??b=c');
    assert.deepEqual([...new URLSearchParams(query).keys()], ['?b']);
  });

  it('has one form for each path, and that is its own', () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((text) => !/[;/\\\p{Cc}]|[. ]$/u.test(text) && text.isWellFormed());
    const path = fc.array(segment, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, (segments) => {
        const encoded = segments.map((text) => encodeURIComponent(text));
        const whole = canonicalize(`/${encoded.join('/')}`).path;
        const spelled = segments.map((text) =>
          Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(
            '',
          ),
        );
        assert.equal(canonicalize(`/${spelled.join('/')}`).path, whole);
        assert.equal(canonicalize(whole).path, whole);
        assert.deepEqual(whole.slice(1).split('/').map(decodeURIComponent), segments);
      }),
    );
  });

  it('throws nothing but HttpMessageError for any text', () => {
    const part = fc.constantFrom('/', '.', '%', '2e', '2F', 'a', '?', ';', '\\', '%c3', '%a9', ' ');
    fc.assert(
      fc.property(
        fc.array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 12 }),
        (parts) => {
          try {
            const { path, query } = canonicalize(`/${parts.join('')}`);
            assert.deepEqual(canonicalize(query === '' ? path : `${path}?${query}`), {
              path,
              query,
            });
          } catch (error) {
            assert(error instanceof HttpMessageError, String(error));
          }
        },
      ),
    );
  });
});
