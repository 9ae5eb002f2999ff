import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { HttpRequestHead } from '../exchange.ts';
import { ProblemError } from '../problem.ts';
import { KubernetesDescriber } from './kubernetes-describer.ts';

const WARD = '/api/v1/namespaces/ward';
const JSON_TYPE: readonly (readonly [string, string])[] = [['content-type', 'application/json']];

function request(
  method: string,
  target: string,
  others: Partial<HttpRequestHead> = {},
): HttpRequestHead {
  const [path = '', query = ''] = target.split('?');
  return {
    ...{ method, scheme: 'https', authority: 'ward.sallyport', path, query, version: '1.1' },
    ...{ fields: FieldList.empty, upgrade: undefined, bodyBytes: 0, ...others },
  };
}

function openDescriber(labels: readonly string[] = []): KubernetesDescriber {
  return new KubernetesDescriber(async () => labels);
}

describe('KubernetesDescriber', () => {
  it('says what is asked of which object, and remembers it', () => {
    const describer = openDescriber();
    const operation = describer.describe(request('GET', `${WARD}/pods?labelSelector=app%3Dweb`));
    assert.equal(
      operation,
      describer.describe(request('GET', `${WARD}/pods?labelSelector=app%3Dweb`)),
    );
    const [{ action, facts } = { action: '', facts: {} }] = operation.actions;
    assert.equal(action, 'k8s.list');
    assert.equal(facts['resource'], 'pods');
    assert.equal(facts['namespace'], 'ward');
    assert.equal(facts['labelSelector'], 'app=web');
    assert.equal(operation.text, `GET ${WARD}/pods?labelSelector=app%3Dweb`);
  });

  it('tells discovery from other paths without objects', () => {
    const actionOf = (method: string, path: string): string | undefined =>
      openDescriber().describe(request(method, path)).actions[0]?.action;
    for (const path of ['/api', '/api/v1', '/apis/apps/v1', '/version', '/openapi/v3/api/v1']) {
      assert.equal(actionOf('GET', path), 'k8s.discovery', path);
    }
    assert.equal(actionOf('GET', '/metrics'), 'k8s.raw');
    assert.equal(actionOf('POST', '/api/v1'), 'k8s.raw');
  });

  it('reads a command word by word, and through shells', () => {
    const query =
      'container=app&command=sh&command=-c&command=rm%20-r%20%27/a%20b%27&tty=1&stdin=true';
    const operation = openDescriber().describe(request('GET', `${WARD}/pods/web/exec?${query}`));
    assert.equal(operation.text, `exec ward/web -c app -i -t -- sh -c 'rm -r '\\''/a b'\\'''`);
    const facts = operation.actions[0]?.facts ?? {};
    assert.equal(operation.actions[0]?.action, 'k8s.exec');
    assert.deepEqual(facts['commands'], ['sh', 'rm']);
    assert((facts['effects'] as readonly string[]).includes('delete'));
    assert.equal(facts['observed'], false);
  });

  it('takes a command for the same by WebSocket and by SPDY, so that an approval is for either', () => {
    const describer = openDescriber();
    const path = `${WARD}/pods/web/exec?command=id`;
    const get = describer.describe(request('GET', path, { upgrade: 'websocket' }));
    const post = describer.describe(request('POST', path, { upgrade: 'spdy/3.1' }));
    assert.deepEqual([get.text, get.meaning], [post.text, post.meaning]);
  });

  it('knows nothing of what runs where somebody attaches', () => {
    const { actions } = openDescriber().describe(request('POST', `${WARD}/pods/web/attach`));
    assert.equal(actions[0]?.facts['opaque'], true);
  });

  it('asks for the labels of pods, and is incomplete without', async () => {
    const head = request('GET', `${WARD}/pods/web/log`);
    const described = openDescriber(['app=web']);
    const completed = await described.complete(head, described.describe(head));
    assert(completed?.kind === 'complete');
    assert.deepEqual(completed.operation.actions[0]?.facts['labels'], ['app=web']);
    const silent = new KubernetesDescriber(() => Promise.reject(new Error('nobody answers')));
    const incomplete = await silent.complete(head, silent.describe(head));
    assert.equal(incomplete?.kind, 'incomplete');
    assert.equal(
      described.complete(request('GET', `${WARD}/pods`), described.describe(head)),
      undefined,
    );
  });

  it('takes a request for a dry run only where nothing overrules it', () => {
    const dryRunOf = (head: HttpRequestHead, body?: string): unknown => {
      const describer = openDescriber();
      const operation =
        body === undefined
          ? describer.describe(head)
          : describer.describeWithBody(head, Buffer.from(body));
      return operation.actions[0]?.facts['dryRun'];
    };
    const fields = FieldList.of(JSON_TYPE);
    const deleting = request('DELETE', `${WARD}?dryRun=All`, { fields, bodyBytes: 9 });
    assert.equal(dryRunOf(request('POST', `${WARD}/pods?dryRun=All`)), true);
    assert.equal(dryRunOf(request('POST', `${WARD}/pods?dryRun=All&dryRun=`)), false);
    assert.equal(dryRunOf(request('DELETE', `${WARD}?dryRun=All`)), true);
    assert.equal(openDescriber().describe(deleting).bodyBytesMax, 64 * 1024);
    assert.equal(dryRunOf(deleting), false);
    assert.equal(dryRunOf(deleting, ''), true);
    assert.equal(dryRunOf(deleting, '{}'), false);
    assert.equal(dryRunOf(deleting, '{"dryRun":["All"]}'), true);
    assert.equal(dryRunOf(deleting, '{"dryRun":["All"],"dryRun":[]}'), false);
    assert.equal(dryRunOf({ ...deleting, fields: FieldList.empty }, '{"dryRun":["All"]}'), false);
  });

  it('refuses queries that API servers read in different ways', () => {
    const hidden = 'command=true;&command=rm&command=-rf&command=/data';
    const old = 'command=true&x;command=rm';
    for (const query of [hidden, old, 'dryRun=All;', 'tty=false;&tty=true']) {
      const head = request('POST', `${WARD}/pods/web/exec?${query}`);
      assert.throws(() => openDescriber().describe(head), ProblemError, query);
    }
    const proxied = request('GET', `${WARD}/pods/web/proxy/?a;b`);
    assert.equal(openDescriber().describe(proxied).actions[0]?.action, 'k8s.proxy');
    const escaped = request('POST', `${WARD}/pods/web/exec?command=sh&command=-c&command=a%3Bb`);
    const [first] = openDescriber().describe(escaped).actions;
    assert.deepEqual(first?.facts['commands'], ['sh', 'a', 'b']);
  });

  it('refuses whoever says as whom it is to be taken', () => {
    for (const name of [
      'impersonate-user',
      'impersonate_group',
      'x-remote-user',
      'x_remote_group',
    ]) {
      const head = request('GET', '/api', { fields: FieldList.of([[name, 'root']]) });
      assert.throws(() => openDescriber().describe(head), ProblemError);
    }
  });
});
