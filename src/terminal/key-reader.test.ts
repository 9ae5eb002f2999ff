import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyReader, mayRun } from './key-reader.ts';

function read(chunks: readonly string[], isPasteMarked: boolean): string[] {
  const reader = new KeyReader();
  const parts = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk), isPasteMarked));
  return parts.map((part) =>
    part.kind === 'paste' ? `paste ${part.text}` : `${part.kind} ${part.bytes.toString()}`,
  );
}

describe('KeyReader', () => {
  it('tells Enter from other keys', () => {
    assert.deepEqual(read(['ls -l\rid\n\x0f'], false), [
      ...['keys ls -l', 'enter \r', 'keys id', 'enter \n', 'enter \x0f'],
    ]);
  });

  it('tells keys that run something without Enter, cut anywhere', () => {
    for (const keys of ['\x1b\x05', '\x1b#', '\x1b1\x1b#', '\x18\x05', '\x1ba']) {
      for (let cut = 0; cut <= keys.length; cut++) {
        const parts = read([keys.slice(0, cut), keys.slice(cut)], false);
        assert.equal(parts.at(-1), `accept ${keys.at(-1) ?? ''}`);
      }
    }
    assert.deepEqual(read(['\x1b[A\x1bOAab'], false), ['keys \x1b[A\x1bOAab']);
  });

  it('ends a part behind Ctrl-C', () => {
    assert.deepEqual(read(['ab\x03 c'], true), ['keys ab\x03', 'keys  c']);
  });

  it('tells keys that may expand what stands in the line', () => {
    for (const keys of ['\t', '\x18*', '\x18g', '\x18e']) {
      assert.equal(
        read([keys.slice(0, 1), keys.slice(1)], false).at(-1),
        `complete ${keys.at(-1) ?? ''}`,
      );
    }
  });

  it('tells what a paste would run where no mark counts', () => {
    for (const pasted of ['a\rb', 'a\n', '\x0f', '\x1b\x05', '\x18\x05', '\x1b#']) {
      assert(mayRun(Buffer.from(pasted), false), JSON.stringify(pasted));
    }
    assert(mayRun(Buffer.from('\t'), true));
    for (const pasted of ['', 'ls -l', '\tx', 'a # b', '\x1b[201~']) {
      assert(!mayRun(Buffer.from(pasted), false), JSON.stringify(pasted));
    }
  });

  it('keeps a paste together, cut anywhere', () => {
    const text = 'a\x1b[200~one\rtwo\x1b[201~b';
    for (let cut = 0; cut <= text.length; cut++) {
      const parts = read([text.slice(0, cut), text.slice(cut)], true);
      assert.ok(parts.includes('paste one\ntwo'), `at ${cut}: ${parts.join()}`);
      assert.ok(!parts.some((part) => part.startsWith('enter')));
    }
  });

  it('takes a paste as typed where the program did not ask for marks', () => {
    assert.ok(read(['\x1b[200~one\rtwo\x1b[201~'], false).includes('enter \r'));
  });

  it('ends a paste that has no end', () => {
    const parts = read([`\x1b[200~${'x'.repeat(64 * 1024)}`, 'y\r'], true);
    assert.deepEqual(parts.slice(-2), ['keys y', 'enter \r']);
  });
});
