import { z } from 'zod';

const HOST_NAME = /^(?:[a-z0-9][a-z0-9-]{0,62}\.)*[a-z0-9][a-z0-9-]{0,62}$/;
const HOST_NAME_LENGTH_MAX = 253;

/** The name of a host or an IPv4 address, in lower case. */
export function hostName(): z.ZodType<string> {
  return z
    .string()
    .max(HOST_NAME_LENGTH_MAX)
    .regex(HOST_NAME, 'must be the name of a host or an IPv4 address, in lower case');
}
