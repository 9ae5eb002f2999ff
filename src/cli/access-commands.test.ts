import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CliOutcome, runForOutcome } from './cli-outcome.fixture.ts';
import { useRememberedGateway } from './use-remembered-gateway.fixture.ts';

describe('commands about access', () => {
  const gateway = useRememberedGateway();

  /** Runs a command as `alice`, `bob` or `officer`. */
  function run(who: string, ...args: readonly string[]): Promise<CliOutcome> {
    return runForOutcome(args, {
      environment: { HOME: gateway.home, SALLYPORT_TOKEN: `${who}-token` },
    });
  }

  describe('sallyport reviews', () => {
    it('lists what waits, without what the reader may not see', async () => {
      const { code, out } = await run('officer', 'reviews', 'list');
      assert.equal(code, 0);
      assert.match(out, /req_bob +operation +bob@example\.test/);
      assert.doesNotMatch(out, /123-45-6789/);
      const other = await run('alice', 'reviews', 'list');
      assert.equal(other.out, '');
      assert.match(other.err, /No access request waits for you/);
    });

    it('shows who asks for what, and how to answer', async () => {
      const { code, out, err } = await run('officer', 'reviews', 'show', 'req_bob');
      assert.equal(code, 0);
      assert.match(out, /^who {8}bob@example\.test \(idp:bob\), in staff$/m);
      assert.match(out, /^reviewers {2}1 of privacy-officers$/m);
      assert.match(out, /^ {2}WHERE ssn = '•••'$/m);
      assert.match(out, /^\$1 {9}•••$/m);
      assert.match(err, /Next: sallyport reviews approve req_bob/);
    });

    it('approves, once', async () => {
      const first = await run('officer', 'reviews', 'approve', 'req_bob', '--comment', 'fine');
      assert.deepEqual([first.code, first.err], [0, 'Approved req_bob of bob@example.test.\n']);
      const second = await run('officer', 'reviews', 'approve', 'req_bob');
      assert.equal(second.code, 1);
      assert.match(second.err, /the access request is approved/);
    });

    it('rejects only with a comment', async () => {
      assert.equal((await run('officer', 'reviews', 'reject', 'req_bob')).code, 2);
      const { code, err } = await run('officer', 'reviews', 'reject', 'req_bob', '--comment', 'no');
      assert.deepEqual([code, err], [0, 'Rejected req_bob of bob@example.test.\n']);
    });

    it('is refused an own request, with the exit code for it', async () => {
      const { code, err } = await run('bob', 'reviews', 'approve', 'req_bob');
      assert.equal(code, 4);
      assert.match(err, /nobody reviews an own request/);
    });

    it('withdraws an own request', async () => {
      assert.equal((await run('bob', 'reviews', 'withdraw', 'req_bob')).code, 0);
      assert.equal((await run('officer', 'reviews', 'withdraw', 'req_bob')).code, 4);
      assert.equal((await run('alice', 'reviews', 'withdraw', 'req_bob')).code, 1);
    });

    it('prints what the contract says as JSON', async () => {
      const { out } = await run('officer', 'reviews', 'list', '--json');
      const { requests } = JSON.parse(out) as { readonly requests: readonly { id: string }[] };
      assert.deepEqual(
        requests.map(({ id }) => id),
        ['req_bob'],
      );
    });
  });

  describe('sallyport request and grants', () => {
    const ASK = ['--target', 'hospital', '--for', '1h', '--reason', 'incident 4711'];

    it('asks for a grant', async () => {
      const { code, err } = await run('alice', 'request', 'on-call', ...ASK);
      assert.equal(code, 0);
      assert.match(err, /^on-call on hospital is yours until /);
    });

    it('says when policy does not let the glass be broken', async () => {
      const { code, err } = await run('alice', 'request', 'on-call', ...ASK, '--break-glass');
      assert.equal(code, 4);
      assert.match(err, /no policy permits it/);
    });

    it('rejects a length that is none, and a missing reason', async () => {
      const long = ['--target', 'hospital', '--for', 'long', '--reason', 'x'];
      assert.equal((await run('alice', 'request', 'on-call', ...long)).code, 2);
      const silent = ['--target', 'hospital', '--for', '1h'];
      assert.equal((await run('alice', 'request', 'on-call', ...silent)).code, 2);
    });

    it('lists and revokes', async () => {
      const list = await run('bob', 'grants', 'list', '--mine');
      assert.match(list.out, /gr_bob +on-call +bob@example\.test +hospital/);
      const { code, err } = await run('bob', 'grants', 'revoke', 'gr_bob', '--reason', 'done');
      assert.deepEqual([code, err], [0, 'Revoked on-call of bob@example.test on hospital.\n']);
      assert.equal((await run('alice', 'grants', 'revoke', 'gr_bob', '--reason', 'x')).code, 1);
    });

    it('lists what can be asked for', async () => {
      const { out } = await run('alice', 'grants', 'kinds', '--target', 'hospital');
      assert.match(out, /on-call +1h +with-review +no +At night/);
    });
  });

  describe('sallyport delegations', () => {
    it('creates, lists and ends', async () => {
      const create = ['create', 'idp:officer', '--for', '5d', '--reason', 'vacation'];
      const created = await run('alice', 'delegations', ...create);
      assert.equal(created.code, 0);
      assert.match(created.err, /idp:officer reviews in your place until .* \(del_0\)/);
      assert.match((await run('alice', 'delegations', 'list')).out, /del_0/);
      assert.equal((await run('bob', 'delegations', 'list')).out, '');
      assert.equal((await run('alice', 'delegations', 'end', 'del_0')).code, 0);
      assert.equal((await run('bob', 'delegations', 'end', 'del_0')).code, 1);
    });
  });

  describe('sallyport sessions', () => {
    it('searches statements, and ends a session with a reason', async () => {
      const found = await run('officer', 'sessions', 'list', '--search', 'patients', '--json');
      const { sessions } = JSON.parse(found.out) as {
        readonly sessions: readonly { id: string }[];
      };
      assert.deepEqual(
        sessions.map(({ id }) => id),
        ['s-bob'],
      );
      const missing = { read: ['g1', 'gw.0'], missing: ['elsewhere.0'] };
      assert.deepEqual((JSON.parse(found.out) as { readonly coverage: unknown }).coverage, missing);
      const table = await run('officer', 'sessions', 'list', '--search', 'patients');
      assert.match(table.err, /^Not looked through: elsewhere\.0\. /);
      const { code, err } = await run(
        'officer',
        'sessions',
        'end',
        's-bob',
        '--reason',
        'left open',
      );
      assert.equal(code, 0);
      assert.match(err, /^The session of bob@example\.test on hospital ends within seconds/);
      assert.equal((await run('officer', 'sessions', 'end', 's-bob')).code, 2);
    });
  });
});
