import { fixedLimits, type Profile } from '@ai-sessions/protocol';
import { type FormEvent, useRef, useState } from 'react';
import { ModelInput } from '../../components/session/model-input.tsx';
import { permissionModes } from '../../components/session/permission-modes.ts';
import { Button, buttonClass } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Checkbox, type ControlProps, Field, Input, Select, TextArea } from '../../components/ui/field.tsx';
import { announce } from '../../lib/announcer.ts';
import { Link, navigate, paths } from '../../lib/router.tsx';
import { useSaveProfile } from './api/profiles.ts';
import { checkProfile, draftOf, type ProfileDraft, type ProfileErrors } from './profile-draft.ts';
import { FieldGroup } from './field-group.tsx';
import { jsonObject, jsonText, textMap } from './json-object.ts';
import { KeyValueEditor } from './key-value-editor.tsx';
import { McpServersEditor } from './mcp-servers-editor.tsx';
import { RuleTrial } from './rule-trial.tsx';

type TextField = Exclude<keyof ProfileDraft, 'oneShot' | 'onlyDomains'>;

/** Edits a profile, or makes a new one. */
export function ProfileEditor({ profile }: { readonly profile: Profile | undefined }) {
  const [draft, setDraft] = useState(() => draftOf(profile));
  const [errors, setErrors] = useState<ProfileErrors>({});
  const save = useSaveProfile(profile?.id);
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = checkProfile(draft);
    setErrors(checked.ok ? {} : checked.errors);
    if (!checked.ok) {
      announce('Some fields need a change');
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
      return;
    }
    const saved = () => {
      announce('Profile saved');
      navigate(paths.profiles);
    };
    save.mutate(checked.body, { onSuccess: saved });
  };
  const input = (field: TextField, control: ControlProps) => ({
    ...control,
    value: draft[field],
    onChange: (event: { target: { value: string } }) => setDraft((before) => ({ ...before, [field]: event.target.value })),
  });
  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-8">
      <NameFields errors={errors} input={input} />
      <PermissionFields draft={draft} errors={errors} input={input} />
      <LimitFields errors={errors} input={input} />
      <FieldGroup title="Network">
        <NetworkFields
          draft={draft}
          errors={errors}
          input={input}
          onOnly={(onlyDomains) => setDraft((before) => ({ ...before, onlyDomains }))}
        />
      </FieldGroup>
      <FieldGroup title="MCP servers and variables">
        <McpServersEditor
          text={draft.mcpServers}
          error={errors.mcpServers}
          profileId={profile?.id}
          onChange={(mcpServers) => setDraft((before) => ({ ...before, mcpServers }))}
        />
        <KeyValueEditor
          label="Environment variables"
          nameLabel="Variable"
          value={textMap(jsonObject(draft.environment))}
          onChange={(environment) => setDraft((before) => ({ ...before, environment: jsonText(environment) }))}
        />
        {errors.environment !== undefined && <p className="text-xs text-danger">{errors.environment}</p>}
        <p className="text-xs text-muted-foreground">Values are stored encrypted and never shown again. Claude’s commands can read them.</p>
      </FieldGroup>
      <AdvancedFields
        errors={errors}
        input={input}
        oneShot={draft.oneShot}
        onOneShot={(oneShot) => setDraft((before) => ({ ...before, oneShot }))}
      />
      {save.error !== null && <ErrorNotice error={save.error} />}
      <div className="sticky bottom-0 -mx-1 flex flex-wrap gap-2 border-t border-border bg-background px-1 py-3">
        <Button type="submit" look="primary" busy={save.isPending}>
          {profile === undefined ? 'Create profile' : 'Save profile'}
        </Button>
        <Link href={paths.profiles} className={buttonClass('quiet')}>
          Cancel
        </Link>
      </div>
    </form>
  );
}

interface PartProps {
  readonly errors: ProfileErrors;
  readonly input: (field: TextField, control: ControlProps) => object;
}

function NameFields({ errors, input }: PartProps) {
  return (
    <FieldGroup title="This profile">
      <Field label="Name" error={errors.name}>
        {(control) => <Input {...input('name', control)} maxLength={fixedLimits.profileName} autoComplete="off" />}
      </Field>
      <Field label="Description" error={errors.description}>
        {(control) => <TextArea {...input('description', control)} rows={2} maxLength={fixedLimits.profileDescription} />}
      </Field>
    </FieldGroup>
  );
}

