import { fixedLimits, type Profile } from '@ai-sessions/protocol';
import { type FormEvent, useState } from 'react';
import { ModelInput } from '../../components/session/model-input.tsx';
import { modeLabel, permissionModes } from '../../components/session/permission-modes.ts';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogActions, DialogBody } from '../../components/ui/dialog.tsx';
import { Disclosure } from '../../components/ui/disclosure.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { type ControlProps, Field, Input, Select, TextArea } from '../../components/ui/field.tsx';
import { newKey } from '../../lib/new-key.ts';
import { navigate, paths } from '../../lib/router.tsx';
import { useCreateSession } from './api/sessions.ts';
import { checkDraft, type DraftErrors, emptyDraft, type SessionDraft } from './session-draft.ts';

interface CreateSessionDialogProps {
  readonly profiles: readonly Profile[];
  readonly onClose: () => void;
}

/** Creates a session and opens it. Every field may be left as it is. */
export function CreateSessionDialog({ profiles, onClose }: CreateSessionDialogProps) {
  const [draft, setDraft] = useState<SessionDraft>({ ...emptyDraft, profileId: profiles.find((profile) => profile.is_default)?.id ?? '' });
  const [errors, setErrors] = useState<DraftErrors>({});
  const [key] = useState(newKey);
  const create = useCreateSession();
  const change = (part: Partial<SessionDraft>) => setDraft((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = checkDraft(draft, key);
    setErrors(checked.ok ? {} : checked.errors);
    if (!checked.ok) return;
    const created = ({ session }: { session: { id: string } }) => {
      onClose();
      navigate(paths.session(session.id));
    };
    create.mutate(checked.body, { onSuccess: created });
  };
  return (
    <Dialog open onOpenChange={onClose} wide title="New session" description="Claude Code in a sandbox of its own, with its own files.">
      <form onSubmit={submit} className="contents" noValidate>
        <DialogBody>
          <DraftFields draft={draft} errors={errors} profiles={profiles} change={change} />
          {create.error !== null && <ErrorNotice error={create.error} />}
        </DialogBody>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            Create session
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface DraftFieldsProps {
  readonly draft: SessionDraft;
  readonly errors: DraftErrors;
  readonly profiles: readonly Profile[];
  readonly change: (part: Partial<SessionDraft>) => void;
}

function DraftFields({ draft, errors, profiles, change }: DraftFieldsProps) {
  const profile = profiles.find((each) => each.id === draft.profileId);
  const input = (field: keyof SessionDraft, control: ControlProps) => ({
    ...control,
    value: draft[field],
    onChange: (event: { target: { value: string } }) => change({ [field]: event.target.value }),
  });
  return (
    <>
      <Field label="What should Claude do?" hint="Optional: the first prompt. You can also start by talking." error={errors.prompt}>
        {(control) => <TextArea {...input('prompt', control)} rows={3} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name" hint="Optional." error={errors.name}>
          {(control) => <Input {...input('name', control)} maxLength={fixedLimits.sessionName} autoComplete="off" />}
        </Field>
        <Field label="Profile" hint={profile?.description || 'Tools, mode and limits to begin with.'} error={errors.profileId}>
          {(control) => (
            <Select {...input('profileId', control)}>
              {profiles.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.is_default && each.name !== 'Default' ? `${each.name} (default)` : each.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Disclosure
        summary="Mode, tools, model and limits"
        defaultOpen={Object.keys(errors).some((field) => !['name', 'prompt', 'profileId'].includes(field))}
      >
        <LimitFields draft={draft} errors={errors} profile={profile} input={input} />
      </Disclosure>
    </>
  );
}

interface LimitFieldsProps {
  readonly draft: SessionDraft;
  readonly errors: DraftErrors;
  readonly profile: Profile | undefined;
  readonly input: (field: keyof SessionDraft, control: ControlProps) => object;
}

function LimitFields({ draft, errors, profile, input }: LimitFieldsProps) {
  const mode = draft.mode || (profile?.permission_mode ?? 'acceptEdits');
  const fromProfile = (value: number | string | null | undefined, none: string) =>
    value === null || value === undefined ? none : `${value}, from the profile`;
  const ttl = profile?.ttl_seconds;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Permission mode" hint={permissionModes.find(({ value }) => value === mode)?.hint} className="sm:col-span-2">
        {(control) => (
          <Select {...input('mode', control)}>
            <option value="">{`As the profile says: ${modeLabel(profile?.permission_mode ?? 'acceptEdits')}`}</option>
            {permissionModes.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Allowed without asking" hint="One rule a line, in place of the profile’s." error={errors.allowedTools}>
        {(control) => (
          <TextArea
            {...input('allowedTools', control)}
            rows={3}
            spellCheck={false}
            className="font-mono text-xs"
            placeholder={rulesOf(profile?.allowed_tools)}
          />
        )}
      </Field>
      <Field label="Denied" hint="A denial wins over everything, in every mode." error={errors.deniedTools}>
        {(control) => (
          <TextArea
            {...input('deniedTools', control)}
            rows={3}
            spellCheck={false}
            className="font-mono text-xs"
            placeholder={rulesOf(profile?.denied_tools)}
          />
        )}
      </Field>
      <Field label="Model" error={errors.model}>
        {(control) => <ModelInput {...input('model', control)} placeholder={fromProfile(profile?.model, 'Claude Code’s default')} />}
      </Field>
      <Field label="Budget in US dollars" error={errors.maxBudget}>
        {(control) => (
          <Input {...input('maxBudget', control)} inputMode="decimal" placeholder={fromProfile(profile?.max_budget_usd, 'No limit')} />
        )}
      </Field>
      <Field label="Turns per prompt" error={errors.maxTurns}>
        {(control) => (
          <Input {...input('maxTurns', control)} inputMode="numeric" placeholder={fromProfile(profile?.max_turns, 'No limit')} />
        )}
      </Field>
      <Field label="Ends after, in minutes" error={errors.ttlMinutes}>
        {(control) => (
          <Input
            {...input('ttlMinutes', control)}
            inputMode="numeric"
            placeholder={fromProfile(ttl === null || ttl === undefined ? null : ttl / 60, 'The server’s limit')}
          />
        )}
      </Field>
    </div>
  );
}

function rulesOf(rules: readonly string[] | undefined): string {
  return rules === undefined || rules.length === 0 ? 'Nothing' : rules.join('\n');
}
