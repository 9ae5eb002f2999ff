import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bind, errorFields, execute, parse, query, signIn, sync } from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';

const POLICIES = `
@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);
`;

const FIRST = [
  { name: 'PREPARE', sent: query('PREPARE a AS SELECT 1'), readyMessages: 1 },
  { name: 'Parse', sent: parse('a', 'SELECT 1'), readyMessages: 0 },
];

describe('a name that a text gives anew before it fails', () => {
  let gateway: ReviewedGateway;
  before(async () => {
    gateway = await startReviewedGateway({ policies: POLICIES });
  });
  after(() => gateway[Symbol.asyncDispose]());

  for (const [index, { name, sent, readyMessages }] of FIRST.entries()) {
    it(`does not stand for what the ${name} in flight before it gave it`, async () => {
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
      const left = `SELECT count(*) FROM notes WHERE ${where}`;
      assert.equal(Number(await gateway.server.execute(left, 'hospital')), 1);
    });
  }
});
