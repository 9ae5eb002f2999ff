import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Verdict } from '../operation-clearance.ts';
import type { ChannelContext, ChannelEnds } from './channel-handler.ts';
import { ChannelFrames } from './recorded-frame.ts';
import { ScriptChannel } from './script-channel.ts';
import { openShellActions } from './shell-actions.ts';

const REFUSED: Verdict = { kind: 'refused', message: 'no' };

interface World {
  readonly channel: ScriptChannel;
  readonly asked: string[];
  readonly passed: () => string;
  readonly told: () => string;
  readonly answer: () => void;
}

/** A shell whose commands are allowed unless they hold a word; one that holds `wait` is decided by `answer`. */
function openScript(forbidden: string): World {
  let answer: () => void = () => undefined;
  const asked: string[] = [];
  const passed: Buffer[] = [];
  let told = '';
  const nothing = (): void => undefined;
  const ends: ChannelEnds = {
    toTarget: (bytes) => void passed.push(Buffer.from(bytes)),
    isTargetTaking: true,
    endTarget: nothing,
    toClient(bytes) {
      told += bytes.toString();
    },
    endClient: nothing,
    holdClient: nothing,
    releaseClient: nothing,
    holdTarget: nothing,
    releaseTarget: nothing,
    exit: nothing,
    fail: nothing,
  };
  const context = {
    account: 'deploy',
    frames: new ChannelFrames(undefined, 1),
    shell: openShellActions('deploy'),
    clearance: {
      clear({ text }, listener) {
        asked.push(text);
        const tell = (): void =>
          listener.onVerdict(text.includes(forbidden) ? REFUSED : { kind: 'allowed' });
        if (text.includes('wait')) answer = tell;
        else tell();
        return { withdraw: nothing };
      },
    },
    masking: () => undefined,
  } satisfies Partial<ChannelContext>;
  const channel = new ScriptChannel(context as unknown as ChannelContext, ends);
  return {
    channel,
    asked,
    passed: () => Buffer.concat(passed).toString(),
    told: () => told,
    answer: () => answer(),
  };
}

describe('ScriptChannel', () => {
  it('decides one whole command after the other, and passes nothing on behind one that is refused', () => {
    const { channel, asked, passed, told } = openScript('rm');
    channel.receive(Buffer.from('if true\nthen id\nfi\necho a\nrm x\necho b\n'));
    assert.deepEqual(asked, ['if true\nthen id\nfi', 'echo a', 'rm x']);
    assert.equal(passed(), 'if true\nthen id\nfi\necho a\n');
    assert.equal(told(), 'no\n');
  });

  it('passes on at once what is whole, however it is cut', () => {
    const script = 'cat <<END\nrm x\nEND\necho "a\nb"\n';
    const { channel, passed, asked } = openScript('nothing');
    for (const byte of Buffer.from(script)) channel.receive(Buffer.of(byte));
    assert.equal(passed(), script);
    assert.equal(asked.length, 2);
  });

  it('parses a construct of many lines a few times, not anew for each line', () => {
    const { channel, asked, passed } = openScript('nothing');
    const script = 'if true\n'.repeat(32 * 1024);
    channel.receive(Buffer.from(script));
    channel.receiveEnd();
    assert.equal(passed(), script);
    assert(asked.length > 1);
  });

  it('copies what comes byte by byte a few times while a command is decided, not anew with each', (t) => {
    const { channel, passed, answer } = openScript('nothing');
    const concat = Buffer.concat.bind(Buffer);
    let copiedBytes = 0;
    t.mock.method(Buffer, 'concat', (parts: readonly Buffer[]) => {
      const whole = concat(parts);
      copiedBytes += whole.length;
      return whole;
    });
    const script = `${'x'.repeat(99)}\n`.repeat(300);
    channel.receive(Buffer.from('wait\n'));
    for (const byte of Buffer.from(script)) channel.receive(Buffer.of(byte));
    assert(copiedBytes <= script.length, `${copiedBytes} bytes`);
    assert.equal(passed(), '');
    answer();
    channel.receiveEnd();
    assert.equal(passed(), `wait\n${script}`);
  });
});
