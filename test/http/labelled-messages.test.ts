import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readLabelledMessages, scoreMessages } from '../../tools/score-wire.ts';
import { startHttpEnvironment } from './environment.ts';
import { READERS } from './read-paths.ts';

/** Labelled messages of HL7 v2, X12 and C-CDA, which the repository holds no copy of: see the README beside. */
const FILE = fileURLToPath(new URL('../../../shared/phi/wire.jsonl', import.meta.url));

const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };`;

const HIDDEN_MIN = 0.99;
const OVER_MASKED_MAX = 0.005;

describe('labelled messages of HL7 v2, X12 and C-CDA', () => {
  it('have their values hidden, and little else, for a client of a service that no data map speaks of', async () => {
    await access(FILE).catch(() => {
      assert.fail(`The labelled messages are expected in ${FILE}`);
    });
    const messages = readLabelledMessages(FILE);
    await using world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: {
        handler: (request, response) => {
          const message = messages[Number(request.url?.slice(1))];
          response.setHeader('content-type', message?.mediaType ?? 'text/plain');
          response.end(message?.text ?? '');
        },
      },
      dataMap: {},
    });
    for (const { name, read } of READERS.filter((reader) => reader.name.startsWith('curl'))) {
      const { bodies } = await read(
        world,
        messages.map((_, index) => `/${index}`),
      );
      const shown = new Map(messages.map((message, index) => [message, bodies[index] ?? '']));
      const scores = scoreMessages(messages, (message) => shown.get(message) ?? '');
      assert.deepEqual([...scores.keys()].toSorted(), ['cda', 'hl7v2', 'x12']);
      for (const [kind, { spanCount, fullRecall, overMaskedShare }] of scores) {
        assert(spanCount > 0);
        assert(fullRecall >= HIDDEN_MIN, `${name}: ${fullRecall} of ${kind} hidden`);
        assert(overMaskedShare <= OVER_MASKED_MAX, `${name}: ${overMaskedShare} of ${kind} lost`);
      }
    }
  });
});
