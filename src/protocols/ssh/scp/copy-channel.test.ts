import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CopyCommand, OpenHandler } from '../channel-handler.ts';
import { openSftpChannel } from '../sftp/sftp-channel.ts';
import { mapFiles, openSftpWorld, type SftpWorld } from '../sftp/sftp-world.fixture.ts';
import { openCopyChannel } from './copy-channel.ts';

const PUSH: CopyCommand = {
  kind: 'git',
  direction: 'sink',
  paths: [{ kind: 'literal', text: 'r.git', maySplit: false }],
};
const RSYNC: CopyCommand = { ...PUSH, kind: 'rsync', deletes: false };

function openerOf(command: CopyCommand): OpenHandler {
  return (_operation, context, ends) => openCopyChannel(command, context, ends);
}

const SAID = 'remote: 519-15-3541, as a hook has it\n';

describe('What a target says beside files', () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sallyport-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  async function toldBy(open: OpenHandler, shown: readonly string[] = []): Promise<string> {
    const dataMap = { output: 'inspect' } as const;
    const world: SftpWorld = openSftpWorld(open, directory, { dataMap, shown });
    for (const byte of Buffer.from(SAID)) world.handler.deliver(Buffer.of(byte), 'stderr');
    world.handler.deliverEnd();
    await world.close();
    return world.told();
  }

  it('is looked through for who may not see all that output may hold', async () => {
    for (const open of [openerOf(PUSH), openerOf(RSYNC), openSftpChannel]) {
      assert.equal(await toldBy(open), 'remote: [ssn], as a hook has it\n');
      assert.equal(await toldBy(open, ['free-text']), SAID);
    }
  });

  it('is looked through in a push, which is all of git that is left to who may not see all files', async () => {
    const dataMap = {
      output: 'inspect',
      files: [mapFiles('/**/p.csv', 'csv', { ssn: 'ssn' })],
    } as const;
    const world = openSftpWorld(openerOf(PUSH), directory, { dataMap });
    world.handler.deliver(Buffer.from(SAID), 'stderr');
    world.handler.deliverEnd();
    await world.close();
    assert.equal(world.failure(), undefined);
    assert.equal(world.told(), 'remote: [ssn], as a hook has it\n');
  });
});
