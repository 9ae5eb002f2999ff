import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { SignedCheckpoint } from '../checkpoint-writer.ts';
import { findCosignature, type WitnessKey, witnessVerifier } from '../cosignature.ts';
import { hashLeaf, MerkleFrontier } from '../merkle-frontier.ts';
import { formatVerifierKey, parseVerifierKey, signCheckpoint, splitNote } from '../signed-note.ts';
import { TileTree } from '../tile-tree.ts';
import type { KnownWitness } from './ask-witness.ts';
import { type ServedWitness, serveWitness } from './serve-witness.ts';
import { Witness } from './witness.ts';
import { type WitnessEvent, WitnessQuorum } from './witness-quorum.ts';

const ORIGIN = 'gw-1.0';
const logKey = generateKeyPairSync('ed25519');
const logVerifier = parseVerifierKey(formatVerifierKey(ORIGIN, logKey.publicKey));
const LEAVES = Array.from({ length: 200 }, (_, index) =>
  Buffer.from(hashLeaf(Buffer.from(`entry ${index}`)), 'hex'),
);

let directory: string;
const opened: AsyncDisposable[] = [];
const silent: Server[] = [];

function checkpointAt(size: number, leaves: readonly Buffer[] = LEAVES): SignedCheckpoint {
  const frontier = new MerkleFrontier();
  for (const leaf of leaves.slice(0, size)) frontier.append(leaf);
  const checkpoint = { origin: ORIGIN, size, root: frontier.root() };
  return { ...checkpoint, note: signCheckpoint(checkpoint, logKey.privateKey) };
}

interface Running extends KnownWitness {
  readonly served: ServedWitness;
}

async function startWitness(name: string, knows = true): Promise<Running> {
  const key: WitnessKey = { name, privateKey: generateKeyPairSync('ed25519').privateKey };
  const witness = new Witness({
    directory: path.join(directory, name),
    key,
    findLogKeys: async () => (knows && logVerifier !== undefined ? [logVerifier] : []),
    nowMs: Date.now,
  });
  const served = await serveWitness(witness, {
    host: '127.0.0.1',
    port: 0,
    onError: (error) => assert.fail(error),
  });
  opened.push(served);
  const url = `http://127.0.0.1:${served.port}`;
  return { verifier: witnessVerifier(key), url, served };
}

/** Something that listens where a witness should. */
async function startStranger(name: string, answer: RequestListener): Promise<KnownWitness> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  silent.push(server);
  const key = { name, privateKey: generateKeyPairSync('ed25519').privateKey };
  const { port } = server.address() as AddressInfo;
  return { verifier: witnessVerifier(key), url: `http://127.0.0.1:${port}/` };
}

interface Asked {
  readonly quorum: WitnessQuorum;
  readonly kept: string[];
  readonly events: WitnessEvent[];
  nowMs: number;
}

function ask(witnesses: readonly KnownWitness[], required: number): Asked {
  const asked = { kept: [] as string[], events: [] as WitnessEvent[], nowMs: 0 };
  const quorum = new WitnessQuorum({
    witnesses,
    required,
    staleAfterMs: 60_000,
    prove: (oldSize, { size }) => new TileTree(directory, size).proveConsistency(oldSize),
    addCosignatures: async ({ note }, lines) => void asked.kept.push(note + lines.join('')),
    nowMs: () => asked.nowMs,
    onEvent: (event) => asked.events.push(event),
  });
  return Object.assign(asked, { quorum });
}

function cosigners(note: string, witnesses: readonly KnownWitness[]): readonly string[] {
  const split = splitNote(note);
  assert(typeof split === 'object');
  return witnesses
    .filter(({ verifier }) => findCosignature(split, verifier) !== undefined)
    .map(({ verifier }) => verifier.name);
}

