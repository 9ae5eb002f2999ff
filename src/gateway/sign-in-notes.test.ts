import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal } from '../identity/principal.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { ALICE } from './session.fixture.ts';
import { SignInNotes } from './sign-in-notes.ts';

describe('SignInNotes', () => {
  it('keeps a sign-in, and the same again only after a while', async () => {
    const kept: Principal[] = [];
    let nowMs = 0;
    const note = async (principal: Principal): Promise<void> => void kept.push(principal);
    const notes = new SignInNotes({ note }, () => nowMs, SILENT_LOG);
    await notes.note(ALICE);
    await notes.note(ALICE);
    assert.equal(kept.length, 1);
    await notes.note({ ...ALICE, groups: [] });
    assert.equal(kept.length, 2);
    nowMs = 60_000;
    await notes.note({ ...ALICE, groups: [] });
    assert.equal(kept.length, 3);
  });

  it('does not take groups of earlier for those of today: of a token, a certificate, a browser', async () => {
    const note = (): Promise<void> => assert.fail('it was kept');
    const notes = new SignInNotes({ note }, () => 0, SILENT_LOG);
    const methods = [
      'sallyport-token',
      'ssh-certificate',
      'oidc-browser',
      'saml',
      'slack',
    ] as const;
    for (const signIn of methods) await notes.note({ ...ALICE, signIn });
  });

  it('keeps a sign-in in a browser when it begins', async () => {
    const kept: Principal[] = [];
    const note = async (principal: Principal): Promise<void> => void kept.push(principal);
    const notes = new SignInNotes({ note }, () => 0, SILENT_LOG);
    await notes.noteBegun({ ...ALICE, signIn: 'oidc-browser' });
    assert.equal(kept.length, 1);
  });

  it('turns nobody away when the store is away, and keeps the next one', async () => {
    let tries = 0;
    const note = async (): Promise<void> => {
      tries += 1;
      if (tries === 1) throw new Error('the store is away');
    };
    const notes = new SignInNotes({ note }, () => 0, SILENT_LOG);
    await notes.note(ALICE);
    await notes.note(ALICE);
    assert.equal(tries, 2);
  });
});
