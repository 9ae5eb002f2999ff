import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { findIdentification } from './identification.ts';

const OPENSSH = 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10';

describe('findIdentification', () => {
  it('returns the line without its end, and where packets begin', () => {
    for (const [lineEnd, end] of [
      ['\r\n', 41],
      ['\n', 40],
    ] as const) {
      const received = Buffer.from(`${OPENSSH}${lineEnd}rest`);
      assert.deepEqual(findIdentification(received, 'client'), { line: OPENSSH, end });
    }
  });

  it('waits for more at every byte before the end of the line', () => {
    const received = Buffer.from(`hello\r\n\r\n${OPENSSH}\r\n`);
    for (let end = 0; end < received.length; end++) {
      assert.equal(findIdentification(received.subarray(0, end), 'server'), undefined, `${end}`);
    }
    assert.equal(findIdentification(received, 'server')?.line, OPENSSH);
  });

  it('lets a server say something before, and no client', () => {
    const received = Buffer.from(`Authorized use only\n${OPENSSH}\r\n`);
    assert.deepEqual(findIdentification(received, 'server'), { line: OPENSSH, end: 61 });
    assert.throws(() => findIdentification(received, 'client'), ProtocolError);
  });

  it('refuses other protocols and versions', () => {
    for (const line of [
      'GET / HTTP/1.1',
      'SSH-1.5-old',
      'SSH-2.0-',
      'SSH-2.0- x',
      'SSH-3.0-new',
      'ssh-2.0-small',
      'SSH-2.0-tab\there',
      'SSH-2.0-é',
      'SSH-2.0-two\rreturns\r',
    ]) {
      assert.throws(() => findIdentification(Buffer.from(`${line}\r\n`), 'client'), ProtocolError);
    }
  });

  it('refuses a zero byte before the line ends', () => {
    assert.throws(() => findIdentification(Buffer.from('\x16\x03\x01\0'), 'client'), ProtocolError);
    assert.throws(() => findIdentification(Buffer.from('SSH\0'), 'server'), ProtocolError);
  });

  it('reads no more than a line of a client, and no more than 8 KiB of what a server says before', () => {
    const line = (bytes: number): Buffer => Buffer.from(OPENSSH.padEnd(bytes, 'x'));
    assert.equal(findIdentification(line(254), 'client'), undefined);
    assert.throws(() => findIdentification(line(255), 'client'), ProtocolError);
    const before = Buffer.from('hi there\n'.repeat(1000));
    assert.throws(() => findIdentification(before, 'server'), ProtocolError);
    assert.throws(() => findIdentification(Buffer.alloc(9000, 0x61), 'server'), ProtocolError);
  });

  it('throws nothing but ProtocolError', () => {
    const role = fc.constantFrom('client' as const, 'server' as const);
    const received = fc.array(fc.constantFrom('SSH-', '2.0', '-', '\r', '\n', 'x', '\0', ' '));
    fc.assert(
      fc.property(role, received, (peer, parts) => {
        try {
          findIdentification(Buffer.from(parts.join('')), peer);
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
