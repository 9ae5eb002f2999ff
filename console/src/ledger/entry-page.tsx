import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useParams } from 'react-router';
import type { LedgerContent, LedgerProof } from '../../../src/api/ledger.ts';
import { answer, api } from '../api-client.ts';
import { FactsList } from '../facts-list.tsx';
import { PageTitle } from '../page-title.tsx';
import { Panel } from '../panel.tsx';
import { QueryView } from '../query-view.tsx';
import { type ProofVerdict, verifyProof } from './verify-proof.ts';

/** One entry, and the proof that it is in its log. */
export function EntryPage(): ReactElement {
  const { log = '', index = '' } = useParams();
  const query = useQuery({
    queryKey: ['ledger', 'proof', log, index],
    queryFn: () =>
      answer(
        api.GET('/v1/ledger/entries/{log}/{index}/proof', {
          params: { path: { log, index: Number(index) } },
        }),
      ),
  });
  return (
    <Stack>
      <PageTitle>{`Entry ${index} of ${log}`}</PageTitle>
      <QueryView query={query}>
        {(proof) => (
          <>
            <Entry proof={proof} />
            <Verification proof={proof} />
          </>
        )}
      </QueryView>
    </Stack>
  );
}

function Entry({ proof }: { readonly proof: LedgerProof }): ReactElement {
  const text = new TextDecoder().decode(
    Uint8Array.from(atob(proof.bytes), (character) => character.charCodeAt(0)),
  );
  return (
    <Panel title="The entry">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, and keys must reach that */}
      <pre className="statement" tabIndex={0} aria-label="The entry's fields">
        {layOut(text)}
      </pre>
      <Content content={proof.content} />
    </Panel>
  );
}

/** What the entry keeps apart. The proof is of its hash, which the entry holds. */
function Content({ content }: { readonly content: LedgerContent }): ReactElement | undefined {
  const { state, fields } = content;
  if (state === 'none') return undefined;
  if (state !== 'open') return <Text fs="italic">{WITHHELD[state]}</Text>;
  return (
    <>
      <Text size="sm">Apart from the entry, which holds its hash:</Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, and keys must reach that */}
      <pre className="statement" tabIndex={0} aria-label="What the entry keeps apart">
        {JSON.stringify(fields, null, 2)}
      </pre>
    </>
  );
}

const WITHHELD: Readonly<Record<'sealed' | 'expired' | 'damaged', string>> = {
  sealed: 'Its content is sealed: this gateway has no key for it.',
  expired: 'Its content has expired.',
  damaged: 'Its content is not the one that was entered: verify the ledger.',
};

function layOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Verification({ proof }: { readonly proof: LedgerProof }): ReactElement {
  const [key, setKey] = useState('');
  const [verdict, setVerdict] = useState<ProofVerdict>();
  const verify = async (): Promise<void> => {
    setVerdict(await verifyProof(proof, key.trim() === '' ? proof.publicKey : key));
  };
  return (
    <Panel title="Proof">
      <Stack>
        <Text size="sm">
          This browser hashes the entry, follows the path to the root, and checks the signature of
          the checkpoint. A verifier key that you kept elsewhere proves more than the gateway's own
          word.
        </Text>
        <TextInput
          label="Verifier key"
          placeholder={proof.publicKey}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <Group>
          <Button onClick={() => void verify()}>Verify</Button>
        </Group>
        {verdict && <Verdict verdict={verdict} isOwnKey={key.trim() === ''} />}
        <FactsList
          facts={[
            ['Path', `${proof.path.length} hashes`],
            ['Checkpoint', proof.checkpoint.split('\n').slice(0, 3).join(' · ')],
          ]}
        />
      </Stack>
    </Panel>
  );
}

function Verdict({
  verdict,
  isOwnKey,
}: {
  readonly verdict: ProofVerdict;
  readonly isOwnKey: boolean;
}): ReactElement {
  if (verdict.kind === 'refuted') {
    return (
      <Alert color="red" variant="outline" role="alert" title="This does not hold">
        {verdict.reason}
      </Alert>
    );
  }
  return (
    <Alert color="green" variant="outline" role="status" title="Verified in this browser">
      <Text size="sm">
        The entry is one of the {verdict.size.toLocaleString('en')} under the checkpoint
        {isOwnKey ? ', by the key that the gateway itself named.' : ', by your key.'}
      </Text>
      <Text size="xs" ff="monospace">
        leaf {verdict.leafHash}
      </Text>
    </Alert>
  );
}
