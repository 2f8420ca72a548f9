import { type FormEvent, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input } from '../../components/ui/field.tsx';
import { announce } from '../../lib/announcer.ts';
import { useStoreApiKey } from './api/credential.ts';
import { apiKeyProblem } from './api-key-problem.ts';

/** Stores an Anthropic API key. What is wrong with it is said as it is typed, but not before it could be right. */
export function ApiKeyForm({ onStored }: { readonly onStored?: () => void }) {
  const [key, setKey] = useState('');
  const [tried, setTried] = useState(false);
  const store = useStoreApiKey();
  const problem = apiKeyProblem(key, tried);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (apiKeyProblem(key, true) !== undefined) return;
    store.mutate(key.trim(), {
      onSuccess: () => {
        setKey('');
        setTried(false);
        announce('API key stored');
        onStored?.();
      },
    });
  };
  return (
    <form onSubmit={submit} className="space-y-3" noValidate>
      <Field label="Anthropic API key" error={problem} hint="It begins with sk-ant-. You find it in the Anthropic Console under API keys.">
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="sk-ant-…"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            className="font-mono"
          />
        )}
      </Field>
      {store.error !== null && <ErrorNotice error={store.error} />}
      <Button type="submit" look="primary" busy={store.isPending}>
        Store key
      </Button>
    </form>
  );
}
