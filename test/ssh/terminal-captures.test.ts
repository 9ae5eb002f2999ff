import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCaptures } from '../../tools/score-masking.ts';
import { type SshEnvironment, startSshEnvironment } from './environment.ts';
import { describeGateway, ShellSession } from './shell-session.ts';
import { type Capture, type Count, countStructural, showLines } from './terminal-score.ts';

const PHI = fileURLToPath(new URL('../../../shared/phi/', import.meta.url));
const SIZE = { columns: 200, rows: 60 };
const POLICIES = `@id("all") permit (principal, action, resource) unless { action == Action::"reveal" };`;
/** Stands behind each capture; no capture has it. */
const MARK = '%%SHOWN%%';

/**
 * Writes each capture on a cleared screen, in pieces with a pause after each: `size` bytes, or for 0 in two,
 * cut at every byte in turn.
 */
const REPLAY = `
import json, os, sys, time
file, size, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
def write(pieces):
    os.write(1, b"\\x1b[2J\\x1b[H")
    for piece in pieces:
        os.write(1, piece)
        time.sleep(pause)
    os.write(1, b"\\n${MARK}\\n")
for text in json.load(open(file)):
    raw = text.encode()
    if size == 0:
        for cut in range(1, len(raw)):
            write([raw[:cut], raw[cut:]])
    else:
        write([raw[at:at + size] for at in range(0, len(raw), size)])
`;

interface Speed {
  readonly size: number;
  /** Seconds. */
  readonly pause: number;
  /** Every how many-th capture: those that are cut everywhere take long. */
  readonly every: number;
}

const SPEEDS: Readonly<Record<string, Speed>> = {
  whole: { size: 1_000_000, pause: 0, every: 1 },
  'byte by byte': { size: 1, pause: 0.0005, every: 2 },
  'byte by byte, slower than anything is held back': { size: 1, pause: 0.02, every: 25 },
  'in pieces of 7 bytes': { size: 7, pause: 0.02, every: 5 },
  'in two, cut at every byte': { size: 0, pause: 0.005, every: 20 },
};

describe('captures of terminals, replayed in a terminal of a host', () => {
  const captures = readCaptures(PHI);
  let world: SshEnvironment;
  before(async () => {
    assert(captures.length > 0, `Cannot find the labelled captures: expected at ${PHI}`);
    world = await startSshEnvironment({
      policies: POLICIES,
      target: [[['dataMap'], { output: 'inspect' }]],
    });
    await writeFile(join(world.sshd.home, 'replay.py'), REPLAY);
  });
  after(() => world[Symbol.asyncDispose]());

  for (const [name, speed] of Object.entries(SPEEDS)) {
    it(`hide their identifiers ${name}`, async () => {
      const chosen = captures.filter((_, index) => index % speed.every === 0);
      const { values, hidden } = await replay(chosen, speed);
      assert(values > 0);
      assert(hidden / values >= 0.99, `${hidden} of ${values} are hidden`);
    });
  }

  async function replay(chosen: readonly Capture[], { size, pause }: Speed): Promise<Count> {
    const file = join(world.sshd.home, 'captures.json');
    await writeFile(file, JSON.stringify(chosen.map(({ text }) => text)));
    const command = `/usr/bin/python3 ${join(world.sshd.home, 'replay.py')} ${file} ${size} ${pause}`;
    const place = describeGateway(world, 'ana');
    await using session = await ShellSession.open(place, { command, size: SIZE });
    await session.ended();
    const screens = session.received.split(MARK);
    const total: Count = { values: 0, hidden: 0 };
    let next = 0;
    for (const capture of chosen) {
      const times = size === 0 ? Buffer.byteLength(capture.text) - 1 : 1;
      for (let time = 0; time < times; time++) {
        const screen = screens[next++];
        assert(screen !== undefined, 'the host wrote each of them');
        const { values, hidden } = countStructural(
          capture,
          showLines([Buffer.from(screen)], SIZE.columns),
        );
        total.values += values;
        total.hidden += hidden;
      }
    }
    assert.equal(next, screens.length - 1);
    return total;
  }
});