describe('WitnessQuorum', () => {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-quorum-'));
    await mkdir(path.join(directory, 'tile/0/000.p'), { recursive: true });
    for (let size = 1; size <= LEAVES.length; size++) {
      const tile = path.join(directory, 'tile/0/000.p', String(size));
      await writeFile(tile, Buffer.concat(LEAVES.slice(0, size)));
    }
  });
  after(async () => {
    for (const served of opened) await served[Symbol.asyncDispose]();
    for (const server of silent) {
      server.close();
      server.closeAllConnections();
    }
    await rm(directory, { recursive: true });
  });

  it('keeps what several witnesses cosigned below one checkpoint', async () => {
    const witnesses = [await startWitness('a'), await startWitness('b')];
    const asked = ask(witnesses, 2);
    assert(!asked.quorum.isWitnessed);
    for (const size of [3, 64, 130]) await asked.quorum.hear(checkpointAt(size));
    assert.equal(asked.kept.length, 3);
    for (const note of asked.kept) assert.deepEqual(cosigners(note, witnesses), ['a', 'b']);
    assert(asked.quorum.isWitnessed);
    assert.equal(asked.quorum.witnessedSize, 130);
    assert.deepEqual(asked.events, []);
  });

  it('goes on from where the witnesses stand, after a start', async () => {
    const witnesses = [await startWitness('c')];
    await ask(witnesses, 1).quorum.hear(checkpointAt(40));
    const again = ask(witnesses, 1);
    await again.quorum.hear(checkpointAt(40));
    await again.quorum.hear(checkpointAt(50));
    assert.equal(again.kept.length, 2);
  });

  it('is not held up by a witness that does not answer, nor by one that is not there', async () => {
    const requests: (() => void)[] = [];
    const hanging = await startStranger('hanging', (_, response) =>
      requests.push(() => response.end()),
    );
    const gone = await startStranger('gone', (_, response) => response.destroy());
    const good = await startWitness('d');
    const asked = ask([hanging, gone, good], 1);
    const heard = asked.quorum.hear(checkpointAt(10));
    while (asked.kept.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(cosigners(asked.kept[0] ?? '', [good]), ['d']);
    assert(asked.quorum.isWitnessed);
    // The next checkpoint does not wait for the first one's answers either.
    await asked.quorum.hear(checkpointAt(20));
    assert.equal(asked.kept.length, 2);
    for (const answer of requests) answer();
    await heard;
    assert.deepEqual(
      asked.quorum.witnesses.map(({ failure }) => failure?.kind),
      ['refused', 'unreachable', undefined],
    );
  });

  it('tells once of a witness that fails, and that it is back', async () => {
    let isUp = false;
    const witness = await startWitness('e');
    const door = await startStranger('e', (request, response) => {
      if (!isUp) return void response.destroy();
      void (async () => {
        const body = Buffer.concat(await request.toArray());
        const answer = await fetch(`${witness.url}${request.url}`, { method: 'POST', body });
        response.writeHead(answer.status).end(await answer.text());
      })();
    });
    const asked = ask([{ ...door, verifier: witness.verifier }], 1);
    await asked.quorum.hear(checkpointAt(5));
    await asked.quorum.hear(checkpointAt(6));
    isUp = true;
    await asked.quorum.hear(checkpointAt(7));
    assert.deepEqual(
      asked.events.map(({ kind }) => kind),
      ['failed', 'cosigned-again'],
    );
  });

  it('says that a log was rolled back, or is another one', async () => {
    const witness = await startWitness('f');
    await ask([witness], 1).quorum.hear(checkpointAt(100));
    const rolledBack = ask([witness], 1);
    await rolledBack.quorum.hear(checkpointAt(90));
    const forged = LEAVES.with(3, Buffer.alloc(32));
    const forked = ask([witness], 1);
    await forked.quorum.hear(checkpointAt(100, forged));
    for (const { quorum, kept } of [rolledBack, forked]) {
      assert.equal(quorum.witnesses[0]?.failure?.kind, 'contradicted');
      assert.deepEqual(kept, []);
      assert(!quorum.isWitnessed);
    }
  });

  it('takes no cosignature of another key, and none of another checkpoint', async () => {
    const [own, other] = [await startWitness('g'), await startWitness('h')];
    const asked = ask([{ ...own, url: other.url }], 1);
    await asked.quorum.hear(checkpointAt(10));
    assert.deepEqual(asked.kept, []);
    assert.equal(asked.quorum.witnesses[0]?.failure?.kind, 'refused');
    const unknown = await startWitness('i', false);
    const refused = ask([unknown], 1);
    await refused.quorum.hear(checkpointAt(10));
    assert.deepEqual(refused.quorum.witnesses[0]?.failure, { kind: 'refused', status: 404 });
  });

  it('is stale when too few have cosigned for too long, and has them cosign again before', async () => {
    const [good, bad] = [await startWitness('j'), await startStranger('k', (_, r) => r.destroy())];
    const asked = ask([good, bad], 1);
    const hear = async (atMs: number): Promise<number> => {
      asked.nowMs = atMs;
      await asked.quorum.hear(checkpointAt(10));
      return asked.kept.length;
    };
    assert.equal(await hear(0), 1);
    assert.equal(await hear(15_000), 1);
    assert.equal(await hear(25_000), 2);
    assert(!asked.quorum.isStale);
    await good.served[Symbol.asyncDispose]();
    opened.splice(opened.indexOf(good.served), 1);
    await hear(85_001);
    assert(asked.quorum.isStale);
    assert(!asked.quorum.isWitnessed);
    assert.equal(asked.events.at(-1)?.kind, 'stale');
  });

  it('needs nobody where nobody is required', async () => {
    const asked = ask([], 0);
    asked.nowMs = 1e9;
    await asked.quorum.hear(checkpointAt(10));
    assert(asked.quorum.isWitnessed);
    assert(!asked.quorum.isStale);
    assert.equal(asked.quorum.witnessedSize, 10);
  });
});
