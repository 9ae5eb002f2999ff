import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import type { OpenHandler } from '../channel-handler.ts';
import { openSftpChannel } from './sftp-channel.ts';
import { SftpClient } from './sftp-client.fixture.ts';
import { openSftpWorld, type SftpWorld, type WorldOptions } from './sftp-world.fixture.ts';

/** Where the tests of a `describe` work. */
export interface SftpPlace {
  /** Canonical; new for each test, and where the target's server starts. */
  readonly directory: string;
  /** A path in the directory. */
  readonly at: (name: string) => string;
  /** What the test opened last. */
  readonly seen: () => SftpWorld;
  /** Opens a channel, which is closed with the test. */
  readonly open: (handler: OpenHandler, options?: WorldOptions) => SftpWorld;
  /** A client of SFTP that has begun. */
  readonly begin: (options?: WorldOptions) => Promise<SftpClient>;
}

/** Gives each test a directory, and closes behind it what it opened. */
export function useSftpWorld(): SftpPlace {
  let directory = '';
  let world: SftpWorld | undefined;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'sftp-')));
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
    rmSync(directory, { recursive: true });
  });

  const open = (handler: OpenHandler, options: WorldOptions = {}): SftpWorld => {
    world = openSftpWorld(handler, directory, options);
    return world;
  };
  return {
    get directory() {
      return directory;
    },
    at: (name) => join(directory, name),
    seen() {
      if (world === undefined) throw new Error('Cannot see the world: none is open');
      return world;
    },
    open,
    async begin(options) {
      const client = new SftpClient(open(openSftpChannel, options));
      await client.begin();
      return client;
    },
  };
}
