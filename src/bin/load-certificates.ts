import type { Configuration } from '../configuration/load-configuration.ts';
import {
  type ListenerCertificate,
  loadListenerCertificate,
} from '../gateway/listener-certificate.ts';
import { listSiteNames } from '../targets/site-directory.ts';
import { listAuthorities } from './open-web-identity.ts';

/** In the order of the listeners. */
export interface ListenerCertificates {
  readonly postgres: readonly ListenerCertificate[];
  readonly http: readonly ListenerCertificate[];
}

/** Loads what the listeners of all protocols show their clients. */
export async function loadCertificates(
  configuration: Configuration,
): Promise<ListenerCertificates> {
  const { listeners, gateway } = configuration;
  const postgres: ListenerCertificate[] = [];
  for (const { tls } of listeners.postgres) {
    postgres.push(await loadListenerCertificate(tls, gateway.dataDirectory));
  }
  const http: ListenerCertificate[] = [];
  const authorities = listAuthorities(configuration);
  for (const { tls, clientAuthorities: asked } of listeners.http) {
    const clientAuthorities = authorities
      .filter(({ settings }) => asked.includes(settings.name))
      .map(({ certificatesPem }) => certificatesPem);
    const names = listSiteNames(configuration);
    http.push(
      await loadListenerCertificate(tls, gateway.dataDirectory, { clientAuthorities, names }),
    );
  }
  return { postgres, http };
}
