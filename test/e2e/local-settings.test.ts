import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { errorFields, query, type RawConnection, signIn } from './raw-connection.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';

const POLICIES = `
@id("look-at-deletes") @review("privacy-officers") @reason("Deleting is looked at first")
forbid (principal, action == Action::"sql.delete", resource);
`;
/** One row where the setting is in force; where it is not, all. */
const erase = (id: number): string =>
  `DELETE FROM notes WHERE id = ${id} OR current_setting('app.patient', true) = ''`;

describe('what was approved under a setting of its transaction', () => {
  let gateway: ReviewedGateway;
  before(async () => {
    gateway = await startReviewedGateway({ policies: POLICIES });
  });
  after(() => gateway[Symbol.asyncDispose]());

  for (const [index, end] of ['COMMIT', 'COMMIT AND CHAIN'].entries()) {
    it(`does not run behind ${end}, which takes the setting back`, async () => {
      const text = erase(10 + index);
      const count = await countNotes();
      using first = await begin();
      assert.equal(await run(first, text), '42501');
      const { id } = await gateway.next('pending', text);
      await gateway.review(id, 'approve');
      await gateway.next('approved');

      using second = await begin();
      assert.equal(await run(second, end), undefined);
      assert.equal(await run(second, text), '42501');
      assert.equal(await countNotes(), count);

      using third = await begin();
      assert.equal(await run(third, text), undefined);
      await run(third, 'ROLLBACK');
    });
  }

  async function begin(): Promise<RawConnection> {
    const connection = await signIn(gateway.as('ci-claims'));
    await run(connection, 'BEGIN');
    await run(connection, "SET LOCAL app.patient = '10'");
    return connection;
  }

  /** The SQLSTATE with which it failed. */
  async function run(connection: RawConnection, text: string): Promise<string | undefined> {
    connection.send(query(text));
    const answers = await connection.messagesUntil('Z');
    const error = answers.find(({ type }) => type === 'E');
    return error && errorFields(error.body)['C'];
  }

  async function countNotes(): Promise<number> {
    return Number(await gateway.server.execute('SELECT count(*) FROM notes', 'hospital'));
  }
});
