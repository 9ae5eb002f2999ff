import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_EFFECTS } from '../../sql/postgres/statement-builder.ts';
import type { Statement } from '../../sql/statement.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { NamedEffects } from './pending-request.ts';
import type { Prepared } from './prepared.ts';
import { SessionNames } from './session-names.ts';

const STATEMENT: Statement = {
  operations: [],
  effects: NO_EFFECTS,
  start: 0,
  length: 0,
  copy: undefined,
};

function prepared(text: string): Prepared {
  const analysis = {
    statements: [],
    syntaxError: undefined,
    refusal: undefined,
    unresolved: [],
    dependsOnLiterals: false,
  };
  return { text, textSha256: text, analysis, contextKey: '', searchPathKey: '', relationsKey: '' };
}

const prepares = (name: string, text: string): NamedEffects => ({
  effects: { ...NO_EFFECTS, prepares: { name, statement: STATEMENT } },
  prepared: prepared(text),
});
const declares = (name: string, text: string): NamedEffects => ({
  effects: { ...NO_EFFECTS, declares: { name, statement: STATEMENT } },
  prepared: prepared(text),
});
const deallocates = (name: string): NamedEffects => ({
  effects: { ...NO_EFFECTS, deallocates: { name } },
  prepared: undefined,
});

/** A simple query that succeeds. */
function query(names: SessionNames, ...named: readonly NamedEffects[]): void {
  names.query(named);
  names.ready(false);
}

function textsOf(names: SessionNames, name: string): readonly string[] | 'unknown' {
  const found = names.findStatement(name);
  return found === 'unknown' ? found : found.map(({ text }) => text);
}

