import { after, before, beforeEach } from 'node:test';
import { createFakeServices, type FakeServices } from './fake-services.ts';
import { type FakeControlPlane, startFakeControlPlane } from './start-fake-control-plane.ts';

/** A control plane while the tests of a `describe` run. */
export type UsedControlPlane = Pick<FakeControlPlane, 'controlPlane' | 'ca' | 'services'>;

/** Starts a control plane for the tests of the `describe` that it is called in. @param makeServices Called before each. */
export function useFakeControlPlane(
  makeServices: () => FakeServices = createFakeServices,
): UsedControlPlane {
  let started: FakeControlPlane | undefined;
  const plane = (): FakeControlPlane => {
    if (started === undefined) throw new Error('Cannot use the control plane: no test runs');
    return started;
  };
  before(async () => {
    started = await startFakeControlPlane();
  });
  beforeEach(() => {
    plane().services = makeServices();
  });
  after(() => plane()[Symbol.asyncDispose]());
  return {
    get controlPlane() {
      return plane().controlPlane;
    },
    get ca() {
      return plane().ca;
    },
    get services() {
      return plane().services;
    },
    set services(services) {
      plane().services = services;
    },
  };
}
