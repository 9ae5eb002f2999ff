import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../demo/find-free-port.ts';
import {
  type LabelledResource,
  readLabelledResources,
  scoreResources,
} from '../../tools/score-fhir.ts';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import { pathOf, serveFhir } from './fhir-server.ts';
import { READERS } from './read-paths.ts';

/** Labelled examples of FHIR R4, which the repository holds no copy of: see the README beside. */
const FOLDER = fileURLToPath(new URL('../../../shared/phi/fhir-r4-examples/', import.meta.url));

/** `ana` sees no class; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);`;

const UNTOUCHED_MIN = 0.99;

for (const speaks of ['tls', 'h2'] as const) {
  describe(`labelled resources of a FHIR server that speaks ${speaks}`, () => {
    let world: HttpEnvironment;
    let resources: readonly LabelledResource[];
    let paths: readonly string[];
    /** What the first client was shown: all are shown the same. */
    let shown: readonly string[];

    before(async () => {
      await access(FOLDER).catch(() => {
        assert.fail(`The labelled resources are expected in ${FOLDER}`);
      });
      resources = readLabelledResources(FOLDER);
      const texts = resources.map(({ text }) => text);
      paths = texts.map(pathOf);
      const apiPort = await findFreePort();
      world = await startHttpEnvironment({
        policies: POLICIES,
        upstream: { speaks, handler: serveFhir(texts) },
        gateway: [[['listeners', 'api', 'address'], `127.0.0.1:${apiPort}`]],
        target: [[['fhir'], '/']],
        dataMap: {},
      });
    });
    after(() => world?.[Symbol.asyncDispose]());

    for (const { name, version, read } of READERS) {
      it(`are shown to ${name}, as to all others`, async () => {
        const { bodies, versions } = await read(world, paths);
        assert.deepEqual(versions, new Set([version]));
        shown ??= bodies;
        assert.deepEqual(bodies, shown);
      });
    }

    it('have every value masked that must be, and nearly all others as they were, in valid FHIR', () => {
      const score = scoreResources(resources, shown);
      assert.equal(score.mustMasked, score.mustCount);
      assert(score.mustCount > 0);
      assert(score.otherUntouched >= UNTOUCHED_MIN * score.otherCount, JSON.stringify(score));
      assert.equal(score.invalidCount, 0);
      // Narratives and notes, in which detectors find what they can.
      assert(score.checkHeld >= UNTOUCHED_MIN * score.checkCount, JSON.stringify(score));
    });

    it('are found by searches as they are read', async () => {
      const found = new Map<string, string>();
      for (const type of new Set(paths.map((path) => path.split('/')[1]))) {
        const answer = await world.fetch(`/${type}`, { subject: 'ana' });
        const { entry } = (await answer.json()) as {
          readonly entry: readonly { readonly resource: object }[];
        };
        for (const { resource } of entry) {
          const text = JSON.stringify(resource);
          found.set(pathOf(text), text);
        }
      }
      const inOrder = paths.map((path) => found.get(path) ?? '{}');
      const score = scoreResources(resources, inOrder);
      assert.equal(score.mustMasked, score.mustCount);
      assert(score.otherUntouched >= UNTOUCHED_MIN * score.otherCount, JSON.stringify(score));
      assert.equal(score.invalidCount, 0);
    });

    it('are shown byte by byte as they are to who may see every class', async () => {
      for (const { text } of resources) {
        const answer = await world.fetch(pathOf(text), { subject: 'noor' });
        assert.equal(await answer.text(), text);
      }
    });
  });
}
