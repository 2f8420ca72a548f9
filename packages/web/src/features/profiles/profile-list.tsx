import type { Profile } from '@ai-sessions/protocol';
import { Ellipsis, Pencil, Star, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { modeLabel } from '../../components/session/permission-modes.ts';
import { buttonClass, IconButton } from '../../components/ui/button.tsx';
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx';
import { EmptyState } from '../../components/ui/empty-state.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/ui/menu.tsx';
import { SkeletonRows } from '../../components/ui/skeleton.tsx';
import { announce } from '../../lib/announcer.ts';
import { formatMoney } from '../../lib/format.ts';
import { Link, navigate, paths } from '../../lib/router.tsx';
import { useDeleteProfile, useProfiles, useSetDefaultProfile } from './api/profiles.ts';

export function ProfileList() {
  const profiles = useProfiles();
  const setDefault = useSetDefaultProfile();
  const [doomed, setDoomed] = useState<Profile | undefined>();
  if (profiles.isPending) return <SkeletonRows rows={3} label="Fetching your profiles…" />;
  if (profiles.isError) return <ErrorNotice error={profiles.error} onRetry={() => void profiles.refetch()} />;
  if (profiles.data.length === 0) {
    return (
      <EmptyState
        title="No profiles"
        action={
          <Link href={paths.newProfile} className={buttonClass('primary')}>
            New profile
          </Link>
        }
      >
        <p>A profile says what Claude may do without asking, and within which limits. Sessions start from one.</p>
      </EmptyState>
    );
  }
  return (
    <>
      {setDefault.error !== null && <ErrorNotice error={setDefault.error} className="mb-3" />}
      <ul className="divide-y divide-border overflow-hidden rounded-xl border border-border bg-surface">
        {profiles.data.map((profile) => (
          <ProfileRow
            key={profile.id}
            profile={profile}
            onDefault={() => setDefault.mutate(profile.id, { onSuccess: () => announce(`${profile.name} is the default now`) })}
            onDelete={() => setDoomed(profile)}
          />
        ))}
      </ul>
      {doomed !== undefined && <DeleteProfileDialog profile={doomed} onClose={() => setDoomed(undefined)} />}
    </>
  );
}

interface ProfileRowProps {
  readonly profile: Profile;
  readonly onDefault: () => void;
  readonly onDelete: () => void;
}

function ProfileRow({ profile, onDefault, onDelete }: ProfileRowProps) {
  return (
    <li className="relative flex items-center gap-3 px-4 py-3 hover:bg-muted/60">
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2">
          <Link
            href={paths.profile(profile.id)}
            className="truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {profile.name}
          </Link>
          {profile.is_default && <span className="rounded-full bg-accent-soft px-2 py-0.5 text-xs font-medium text-accent">Default</span>}
        </p>
        <p className="truncate text-muted-foreground">{profile.description || summary(profile)}</p>
        {profile.description !== '' && <p className="truncate text-xs text-muted-foreground">{summary(profile)}</p>}
      </div>
      <div className="relative z-10">
        <Menu
          trigger={
            <IconButton label={`Actions for ${profile.name}`}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => navigate(paths.profile(profile.id))}>
            <Pencil aria-hidden /> Edit
          </MenuItem>
          <MenuItem disabled={profile.is_default} onSelect={onDefault}>
            <Star aria-hidden /> Make default
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger disabled={profile.is_default} onSelect={onDelete}>
            <Trash2 aria-hidden /> Delete…
          </MenuItem>
        </Menu>
      </div>
    </li>
  );
}

function summary(profile: Profile): string {
  const tools = profile.allowed_tools.length === 0 ? 'nothing allowed beforehand' : `${profile.allowed_tools.length} allowed`;
  return [
    modeLabel(profile.permission_mode),
    profile.permission_mode === 'bypassPermissions' ? undefined : tools,
    profile.denied_tools.length > 0 ? `${profile.denied_tools.length} denied` : undefined,
    profile.model ?? undefined,
    profile.max_budget_usd === null ? undefined : `up to ${formatMoney(profile.max_budget_usd)}`,
    Object.keys(profile.mcp_servers).length > 0 ? `MCP: ${Object.keys(profile.mcp_servers).join(', ')}` : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function DeleteProfileDialog({ profile, onClose }: { readonly profile: Profile; readonly onClose: () => void }) {
  const remove = useDeleteProfile();
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete “${profile.name}”?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(profile.id, { onSuccess: onClose })}
    >
      <p>Sessions that were created with it keep their settings.</p>
    </ConfirmDialog>
  );
}
