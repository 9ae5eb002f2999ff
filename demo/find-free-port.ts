import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that Linux gives to connections that go out (`ip_local_port_range`): one of these nobody has by chance. */
const PORTS = { first: 20_000, count: 12_000 };
const ATTEMPTS_MAX = 100;

/** What this process found before: it may not listen there yet. */
const found = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody had when it was looked for, and that is given to nobody who does not ask for it. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = PORTS.first + randomInt(PORTS.count);
    if (found.has(port) || !(await isFree(port))) continue;
    found.add(port);
    return port;
  }
  throw new Error(`Cannot find a free port: ${ATTEMPTS_MAX} were taken`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
