/**
 * Appends entries under load until it is killed, or told to stop by SIGTERM. Standard output tells what
 * became of each: `s 7` sealed, `w 8` written, `e 9` refused.
 *
 * Arguments: data directory, index of the first entry, how many operations are under way at once.
 */
import { writeSync } from 'node:fs';
import { openLedger } from '../../src/audit/ledger.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';

const [dataDirectory = '', first = '', concurrency = ''] = process.argv.slice(2);
const ledger = await openLedger({
  dataDirectory,
  dayKeys: openTestKeys(dataDirectory),
  logName: 'gw-1.0',
  nowMs: Date.now,
  segmentBytesMax: 256 * 1024,
  checkpointIntervalMs: 25,
  onEvent: (event) => writeSync(2, `${event.kind}\n`),
});

let isStopped = false;
let next = Number(first);
writeSync(1, 'open\n');

function appendOne(session: string): void {
  if (isStopped) return;
  const index = next++;
  const mode = index % 3 === 0 ? 'written' : 'sealed';
  // Some entries are larger than the pages of a disk.
  const text = 'x'.repeat(index % 50 === 0 ? 20_000 : index % 200);
  ledger.append({ kind: 'operation', session, index, content: { text } }, mode, (error) => {
    writeSync(1, `${error === undefined ? mode.charAt(0) : 'e'} ${index}\n`);
    if (error === undefined) setImmediate(appendOne, session);
    else setTimeout(appendOne, 10, session);
  });
}

ledger.append({ kind: 'gateway.start', first }, 'sealed', () => {});
for (let index = 0; index < Number(concurrency); index++) appendOne(`session-${first}-${index}`);

process.on('SIGTERM', () => {
  isStopped = true;
  void ledger.close().then(() => process.exit(0));
});
