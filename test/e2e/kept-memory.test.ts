import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Environment, startEnvironment } from './environment.ts';
import {
  cString,
  errorFields,
  message,
  parse,
  type RawConnection,
  signIn,
  sync,
} from './raw-connection.ts';

/** Nobody has to be permitted to do nothing. */
const NOTHING = `/* ${'x'.repeat(60_000)} */`;
const close = (name: string): Buffer => message('C', Buffer.from('S'), cString(name));
/** More of it than a session may hold. */
const COUNT = 700;

describe('the memory that statements of one session take', () => {
  let environment: Environment;
  let connection: RawConnection;
  before(async () => {
    environment = await startEnvironment({ patients: 1 });
  });
  after(() => environment[Symbol.asyncDispose]());
  beforeEach(async () => {
    connection = await signIn(environment.gateway);
  });
  afterEach(() => connection[Symbol.dispose]());

  it('is bounded for those with a name, and given back as they are closed', async () => {
    let refused: string | undefined;
    let count = 0;
    while (refused === undefined && count < COUNT) refused = await prepare(`s${count++}`);
    assert.equal(refused, '54000');
    assert.ok(count > 300, String(count));
    assert.equal(await prepare(''), undefined);
    connection.send(close('s0'), close('s1'), sync());
    await connection.messagesUntil('Z');
    assert.equal(await prepare('t'), undefined);
    assert.equal(await prepare('u'), '54000');
  });

  it('is bounded for those that a client has in flight', async () => {
    connection.send(...Array.from({ length: COUNT }, () => parse('', NOTHING)));
    // Nobody asked the server for it but the gateway.
    assert.equal((await connection.message()).type, '1');
    connection.send(sync());
    const answers = await connection.messagesUntil('Z');
    assert.equal(answers.length, COUNT);
  });

  /** The SQLSTATE with which it was refused. */
  async function prepare(name: string): Promise<string | undefined> {
    connection.send(parse(name, NOTHING), sync());
    const answers = await connection.messagesUntil('Z');
    const error = answers.find(({ type }) => type === 'E');
    return error && errorFields(error.body)['C'];
  }
});
