import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  bind,
  cString,
  errorFields,
  execute,
  int16,
  message,
  parse,
  query,
  signIn,
  sync,
} from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';

const POLICIES = `
@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);
`;

const FIRST = [
  { name: 'PREPARE', sent: query('PREPARE a AS SELECT 1'), readyMessages: 1 },
  { name: 'Parse', sent: parse('a', 'SELECT 1'), readyMessages: 0 },
];

describe('a prepared statement whose name is given anew in flight', () => {
  let gateway: ReviewedGateway;
  before(async () => {
    gateway = await startReviewedGateway({ policies: POLICIES });
  });
  after(() => gateway[Symbol.asyncDispose]());

  for (const [index, { name, sent, readyMessages }] of FIRST.entries()) {
    it(`is not what a ${name} made it, where a text behind that does so and fails`, async () => {
      const where = `id = ${10 + index}`;
      using connection = await signIn(gateway.as('ana'));
      connection.send(
        sent,
        query(`DEALLOCATE a; PREPARE a AS DELETE FROM notes WHERE ${where}; SELECT 1/0`),
      );
      for (let count = 0; count <= readyMessages; count++) await connection.messagesUntil('Z');
      connection.send(bind('', 'a'), execute(''), sync());
      const answers = await connection.messagesUntil('Z');
      const error = answers.find(({ type }) => type === 'E');
      assert.equal(error && errorFields(error.body)['C'], '42501');
      assert.equal(await countNotes(where), 1);
    });
  }

  it('is what it was where a second COPY of a text drops the Parse', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(parse('a', 'DELETE FROM notes WHERE id = 12'), sync());
    await connection.messagesUntil('Z');
    connection.send(query('COPY notes FROM STDIN; COPY notes FROM STDIN'));
    await connection.messagesUntil('G');
    connection.send(message('H'));
    connection.send(message('c'), parse('a', 'SELECT 1'), bind('', 'a'), execute(''), sync());
    // PostgreSQL 13 drops it and goes on; later ones end the connection.
    await Promise.race([connection.untilClosed(), gateway.next()]);
    assert.equal(await countNotes('id = 12'), 1);
  });

  it('is what the server reads, where its encoding changes in flight', async () => {
    using connection = await signIn(gateway.as('ana'));
    const utf8 = Buffer.from('é\0');
    connection.send(query("SET client_encoding = 'LATIN1'"));
    await connection.messagesUntil('Z');
    const latin1 = Buffer.from('é\0', 'latin1');
    const erase = cString('DELETE FROM notes WHERE id = 13');
    connection.send(message('P', utf8, 'SELECT 1', int16(0)));
    connection.send(message('P', latin1, erase, int16(0)), sync());
    await connection.messagesUntil('Z');
    const values = Buffer.alloc(6);
    connection.send(
      query("SET client_encoding = 'UTF8'"),
      ...[message('B', '', utf8, values), execute(''), sync()],
    );
    await connection.messagesUntil('Z');
    const answers = await connection.messagesUntil('Z');
    assert.ok(answers.some(({ type }) => type === 'E'));
    assert.equal(await countNotes('id = 13'), 1);
  });

  it('is not one that the server cuts to the same name, in another encoding than the client has', async () => {
    using connection = await signIn(gateway.as('ana'));
    connection.send(query("SET client_encoding = 'LATIN1'"));
    await connection.messagesUntil('Z');
    // Of 40 bytes in LATIN1; of 80 in UTF-8, of which the server keeps 63.
    const plain = Buffer.from(`${'é'.repeat(39)}a\0`, 'latin1');
    const cut = Buffer.from(`${'é'.repeat(39)}b\0`, 'latin1');
    const erase = cString('DELETE FROM notes WHERE id = 14');
    connection.send(message('P', plain, 'SELECT 1', int16(0)), sync());
    await connection.messagesUntil('Z');
    connection.send(
      message('C', Buffer.from('S'), cut),
      message('P', cut, erase, int16(0)),
      sync(),
    );
    await connection.messagesUntil('Z');
    connection.send(message('B', '', plain, Buffer.alloc(6)), execute(''), sync());
    const answers = await connection.messagesUntil('Z');
    assert.ok(answers.some(({ type }) => type === 'E'));
    assert.equal(await countNotes('id = 14'), 1);
  });

  async function countNotes(where: string): Promise<number> {
    const text = `SELECT count(*) FROM notes WHERE ${where}`;
    return Number(await gateway.server.execute(text, 'hospital'));
  }
});
