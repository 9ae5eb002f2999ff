import { z } from 'zod';
import { ROUTES, type Route, type RouteAccess } from './routes.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * The contract as an OpenAPI 3.1 document, made from {@link ROUTES} alone.
 *
 * @param version Version of the gateway.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function createOpenapi(version: string): { readonly [name: string]: Json } {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = describeRoute(route);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sallyport control plane',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: "An identity provider's token, or a Sallyport token",
        },
      },
    },
  };
}

function describeRoute(route: Route): Json {
  const { answer } = route;
  const signedIn = route.access.kind === 'signed-in' || route.access.kind === 'policy';
  const content =
    answer.schema === undefined ? {} : { [answer.mediaType]: { schema: toJson(answer.schema) } };
  return {
    operationId: route.id,
    summary: route.summary,
    description: describeAccess(route.access),
    parameters: [
      ...describeParameters('path', route.pathParameters),
      ...describeParameters('query', route.query),
    ],
    ...describeBody(route),
    responses: {
      200: { description: 'Done', content },
      default: {
        description: 'Not done',
        content: { 'application/problem+json': { schema: toJson(route.problem) } },
      },
    },
    security: signedIn ? [{ bearer: [] }] : [],
  };
}

function describeBody({ form, json }: Route): { readonly requestBody?: Json } {
  const schema = form ?? json;
  if (schema === undefined) return {};
  const mediaType = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    requestBody: { required: true, content: { [mediaType]: { schema: toJson(schema, 'input') } } },
  };
}

function describeAccess(access: RouteAccess): string {
  switch (access.kind) {
    case 'public':
      return 'For anybody.';
    case 'token':
      return 'For whoever has the token in the form.';
    case 'signed-in':
      return 'For whoever is signed in; the answer holds what they may see.';
    case 'policy':
      return `For whom policy lets do \`${access.action}\`.`;
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

function toJson(schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return plain(json);
}

/** Without what zod hides in its documents beside the JSON. */
function plain(document: unknown): Json {
  return JSON.parse(JSON.stringify(document)) as Json;
}