const patternHint = (
  <>
    One pattern a line: a tool such as <code>Read</code>, commands such as <code>Bash(git log:*)</code>, <code>mcp__server</code> or{' '}
    <code>mcp__server__tool</code>.
  </>
);

function PermissionFields({ draft, errors, input }: PartProps & { readonly draft: ProfileDraft }) {
  return (
    <FieldGroup title="What Claude may do">
      <Field label="Permission mode" hint={permissionModes.find(({ value }) => value === draft.mode)?.hint} error={errors.mode}>
        {(control) => (
          <Select {...input('mode', control)}>
            {permissionModes.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Allowed without asking" hint={patternHint} error={errors.allowedTools}>
          {(control) => <TextArea {...input('allowedTools', control)} rows={6} spellCheck={false} className="font-mono text-xs" />}
        </Field>
        <Field label="Denied" hint="The same patterns. A denial wins over everything, in every mode." error={errors.deniedTools}>
          {(control) => <TextArea {...input('deniedTools', control)} rows={6} spellCheck={false} className="font-mono text-xs" />}
        </Field>
      </div>
      <RuleTrial draft={draft} />
    </FieldGroup>
  );
}

interface NetworkProps extends PartProps {
  readonly draft: ProfileDraft;
  readonly onOnly: (only: boolean) => void;
}

const domainHint = (
  <>
    One a line: <code>example.com</code>, <code>*.example.com</code> for all below it, or an address, each with <code>:port</code> if only
    that.
  </>
);

function NetworkFields({ draft, errors, input, onOnly }: NetworkProps) {
  return (
    <>
      <Checkbox
        label="Only the hosts named here"
        hint="Otherwise all that the operator lets sessions reach."
        checked={draft.onlyDomains}
        onChange={({ target }) => onOnly(target.checked)}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {draft.onlyDomains && (
          <Field label="Allowed hosts" hint={domainHint} error={errors.allowedDomains}>
            {(control) => <TextArea {...input('allowedDomains', control)} rows={4} spellCheck={false} className="font-mono text-xs" />}
          </Field>
        )}
        <Field label="Denied hosts" hint={draft.onlyDomains ? 'In any case.' : domainHint} error={errors.deniedDomains}>
          {(control) => <TextArea {...input('deniedDomains', control)} rows={4} spellCheck={false} className="font-mono text-xs" />}
        </Field>
      </div>
    </>
  );
}

function LimitFields({ errors, input }: PartProps) {
  return (
    <FieldGroup title="Model and limits">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Model" error={errors.model}>
          {(control) => <ModelInput {...input('model', control)} placeholder="Claude Code’s default" />}
        </Field>
        <Field label="Budget in US dollars" hint="For a whole session, subagents included." error={errors.maxBudget}>
          {(control) => <Input {...input('maxBudget', control)} inputMode="decimal" placeholder="No limit" />}
        </Field>
        <Field label="Turns per prompt" error={errors.maxTurns}>
          {(control) => <Input {...input('maxTurns', control)} inputMode="numeric" placeholder="No limit" />}
        </Field>
        <Field label="Ends after, in minutes" error={errors.ttlMinutes}>
          {(control) => <Input {...input('ttlMinutes', control)} inputMode="numeric" placeholder="The server’s limit" />}
        </Field>
        <Field label="Tokens for a task" hint="Told to the model, which keeps house with it." error={errors.taskBudget}>
          {(control) => <Input {...input('taskBudget', control)} inputMode="numeric" placeholder="Not told" />}
        </Field>
      </div>
    </FieldGroup>
  );
}

interface AdvancedProps extends PartProps {
  readonly oneShot: boolean;
  readonly onOneShot: (oneShot: boolean) => void;
}

function AdvancedFields({ errors, input, oneShot, onOneShot }: AdvancedProps) {
  return (
    <FieldGroup title="Instructions and plugins">
      <Field label="Added to the system prompt" hint="At most 16 KiB." error={errors.suffix}>
        {(control) => <TextArea {...input('suffix', control)} rows={4} />}
      </Field>
      <Field label="Plugins" hint="Names from the operator’s list, one a line." error={errors.plugins}>
        {(control) => <TextArea {...input('plugins', control)} rows={2} spellCheck={false} className="font-mono text-xs" />}
      </Field>
      <Checkbox
        label="One shot"
        hint="The session ends by itself when its first prompt is done."
        checked={oneShot}
        onChange={(event) => onOneShot(event.target.checked)}
      />
    </FieldGroup>
  );
}