describe('SessionNames', () => {
  it('sets a name when the server says so, and not before', () => {
    const names = new SessionNames();
    names.parse('a', prepared('A'));
    names.sync();
    assert.ok(names.dependsOnAnswer('parse', 'a'));
    names.parseComplete();
    names.ready(false);
    assert.deepEqual(textsOf(names, 'a'), ['A']);
    assert.ok(names.isIdle);
  });

  it('waits for no earlier batch where the batch at hand gives the name itself', () => {
    const names = new SessionNames();
    const later = prepared('LATER');
    for (const portal of ['', 'p']) {
      names.bind(portal, [prepared('EARLIER')], 's');
      names.execute([], true);
    }
    names.sync();
    assert.ok(names.dependsOnAnswer('bind', ''));
    names.closePortal('');
    assert.ok(names.dependsOnAnswer('bind', ''));
    names.bind('', [later], 's');
    assert.ok(!names.dependsOnAnswer('bind', ''));
    assert.deepEqual(names.findPortal(''), [later]);
    assert.ok(names.dependsOnAnswer('bind', 'p'));
    names.sync();
    assert.ok(names.dependsOnAnswer('bind', ''));
  });

  it('leaves what failed, and what was skipped after it, as it was', () => {
    const names = new SessionNames();
    names.parse('a', prepared('A'));
    names.parseComplete();
    names.parse('a', prepared('B'));
    names.closeStatement('a');
    names.query([prepares('c', 'C')]);
    names.failed();
    names.query([prepares('d', 'D')]);
    names.parse('e', prepared('E'));
    names.sync();
    assert.equal(names.syncsPending, 1);
    names.ready(false);
    assert.equal(names.syncsPending, 0);
    assert.ok(names.isIdle);
    assert.deepEqual(textsOf(names, 'a'), ['A']);
    for (const name of ['d', 'e']) assert.equal(textsOf(names, name), 'unknown');
  });

  it('takes what comes behind the Sync of a failed batch for real', () => {
    const names = new SessionNames();
    names.parse('a', prepared('A'));
    names.failed();
    names.parse('b', prepared('skipped'));
    names.sync();
    names.parse('b', prepared('B'));
    names.sync();
    names.ready(false);
    names.parseComplete();
    names.ready(false);
    assert.deepEqual(textsOf(names, 'b'), ['B']);
    assert.ok(names.isIdle);
  });

  it('is not idle while the server waits for a Sync', () => {
    const names = new SessionNames();
    names.parse('a', prepared('A'));
    names.failed();
    names.query([]);
    assert.equal(names.isIdle, false);
  });

  it('keeps both meanings of a name when a query failed somewhere', () => {
    const names = new SessionNames();
    query(names, prepares('a', 'A'));
    names.query([deallocates('a'), prepares('a', 'B')]);
    names.failed();
    names.ready(false);
    assert.deepEqual(textsOf(names, 'a'), ['A', 'B']);
    query(names, prepares('a', 'C'));
    assert.deepEqual(textsOf(names, 'a'), ['C']);
  });

  it('keeps what a query that failed may have named, whatever answers came before its own', () => {
    const names = new SessionNames();
    names.query([prepares('a', 'A')]);
    names.query([deallocates('a'), prepares('a', 'B')]);
    names.parse('b', prepared('A'));
    names.query([deallocates('b'), prepares('b', 'B')]);
    names.ready(false);
    names.failed();
    names.ready(false);
    names.parseComplete();
    names.failed();
    names.ready(false);
    for (const name of ['a', 'b']) assert.deepEqual(textsOf(names, name), ['A', 'B']);
  });

  it('takes DEALLOCATE "all" for one statement as long as there is one of that name', () => {
    const names = new SessionNames();
    query(names, prepares('a', 'A'), prepares('all', 'X'));
    query(names, deallocates('all'));
    assert.deepEqual(textsOf(names, 'a'), ['A']);
    query(names, deallocates('all'));
    assert.equal(textsOf(names, 'a'), 'unknown');
  });

  it('keeps cursors WITH HOLD beyond their transaction, and no others', () => {
    const names = new SessionNames();
    names.query([declares('c', 'DECLARE c CURSOR WITH HOLD'), declares('d', 'DECLARE d CURSOR')]);
    names.ready(true);
    query(names);
    assert.notEqual(names.findPortal('c'), 'unknown');
    assert.equal(names.findPortal('d'), 'unknown');
  });

  it('knows of nothing what it is once names are read otherwise', () => {
    const names = new SessionNames();
    query(names, prepares('a', 'A'));
    names.forget();
    assert.equal(textsOf(names, 'a'), 'unknown');
    names.query([prepares('a', 'B')]);
    names.failed();
    names.ready(false);
    assert.equal(textsOf(names, 'a'), 'unknown');
  });

  it('does not expect an answer to a Sync that a COPY swallows', () => {
    const names = new SessionNames();
    names.execute([]);
    names.sync();
    names.copyIn();
    assert.equal(names.syncsPending, 0);
    names.copyData();
    names.copyEnd();
    names.sync();
    names.executed();
    names.ready(false);
    assert.ok(names.isIdle);
  });

  it('follows a COPY whose data was sent ahead', () => {
    const names = new SessionNames();
    names.query([]);
    names.copyData();
    names.copyEnd();
    names.query([]);
    names.copyIn();
    assert.equal(names.isCopying, false);
    names.ready(false);
    names.ready(false);
    assert.ok(names.isIdle);
  });

  it('gives up where it cannot know whether a COPY took a message', () => {
    const names = new SessionNames();
    names.query([]);
    names.copyIn();
    names.copyData();
    assert.throws(() => names.sync(), ProtocolError);
    assert.throws(() => names.query([]), ProtocolError);
  });

  it('gives up where more copies are ended than requests can be in flight', () => {
    const names = new SessionNames();
    names.parse('a', prepared('A'));
    const end = (): void => {
      names.copyData();
      names.copyEnd();
    };
    assert.throws(() => {
      for (let count = 0; count < 50_000; count++) end();
    }, ProtocolError);
    assert.ok(names.pendingCount <= 20_001);
  });

  it('gives up a name that may stand for too much', () => {
    const names = new SessionNames();
    for (const text of 'ABCDEF') {
      names.query([prepares('a', text)]);
      names.failed();
      names.ready(false);
    }
    assert.equal(textsOf(names, 'a'), 'unknown');
  });

  it('counts what is in flight, however long it goes on', () => {
    const names = new SessionNames();
    for (let count = 0; count < 5_000; count++) {
      names.query([]);
      if (count > 2) names.ready(false);
    }
    assert.equal(names.pendingCount, 3);
  });

  it('looks through what it keeps once until an answer comes, however often it is asked whether that is too much', () => {
    const names = new SessionNames();
    let looks = 0;
    const long = 'x'.repeat(4 * 1024 * 1024);
    for (let count = 0; count < 10; count++) {
      const text = `${long}${count}`;
      names.parse(`s${count}`, {
        ...prepared(''),
        get text() {
          looks += 1;
          return text;
        },
      });
      names.parseComplete();
    }
    looks = 0;
    for (let count = 0; count < 500; count++) assert.ok(names.isFull);
    assert.equal(looks, 10);
    for (let count = 0; count < 5; count++) {
      names.closeStatement(`s${count}`);
      assert.ok(names.isFull);
    }
    assert.equal(looks, 10);
    for (let count = 0; count < 5; count++) names.closeComplete();
    assert.ok(!names.isFull);
  });
});
