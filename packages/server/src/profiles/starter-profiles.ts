import { type Settings, defaultSettings } from '@ai-sessions/protocol';

const harmlessCommands = ['cat', 'head', 'tail', 'less', 'grep', 'sed', 'awk', 'jq', 'ls', 'find', 'wc'];

/** The two profiles that every new user begins with; the first is the default. */
export const starterProfiles: readonly { readonly name: string; readonly description: string; readonly settings: Settings }[] = [
  {
    name: 'Default',
    description: 'Reads files and runs harmless shell commands without asking; edits files in the workspace; asks for the rest.',
    settings: { ...defaultSettings, allowed_tools: ['Read', ...harmlessCommands.map((command) => `Bash(${command}:*)`)] },
  },
  {
    name: 'Full permissions',
    description: 'Asks for nothing: every tool runs at once, inside the sandbox.',
    settings: { ...defaultSettings, permission_mode: 'bypassPermissions' },
  },
];
