import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PeopleStore } from '../access/access-store.ts';
import type { Principal } from '../identity/principal.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const T0 = Date.parse('2026-01-02T03:04:05Z');
const ANA: Principal = {
  id: 'okta:ana',
  issuer: 'okta',
  subject: 'ana',
  kind: 'person',
  displayName: 'Ana',
  groups: ['officers', 'staff'],
  signIn: 'oidc-token',
  expiresAtMs: T0 + 86_400_000,
};

let opened: PrivateStore;
let people: PeopleStore;

describe('PostgresPeople', () => {
  before(async () => {
    opened = await openPrivateStore();
    people = opened.access.people;
  });
  after(() => opened[Symbol.asyncDispose]());

  it('does not take an older token for what the provider says today, however late it is shown', async () => {
    const before = { ...ANA, vouchedAtMs: T0 };
    const since = { ...ANA, groups: ['staff'], displayName: 'Ana B.', vouchedAtMs: T0 + 60_000 };
    await people.note(before, T0 + 1_000);
    await people.note(since, T0 + 61_000);
    await people.note(before, T0 + 3_600_000);
    const known = await people.find(ANA.id);
    assert.deepEqual([known?.groups, known?.name], [['staff'], 'Ana B.']);
    assert.equal(known?.lastSeenAtMs, T0 + 3_600_000);
  });

  it('takes what was said at the same second, or later, and what does not say when it was', async () => {
    const bob = { ...ANA, id: 'okta:bob', vouchedAtMs: T0 } as const;
    const groups = async (): Promise<readonly string[] | undefined> =>
      (await people.find(bob.id))?.groups;
    await people.note(bob, T0);
    await people.note({ ...bob, groups: ['a'] }, T0);
    assert.deepEqual(await groups(), ['a']);
    await people.note({ ...bob, groups: ['b'], vouchedAtMs: T0 + 1_000 }, T0 + 1_000);
    assert.deepEqual(await groups(), ['b']);
    const { vouchedAtMs: _, ...undated } = bob;
    await people.note({ ...undated, groups: ['c'] }, T0 + 2_000);
    assert.deepEqual(await groups(), ['c']);
  });

  it('takes what is said of who was known before it was kept when that was said', async () => {
    await people.note({ ...ANA, id: 'okta:old' }, T0);
    await opened.query("update sallyport.people set vouched_at = null where id = 'okta:old'");
    await people.note({ ...ANA, id: 'okta:old', groups: [], vouchedAtMs: T0 - 9_000 }, T0 + 1_000);
    assert.deepEqual((await people.find('okta:old'))?.groups, []);
  });

  it('gives nobody a group that was written into the store without the key, or sealed for somebody else', async () => {
    await people.note({ ...ANA, id: 'okta:eve', groups: ['staff'], person: 'e-7' }, T0);
    await people.note({ ...ANA, id: 'okta:boss' }, T0);
    const sealedOf = async (id: string): Promise<string> => {
      const [row] = await opened.query(
        `select encode(sealed, 'hex') as sealed from sallyport.people where id = '${id}'`,
      );
      return `decode('${String(row?.['sealed'])}', 'hex')`;
    };
    const [own, other] = [await sealedOf('okta:eve'), await sealedOf('okta:boss')];
    const look = async (changed: string): Promise<readonly unknown[]> => {
      await opened.query(`update sallyport.people set ${changed} where id = 'okta:eve'`);
      const known = await people.find('okta:eve');
      return [known?.isVouched, known?.groups, known?.person];
    };
    assert.deepEqual(await look("groups = '{officers}', person = null, kind = 'workload'"), [
      ...[true, ['staff'], 'e-7'],
    ]);
    assert.equal((await people.find('okta:eve'))?.kind, 'person');
    const nobody = [false, [], undefined];
    assert.deepEqual(await look(`sealed = ${other}`), nobody);
    assert.deepEqual(await look('sealed = null'), nobody);
    assert.deepEqual(await look(`sealed = ${own}, vouched_at = 'infinity'`), nobody);
    const listed = await people.list({ text: 'okta:eve', cursor: undefined, limit: 5 });
    assert.deepEqual(listed.items[0]?.groups, []);
  });

  it('says of which person they were who have not signed in since there are seals, with no group', async () => {
    await people.note({ ...ANA, id: 'okta:dee', person: 'd-4' }, T0);
    await opened.query("update sallyport.people set sealed = null where id = 'okta:dee'");
    const known = await people.find('okta:dee');
    assert.deepEqual([known?.isVouched, known?.groups, known?.person], [false, [], 'd-4']);
  });

  it('knows somebody again who signs in after their row was damaged', async () => {
    const cy = { ...ANA, id: 'okta:cy', vouchedAtMs: T0 };
    await people.note(cy, T0);
    await opened.query("update sallyport.people set sealed = null where id = 'okta:cy'");
    await people.note(cy, T0 + 1_000);
    assert.deepEqual((await people.find('okta:cy'))?.groups, ANA.groups);
  });
});
