import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_HISTORY } from '../signals/principal-history.ts';
import { openPrivateStore } from './private-store.fixture.ts';

test('a connection that is cut in a transaction fails the transaction, and nothing else', async () => {
  await using opened = await openPrivateStore();
  const { alerts } = opened.store;
  const places = new Map([['gw-1.0', { seq: 1, segment: 's', offset: 1 }]]);
  const learned = {
    places,
    sessions: new Map(),
    histories: new Map([['okta:ana', EMPTY_HISTORY]]),
  };
  await opened.query(`create function wait() returns trigger language plpgsql as
    $$ begin perform pg_sleep(60); return new; end $$;
    create trigger wait before insert on sallyport.signal_places for each row execute function wait()`);
  const failing = assert.rejects(alerts.save('gw-1', [], learned), /terminat/);
  const isSaving = `select pid from pg_stat_activity where query like 'insert into sallyport.signal_places%' and wait_event = 'PgSleep'`;
  while ((await opened.query(isSaving)).length === 0);
  await opened.query(`select pg_terminate_backend(pid) from (${isSaving}) saving`);
  await failing;
  assert.equal((await alerts.load('gw-1')).histories.size, 0);
});
