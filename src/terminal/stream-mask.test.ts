import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { compileOpenTail, type OutputDetectors } from '../masking/detectors/open-tail.ts';
import { StreamMask } from './stream-mask.ts';

const SSN = '633-80-8456';

let detectors: OutputDetectors;

function mask(chunks: readonly (string | Buffer)[], { isSlow = false } = {}): string {
  const stream = new StreamMask(detectors);
  const shown: Buffer[] = [];
  for (const chunk of chunks) {
    shown.push(stream.push(Buffer.from(chunk)));
    if (isSlow) shown.push(stream.flush());
  }
  return Buffer.concat([...shown, stream.end()]).toString();
}

describe('StreamMask', () => {
  before(() => {
    const custom = [{ name: 'trial', className: 'other-id', pattern: 'NCT\\d{8}' }];
    detectors = {
      detectors: compileDetectors({ custom }),
      findOpenTail: compileOpenTail(custom),
    };
  });

  it('replaces values by their classes, cut anywhere', () => {
    const text = `of ${SSN} ok\nmail james+clinic@sub.example.org, NCT01234567\n`;
    for (let cut = 0; cut <= text.length; cut++) {
      const shown = mask([text.slice(0, cut), text.slice(cut)]);
      assert.equal(shown, 'of [ssn] ok\nmail [email], [other-id]\n', `at ${cut}`);
    }
  });

  it('knows names by the header of a table that went by long ago, cut anywhere', () => {
    const rows = Array.from({ length: 300 }, (_, index) => ` Zzyx Qwop | ${index}\n`).join('');
    const text = ` name | ward\n------+------\n${rows}`;
    for (let cut = 1; cut < 100; cut++) {
      for (const size of [33, 333, 2_500]) {
        const chunks = [text.slice(0, cut)];
        for (let at = cut; at < text.length; at += size) chunks.push(text.slice(at, at + size));
        assert.doesNotMatch(mask(chunks), /Zzyx/, `${cut}, ${size}`);
      }
    }
  });

  it('shows at most three digits of a value that comes byte by byte', () => {
    const shown = mask(Array.from(`id ${SSN} x\n`), { isSlow: true });
    assert.match(shown, /^\D*(?:\d\D*){0,3}$/);
  });

  it('shows the beginning of a line after a while', () => {
    const stream = new StreamMask(detectors);
    assert.equal(stream.push(Buffer.from('Password: ')).length, 0);
    assert.equal(stream.flush().toString(), 'Password: ');
    assert.equal(stream.isHolding, false);
  });

  it('holds digits back until more comes', () => {
    const stream = new StreamMask(detectors);
    stream.push(Buffer.from('total 1234567'));
    assert.equal(stream.flush().toString(), 'total ');
    assert.equal(stream.push(Buffer.from(' bytes\n')).toString(), '1234567 bytes\n');
  });

  it('sees what a terminal would show', () => {
    for (const text of ['633\x008\b-80-8456', '6\x0033-80-8456', `633x\b-80-8456`]) {
      assert.doesNotMatch(mask([`${text}\n`]), /8456/, JSON.stringify(text));
    }
    const wide = Buffer.from(`${SSN}\n`, 'utf16le');
    assert.doesNotMatch(mask([wide]).replaceAll('\0', ''), /8456/);
  });

  it('passes bytes without values as they are, in bounded memory', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
        const stream = new StreamMask({
          detectors: { ...detectors.detectors, find: () => [] },
          findOpenTail: detectors.findOpenTail,
        });
        const shown = chunks.map((chunk) => stream.push(Buffer.from(chunk)));
        const all = Buffer.concat([...shown, stream.end()]);
        assert.deepEqual(all, Buffer.concat(chunks));
      }),
    );
    const stream = new StreamMask(detectors);
    let shown = 0;
    for (let count = 0; count < 20; count++) shown += stream.push(Buffer.alloc(32_768, 'x')).length;
    assert.ok(shown > 17 * 32_768);
  });
});
