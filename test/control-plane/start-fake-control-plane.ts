import {
  type ControlPlane,
  startControlPlane,
} from '../../src/control-plane/start-control-plane.ts';
import { createFakeServices, type FakeServices } from './fake-services.ts';
import { makeTestCertificate } from './test-certificate.ts';

/** A real control plane in front of services in memory, which each test replaces with its own. */
export interface FakeControlPlane extends AsyncDisposable {
  readonly controlPlane: ControlPlane;
  /** Authority of its certificate, PEM. */
  readonly ca: string;
  readonly url: string;
  services: FakeServices;
  /** Has its clients go elsewhere. */
  readonly draining: AbortController;
}

/** Starts one on loopback. */
export async function startFakeControlPlane(): Promise<FakeControlPlane> {
  const { ca, cert, key } = await makeTestCertificate();
  const current = { services: createFakeServices() };
  const draining = new AbortController();
  const controlPlane = await startControlPlane({
    address: { host: '127.0.0.1', port: 0 },
    tls: { cert, key },
    draining: draining.signal,
    services: new Proxy(current.services, {
      get: (_target, name) => Reflect.get(current.services, name) as unknown,
    }),
  });
  return {
    controlPlane,
    ca,
    draining,
    url: `https://127.0.0.1:${controlPlane.address.port}`,
    get services() {
      return current.services;
    },
    set services(services) {
      current.services = services;
    },
    [Symbol.asyncDispose]: () => controlPlane.close(),
  };
}
