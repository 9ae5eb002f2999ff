import { FieldList } from '../../../wire/http/field-list.ts';
import type { HttpRequest, HttpResponse, HttpUpstream } from '../exchange.ts';
import { collectBody, WholeBody } from '../whole-body.ts';

/** Bytes of what the API server says of a pod without its specification. */
const ANSWER_BYTES_MAX: number = 2 * 1024 * 1024;
/** Nothing but its metadata. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

/** Finds the labels of a pod: `app=web`. Rejects if the API server does not say. */
export type FindPodLabels = (namespace: string, pod: string) => Promise<readonly string[]>;

/**
 * Asks the API server for labels of pods.
 *
 * @param upstream As the gateway itself: what a policy is told must not hang on what the caller may see.
 */
export function askPodLabels(upstream: HttpUpstream): FindPodLabels {
  return async (namespace, pod) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
    const response = await send(upstream, path);
    if (response.status !== 200) {
      response.body.destroy();
      throw new Error(`Cannot ask for labels: the API server answers ${response.status}`);
    }
    return readLabels(await readBody(response));
  };
}

function send(upstream: HttpUpstream, path: string): Promise<HttpResponse> {
  const request: HttpRequest = {
    ...{ method: 'GET', scheme: 'https', authority: '', path, query: '', version: '1.1' },
    fields: FieldList.of([['accept', METADATA_ONLY]]),
    ...{ upgrade: undefined, bodyBytes: 0, body: WholeBody.empty },
  };
  return new Promise((resolve, reject) => {
    upstream.send(request, {
      onResponse: resolve,
      onUpgrade: (_response, stream) => {
        stream.destroy();
        reject(new Error('Cannot ask for labels: the API server changed protocols'));
      },
      onError: reject,
    });
  });
}

function readBody({ body }: HttpResponse): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    collectBody(body, ANSWER_BYTES_MAX, (collected) => {
      if (collected.kind === 'whole') resolve(collected.bytes);
      else reject(new Error(`Cannot ask for labels: the answer is ${collected.kind}`));
    });
  });
}

function readLabels(answer: Buffer): readonly string[] {
  const pod = JSON.parse(answer.toString('utf8')) as {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  };
  return Object.entries(pod.metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`);
}
