import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { PositionMap, type TextEdit } from './position-map.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

/** The text with each change made, and the map back. */
function edited(client: string, edits: readonly TextEdit[]): { sent: string; map: PositionMap } {
  let sent = '';
  let position = 0;
  for (const { start, end, text } of edits) {
    sent += client.slice(position, start) + text;
    position = end;
  }
  sent += client.slice(position);
  return { sent, map: new PositionMap({ client, sent, findEdits: () => edits }) };
}

describe('PositionMap', () => {
  it('finds what the client wrote, counting characters, and nothing of what it did not', () => {
    const client = '😀é FROM t WHERE x';
    const start = client.indexOf('t ');
    const { sent, map } = edited(client, [{ start, end: start + 1, text: '(SELECT 漢😀) AS t' }]);
    const at = (text: string, part: string): number =>
      Array.from(text.slice(0, text.indexOf(part))).length;
    assert.equal(map.toClient(at(sent, 'FROM') + 1), at(client, 'FROM') + 1);
    assert.equal(map.toClient(at(sent, 'WHERE') + 1), at(client, 'WHERE') + 1);
    for (const built of ['(SELECT', '漢', ') AS']) {
      assert.equal(map.toClient(at(sent, built) + 1), undefined, built);
    }
    assert.equal(map.toClient(Array.from(sent).length + 1), Array.from(client).length + 1);
    for (const outside of [-1, 0, Array.from(sent).length + 2]) {
      assert.equal(map.toClient(outside), undefined);
    }
  });

  it('leads every character that stayed to itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀') });
    const parts = fc.array(fc.record({ kept: text, removed: text, inserted: text }));
    fc.assert(
      fc.property(parts, text, (changes, end) => {
        const edits: TextEdit[] = [];
        const expected: (number | undefined)[] = [];
        let client = '';
        for (const { kept, removed, inserted } of changes) {
          expected.push(
            ...Array.from(kept).map((_, index) => Array.from(client).length + index + 1),
          );
          expected.push(...Array.from(inserted).map(() => undefined));
          client += kept;
          edits.push({ start: client.length, end: client.length + removed.length, text: inserted });
          client += removed;
        }
        expected.push(...Array.from(end).map((_, index) => Array.from(client).length + index + 1));
        const { map } = edited(client + end, edits);
        for (const [index, position] of expected.entries()) {
          assert.equal(map.toClient(index + 1), position);
        }
      }),
    );
  });

  it('comes with a rewritten statement, and not with one that stays as it is', () => {
    const options = { parser, plan: HOSPITAL_PLAN, names: session() };
    const text = 'SELECT c.ssn FROM customers c WHERE nothing = 1';
    const rewrite = rewriteText(text, options);
    assert(rewrite.kind === 'run');
    const sent = rewrite.text.indexOf('nothing') + 1;
    assert.equal(rewrite.positions?.toClient(sent), text.indexOf('nothing') + 1);
    assert.equal(rewrite.positions.toClient(rewrite.text.indexOf("'X'") + 1), undefined);
    const unchanged = rewriteText('SELECT nothing FROM staging', options);
    assert(unchanged.kind === 'run' && unchanged.positions === undefined);
  });
});
