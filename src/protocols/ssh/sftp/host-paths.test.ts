import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatusCode } from '../../../wire/sftp/packet-type.ts';
import type { Request } from '../../../wire/sftp/requests.ts';
import type { Response } from '../../../wire/sftp/responses.ts';
import { HostPaths } from './host-paths.ts';
import type { SftpTarget } from './sftp-target.ts';

const LINK = 0o120_777;
const REGULAR = 0o100_644;

/** A server that answers REALPATH as it is told, and knows the names it is given with their permissions. */
function pathsOf(
  realPath: (path: string) => string | Response,
  names: Readonly<Record<string, number>> = {},
): HostPaths {
  const missing: Response = { kind: 'status', code: StatusCode.noSuchFile, message: '' };
  const ask = async (request: Request): Promise<Response> => {
    assert('path' in request);
    const path = request.path.toString('utf8');
    if (request.kind === 'lstat') {
      const permissions = names[path];
      return permissions === undefined
        ? missing
        : { kind: 'attributes', attributes: { permissions } };
    }
    const resolved = realPath(path);
    if (typeof resolved !== 'string') return resolved;
    const name = Buffer.from(resolved);
    return { kind: 'name', entries: [{ name, longName: name, attributes: {} }] };
  };
  return new HostPaths({ ask } as unknown as SftpTarget);
}

const followsLinks = (path: string): string => (path === '/proc/self' ? '/proc/7' : path);

describe('HostPaths', () => {
  it('keeps the last name where the name itself is meant, and only there', async () => {
    const paths = pathsOf((path) => (path === '/a/link' ? '/elsewhere' : followsLinks(path)));
    const resolve = async (path: string, last: 'follow' | 'keep'): Promise<string> => {
      const resolved = await paths.resolve(Buffer.from(path), last);
      assert(resolved.kind === 'path');
      return resolved.path;
    };
    assert.equal(await resolve('/a/link', 'follow'), '/elsewhere');
    assert.equal(await resolve('/a/link', 'keep'), '/a/link');
    assert.equal(await resolve('/a/link/x', 'keep'), '/elsewhere/x');
  });

  it('asks for all of a path that ends in dots or a slash', async () => {
    const asked: string[] = [];
    const paths = pathsOf((path) => {
      asked.push(path);
      return path === '/proc/self' ? '/proc/7' : '/there';
    });
    for (const path of ['/a/..', '/a/.', '/a/', '.', '']) {
      await paths.resolve(Buffer.from(path), 'keep');
    }
    assert.deepEqual(
      asked.filter((path) => path !== '/proc/self'),
      ['/a/..', '/a/.', '/a/', '.', ''],
    );
  });

  it('believes no server that does not follow links where there is one on the way', async () => {
    const names = { '/a': 0o040_755, '/a/link': LINK, '/a/b': REGULAR };
    const paths = pathsOf((path) => path, names);
    const direct = await paths.resolve(Buffer.from('/a/b'), 'follow');
    assert.deepEqual(direct, { kind: 'path', path: '/a/b' });
    const fresh = await paths.resolve(Buffer.from('/a/new'), 'follow');
    assert.equal(fresh.kind, 'path');
    for (const path of ['/a/link', '/a/link/x']) {
      const resolved = await paths.resolve(Buffer.from(path), 'follow');
      assert.equal(resolved.kind, 'answer', path);
    }
    const kept = await paths.resolve(Buffer.from('/a/link'), 'keep');
    assert.equal(kept.kind, 'path');
  });

  it('takes no answer that is no canonical path', async () => {
    for (const wrong of ['a', '', '/a/../b', '/a//b', '/a/', '/a\0b']) {
      const resolved = await pathsOf(() => wrong).resolve(Buffer.from('/x'), 'follow');
      assert.equal(resolved.kind, 'answer', wrong);
    }
    const status: Response = { kind: 'status', code: 2, message: 'No such file' };
    const missing = await pathsOf(() => status).resolve(Buffer.from('/x/y'), 'follow');
    assert.deepEqual(missing, { kind: 'nowhere', path: '/x/y', response: status });
  });

  it('takes no path that is not UTF-8, holds a zero byte or is too long', async () => {
    const paths = pathsOf(followsLinks);
    for (const bytes of [Buffer.of(0x2f, 0xff), Buffer.from('/a\0b'), Buffer.alloc(5_000, 0x61)]) {
      assert.equal((await paths.resolve(bytes, 'follow')).kind, 'answer');
    }
  });
});
