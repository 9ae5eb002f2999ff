import type { Configuration } from '../configuration/load-configuration.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { type DeviceProvider, DeviceSignIns } from '../identity/device-sign-ins.ts';
import { OidcEndpoints } from '../identity/oidc-client.ts';

/** Sign-ins by a code, at the provider where `sallyport login` signs people in; as the configuration has it now. */
export function openDeviceSignIns(
  configuration: () => Configuration,
  authenticator: Pick<Authenticator, 'authenticate'>,
): DeviceSignIns {
  let known: { readonly of: Configuration; readonly provider: DeviceProvider | undefined };
  return new DeviceSignIns({
    provider: () => {
      const of = configuration();
      // What was learned of a provider is kept for as long as the configuration is.
      if (known?.of !== of) known = { of, provider: findProvider(of) };
      return known.provider;
    },
    authenticator,
    lifetimeMs: () => configuration().ssh.certificateLifetimeMs,
    nowMs: Date.now,
  });
}

function findProvider({ ssh, identity }: Configuration): DeviceProvider | undefined {
  const people = identity.providers.find(({ kind }) => kind === 'person');
  if (!ssh.deviceSignIn || people === undefined) return undefined;
  const { issuer, clientId = 'sallyport', scopes, caFile } = people;
  const client = { issuer, clientId, clientSecret: undefined, scopes, caFile };
  return { endpoints: new OidcEndpoints(client, Date.now), scopes };
}
