import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SshContestant } from './ssh-contestants.ts';

const CHUNK: Buffer = Buffer.alloc(256 * 1024, 'transfer ');

/** Megabytes a second that a command on the host prints to the client. */
export async function transferDown({ options }: SshContestant, bytes: number): Promise<number> {
  const startedAtMs = performance.now();
  const client = spawn('ssh', [...options, `head -c ${bytes} /dev/zero`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let received = 0;
  client.stdout.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(client, 'close');
  return megabytesPerSecond(bytes, received, startedAtMs);
}

/** Megabytes a second from the client into a command on the host, which says how much came. */
export async function transferUp({ options }: SshContestant, bytes: number): Promise<number> {
  const startedAtMs = performance.now();
  const client = spawn('ssh', [...options, 'wc -c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(client, 'close');
  let counted = '';
  client.stdout.setEncoding('utf8').on('data', (text: string) => {
    counted += text;
  });
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    const hasRoom = client.stdin.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)));
    if (!hasRoom) await once(client.stdin, 'drain');
  }
  client.stdin.end();
  await closed;
  return megabytesPerSecond(bytes, Number(counted), startedAtMs);
}

/** A transfer that was cut short would look fast. */
function megabytesPerSecond(bytes: number, arrived: number, startedAtMs: number): number {
  if (arrived !== bytes)
    throw new Error(`Cannot measure transfer: ${arrived} of ${bytes} bytes came`);
  return bytes / 1e6 / ((performance.now() - startedAtMs) / 1000);
}
