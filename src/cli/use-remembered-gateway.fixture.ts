import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { createFakeServices } from '../../test/control-plane/fake-services.ts';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../test/control-plane/start-fake-control-plane.ts';
import { rememberGateway } from './gateway-settings.ts';

/** A gateway whose address and authority the command line knows, while the tests of a `describe` run. */
export interface RememberedGateway {
  /** Home directory of whoever runs commands. */
  readonly home: string;
  readonly plane: FakeControlPlane;
}

/** Starts a control plane for the tests of the `describe` that it is called in, with new services before each. */
export function useRememberedGateway(): RememberedGateway {
  let home = '';
  let fake: FakeControlPlane | undefined;
  const plane = (): FakeControlPlane => {
    if (fake === undefined) throw new Error('Cannot use the control plane: no test runs');
    return fake;
  };
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
    fake = await startFakeControlPlane();
    const { url, ca, services } = fake;
    const configuration = services.clientConfiguration();
    await rememberGateway({ HOME: home }, { url, ca, configuration });
  });
  beforeEach(() => {
    plane().services = createFakeServices();
  });
  after(async () => {
    await plane()[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    get home() {
      return home;
    },
    get plane() {
      return plane();
    },
  };
}
