import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_EFFECTS } from '../../sql/postgres/statement-builder.ts';
import type { SessionEffects } from '../../sql/statement.ts';
import { SessionSettings } from './session-settings.ts';

function settingsWith(path: readonly string[]): SessionSettings {
  const settings = new SessionSettings('target/database', 'session', new Set());
  settings.learnSearchPath(path);
  return settings;
}

function setPath(searchPath: SessionEffects['searchPath']): SessionEffects {
  return { ...NO_EFFECTS, searchPath };
}

describe('SessionSettings', () => {
  it('does not know the search path before it asked', () => {
    const settings = new SessionSettings('t/d', 's', new Set());
    assert.equal(settings.isSearchPathKnown, false);
    assert.equal(settings.context.searchPaths, undefined);
  });

  it('keeps the old path beside a new one, and every place where the search may begin', () => {
    const settings = settingsWith(['public']);
    settings.expect(setPath(['unusable', 'phi']));
    assert.deepEqual(settings.context.searchPaths, [['public'], ['unusable', 'phi'], ['phi']]);
    assert.equal(settings.isSearchPathKnown, false);
  });

  it('gives up on "$user", on what it cannot read, and on too many alternatives', () => {
    for (const path of [['$user', 'public'], 'unknown' as const, 'abcdefghi'.split('')]) {
      const settings = settingsWith(['public']);
      settings.expect(setPath(path));
      assert.equal(settings.context.searchPaths, undefined);
    }
  });

  it('follows a path beyond ASCII, unless a text that sets it may not have been read as it is', () => {
    const settings = settingsWith(['public']);
    settings.report('client_encoding', 'UTF8');
    settings.report('server_encoding', 'UTF8');
    settings.expect(setPath(['bücher']));
    assert.deepEqual(settings.context.searchPaths, [['public'], ['bücher']]);
    const other = settingsWith(['public']);
    // What was prepared in KOI8R runs in UTF8.
    for (const encoding of ['UTF8', 'KOI8R', 'UTF8']) other.report('client_encoding', encoding);
    other.expect(setPath(['bucher']));
    assert.deepEqual(other.context.searchPaths, [['public'], ['bucher']]);
    other.expect(setPath(['bücher']));
    assert.equal(other.context.searchPaths, undefined);
  });

  it('forgets at the end of a transaction what was set in it', () => {
    const settings = settingsWith(['public']);
    settings.transactionEnded();
    assert.deepEqual(settings.context.searchPaths, [['public']]);
    settings.expect(setPath(['other']));
    settings.transactionEnded();
    assert.equal(settings.context.searchPaths, undefined);
  });

  it('takes a report of the path for a reason to ask again', () => {
    const settings = settingsWith(['public']);
    settings.report('search_path', '"$user", public');
    assert.equal(settings.context.searchPaths, undefined);
  });

  it('does not trust how text is read between a change and its report', () => {
    const settings = settingsWith(['public']);
    settings.expectLexingChange();
    assert.equal(settings.context.standardConformingStrings, false);
    settings.report('standard_conforming_strings', 'off');
    settings.settle();
    assert.equal(settings.context.standardConformingStrings, false);
    settings.report('standard_conforming_strings', 'on');
    assert.equal(settings.context.standardConformingStrings, true);
  });

  it('remembers its own objects, each once, until a catalog shows them; temporary ones for ever', () => {
    const settings = settingsWith(['public']);
    const created = [
      { schema: 'public', name: 'a' },
      { schema: 'pg_temp', name: 'b' },
    ];
    for (let count = 0; count < 5_000; count++) settings.expect({ ...NO_EFFECTS, created });
    assert.deepEqual(settings.context.overlay, created);
    assert.equal(settings.isOverlayFull, false);
    settings.forgetCommittedOverlay();
    assert.deepEqual(settings.context.overlay, [{ schema: 'pg_temp', name: 'b' }]);
  });

  it('never drops an object for another: it says that it is full', () => {
    const settings = settingsWith(['public']);
    const created = Array.from({ length: 5_000 }, (_, index) => ({
      schema: 'pg_temp',
      name: `t${index}`,
    }));
    settings.expect({ ...NO_EFFECTS, created });
    assert.equal(settings.isOverlayFull, true);
    assert.equal(settings.context.overlay[0]?.name, 't0');
  });

  it('shares its key with sessions of equal settings only', () => {
    const [one, other] = ['one', 'other'].map((id) => {
      const settings = new SessionSettings('t/d', id, new Set());
      settings.learnSearchPath(['public']);
      return settings;
    }) as [SessionSettings, SessionSettings];
    assert.equal(one.contextKey, other.contextKey);
    const changes: ((settings: SessionSettings) => void)[] = [
      (settings) => settings.expect({ ...NO_EFFECTS, created: [{ schema: undefined, name: 'a' }] }),
      (settings) => settings.learnSearchPath(['phi']),
      (settings) => settings.report('client_encoding', 'LATIN1'),
      (settings) => settings.expectLexingChange(),
    ];
    for (const change of changes) {
      const before = one.contextKey;
      change(one);
      assert.notEqual(one.contextKey, before);
      assert.notEqual(one.contextKey, other.contextKey);
    }
  });

  it('shares its key with no session for which other functions are allowed', () => {
    const keyOf = (...functions: readonly string[]): string =>
      new SessionSettings('t/d', 'one', new Set(functions)).contextKey;
    assert.equal(keyOf('public.f', 'public.g'), keyOf('public.g', 'public.f'));
    assert.equal(new Set([keyOf(), keyOf('public.f'), keyOf('public.g')]).size, 3);
  });

  it('has another meaning for what the client asked for at its start', () => {
    const meaningOf = (...requested: readonly (readonly [string, string])[]): string => {
      const settings = new SessionSettings('t/d', 'one', new Set());
      settings.noteStart(requested);
      return settings.meaningKey;
    };
    const none = meaningOf();
    assert.equal(meaningOf(['application_name', 'psql'], ['client_encoding', 'UTF8']), none);
    const on = meaningOf(['transform_null_equals', 'on']);
    assert.notEqual(on, none);
    assert.notEqual(on, meaningOf(['transform_null_equals', 'off']));
  });
});
