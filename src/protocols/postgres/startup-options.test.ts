import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { formatSetting, listStartupSettings } from './startup-options.ts';

function list(options: string): readonly (readonly [string, string])[] {
  return listStartupSettings(new Map([['options', options]]));
}

describe('listStartupSettings', () => {
  it('leaves out what is no setting, and puts options first', () => {
    const parameters = new Map([
      ['user', 'ana'],
      ['database', 'd'],
      ['replication', 'false'],
      ['application_name', 'psql'],
      ['options', '-c search_path=a'],
    ]);
    assert.deepEqual(listStartupSettings(parameters), [
      ['search_path', 'a'],
      ['application_name', 'psql'],
    ]);
  });

  it('reads every spelling that the server reads', () => {
    const expected = [['work_mem', '1MB']];
    for (const options of [
      '-c work_mem=1MB',
      '-cwork_mem=1MB',
      '--work_mem=1MB',
      ' \t--work-mem=1MB\n',
    ]) {
      assert.deepEqual(list(options), expected);
    }
    assert.deepEqual(list('-c search_path=a\\ b\\\\'), [['search_path', 'a b\\']]);
    assert.deepEqual(list('-c a.b=c=d'), [['a.b', 'c=d']]);
  });

  for (const name of ['user', 'database', 'replication', 'options', 'USER', '_pq_.x']) {
    it(`refuses ${name} in options: it would choose another login`, () => {
      assert.throws(() => list(`-c ${name}=postgres`), ProtocolError);
      assert.throws(() => list(`--${name}=postgres`), ProtocolError);
    });
  }

  for (const options of ['-c', '-c a', '-c =b', '-d 5', 'a=b', '--', '-B 1', '-c a=b c']) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => list(options), ProtocolError);
    });
  }
});

describe('formatSetting', () => {
  it('writes one statement, whatever is in the name and the value', () => {
    assert.equal(formatSetting('my.setting_1', 'a'), "SET my.setting_1 = 'a'");
    const written = formatSetting('x = 1; DROP TABLE t; "', "'; DROP TABLE t; --");
    assert.equal(written, `SET "x = 1; DROP TABLE t; """ = '''; DROP TABLE t; --'`);
  });
});
