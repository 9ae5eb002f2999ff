import { z } from 'zod';
import { JSON_TYPE, type Route, type RouteAccess } from './route.ts';
import { ROUTES } from './routes.ts';

/** JSON, as it is sent. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Schemas by name, as they are met in routes. */
type Components = Record<string, Json>;

/** Header by which a client makes a request that creates something safe to send again. */
const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The same request with the same key within 24 hours is answered as the first one was, and done once',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
};

const SECURITY_SCHEMES: Json = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: "An identity provider's token, or a Sallyport token",
  },
  signIn: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-sallyport',
    description: 'A sign-in in a browser',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'sallyport-csrf',
    description: 'With a sign-in, the `csrfToken` of `/v1/whoami`; for what changes something',
  },
};

/**
 * The contract as an OpenAPI 3.1 document, made from {@link ROUTES} alone.
 *
 * @param version Version of the gateway.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function createOpenapi(version: string): { readonly [name: string]: Json } {
  const components: Components = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = describeRoute(route, components);
  }
  const schemas = Object.fromEntries(
    Object.entries(components).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sallyport control plane',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: { schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

function describeRoute(route: Route, components: Components): Json {
  const { answer } = route;
  const content =
    answer.schema === undefined
      ? {}
      : { [answer.mediaType]: { schema: toJson(answer.schema, components) } };
  return {
    operationId: route.id,
    summary: route.summary,
    description: describeAccess(route.access),
    parameters: [
      ...describeParameters('path', route.pathParameters),
      ...describeParameters('query', route.query),
      ...(route.takesIdempotencyKey ? [IDEMPOTENCY_KEY] : []),
    ],
    ...describeBody(route, components),
    responses: {
      [answer.status ?? 200]: { description: 'Done', content },
      default: {
        description: 'Not done',
        content: { 'application/problem+json': { schema: toJson(route.problem, components) } },
      },
    },
    security: describeSecurity(route),
  };
}

function describeBody(
  { form, json }: Route,
  components: Components,
): { readonly requestBody?: Json } {
  const schema = form ?? json;
  if (schema === undefined) return {};
  const mediaType = form === undefined ? JSON_TYPE : 'application/x-www-form-urlencoded';
  return {
    requestBody: {
      required: true,
      content: { [mediaType]: { schema: toJson(schema, components, 'input') } },
    },
  };
}

function describeSecurity({ access, method }: Route): Json {
  if (access.kind === 'public' || access.kind === 'token') return [];
  return [{ bearer: [] }, method === 'GET' ? { signIn: [] } : { signIn: [], csrf: [] }];
}

function describeAccess(access: RouteAccess): string {
  switch (access.kind) {
    case 'public':
      return 'For anybody.';
    case 'token':
      return 'For whoever has the token in the form.';
    case 'signed-in':
      return 'For whoever is signed in; the answer holds what they may see.';
    case 'session-policy':
      return `For whom policy lets do \`${access.action}\` to the session.`;
    case 'gateway-policy':
      return `For whom policy lets do \`${access.action}\` on the gateway.`;
  }
}

function describeParameters(place: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: plain(property),
  }));
}

/** Puts what has a name among the components, and refers to it. */
function toJson(
  schema: z.ZodType,
  components: Components,
  io: 'input' | 'output' = 'output',
): Json {
  const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io });
  for (const [name, definition] of Object.entries($defs ?? {})) {
    components[name] = refer(plain(definition));
  }
  return refer(plain(json));
}

/** Where a document says `#/$defs/…`, OpenAPI says `#/components/schemas/…`. */
function refer(json: Json): Json {
  const text = JSON.stringify(json).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/');
  return JSON.parse(text) as Json;
}

/** Without what zod hides in its documents beside the JSON. */
function plain(document: unknown): Json {
  return JSON.parse(JSON.stringify(document)) as Json;
}
