import type { PermissionMode } from '@ai-sessions/protocol';

export interface ModeText {
  readonly value: PermissionMode;
  readonly label: string;
  readonly hint: string;
}

export const permissionModes: readonly ModeText[] = [
  {
    value: 'acceptEdits',
    label: 'Accept edits',
    hint: 'Edits files in the workspace by itself and asks before anything else that is not allowed.',
  },
  { value: 'plan', label: 'Plan', hint: 'Reads and makes a plan. Writes nothing until you approve it.' },
  {
    value: 'bypassPermissions',
    label: 'Full permissions',
    hint: 'Never asks. Only denied tools are refused, and the sandbox is the limit.',
  },
];

export function modeLabel(mode: PermissionMode): string {
  return permissionModes.find((text) => text.value === mode)?.label ?? mode;
}
