import { fixedLimits } from '@ai-sessions/protocol';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field, Input, TextArea } from '../ui/field.tsx';
import { useInitialFocus } from '../../lib/use-initial-focus.ts';
import { prettyJson } from '../tools/tool-input.ts';

interface PatternFormProps {
  readonly suggested: string;
  readonly onPattern: (pattern: string) => void;
  readonly onBack: () => void;
}

/** Allows all calls that match a pattern, for the rest of the session. */
export function PatternForm({ suggested, onPattern, onBack }: PatternFormProps) {
  const field = useInitialFocus<HTMLInputElement>();
  const [pattern, setPattern] = useState(suggested);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (pattern.trim() !== '') onPattern(pattern.trim());
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <Field
        label="Allow for the rest of this session"
        hint="Everything that matches is not asked again. Bash(git log:*) matches all commands that begin with git log."
      >
        {(control) => (
          <Input
            {...control}
            ref={field}
            autoComplete="off"
            spellCheck={false}
            maxLength={fixedLimits.toolPatternLength}
            className="font-mono text-xs"
            value={pattern}
            onChange={(event) => setPattern(event.target.value)}
          />
        )}
      </Field>
      <FormButtons action="Allow for session" disabled={pattern.trim() === ''} onBack={onBack} />
    </form>
  );
}

interface EditFormProps {
  readonly input: unknown;
  readonly onInput: (input: Record<string, unknown>) => void;
  readonly onBack: () => void;
}

/** Allows the call with another input. */
export function EditForm({ input, onInput, onBack }: EditFormProps) {
  const field = useInitialFocus<HTMLTextAreaElement>();
  const [json, setJson] = useState(() => prettyJson(input));
  const [problem, setProblem] = useState<string | undefined>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseObject(json);
    if (typeof parsed === 'string') setProblem(parsed);
    else onInput(parsed);
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <Field label="Input of the tool, as JSON" hint="Claude is told that you changed it." error={problem}>
        {(control) => (
          <TextArea
            {...control}
            ref={field}
            spellCheck={false}
            rows={Math.min(16, json.split('\n').length + 1)}
            className="font-mono text-xs"
            value={json}
            onChange={(event) => setJson(event.target.value)}
          />
        )}
      </Field>
      <FormButtons action="Allow with this input" onBack={onBack} />
    </form>
  );
}

function parseObject(json: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : 'It has to be an object: { … }.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : 'check it.'}`;
  }
}

interface DenyFormProps {
  readonly isPlan: boolean;
  readonly onMessage: (message: string) => void;
  readonly onBack: () => void;
}

/** Denies the call, and may tell Claude why. */
export function DenyForm({ isPlan, onMessage, onBack }: DenyFormProps) {
  const field = useInitialFocus<HTMLTextAreaElement>();
  const [message, setMessage] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onMessage(message.trim());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <Field label={isPlan ? 'What should be different?' : 'Tell Claude why, or what to do instead'} hint="Optional.">
        {(control) => (
          <TextArea
            {...control}
            ref={field}
            rows={2}
            maxLength={10_000}
            value={message}
            onKeyDown={onKeyDown}
            onChange={(event) => setMessage(event.target.value)}
          />
        )}
      </Field>
      <FormButtons action={isPlan ? 'Keep planning' : 'Deny'} onBack={onBack} />
    </form>
  );
}

function FormButtons({
  action,
  disabled = false,
  onBack,
}: {
  readonly action: string;
  readonly disabled?: boolean;
  readonly onBack: () => void;
}) {
  return (
    <div className="flex gap-2">
      <Button type="submit" look="primary" disabled={disabled}>
        {action}
      </Button>
      <Button look="quiet" onClick={onBack}>
        Back
      </Button>
    </div>
  );
}
