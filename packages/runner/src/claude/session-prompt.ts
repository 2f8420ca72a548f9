export interface SessionPromptParts {
  /** Inside path. */
  readonly workspace: string;
  /** Text of the workspace's CLAUDE.md, if it has one. */
  readonly claudeMd: string | undefined;
  /** What the profile adds. */
  readonly suffix: string | null;
}

/**
 * What is added to Claude Code's own system prompt. CLAUDE.md is in it because Claude Code itself is not let near the
 * settings of a workspace, which may come from anywhere.
 */
export function sessionPrompt({ workspace, claudeMd, suffix }: SessionPromptParts): string {
  const parts = [
    `# Session\nYou work for a user who sees you in a web interface and cannot see your terminal. Your workspace is ${workspace}; ` +
      `only what is in it is kept. Files that the user uploads are in ${workspace}/uploads, and the user can download any file of the ` +
      'workspace: say the path of those that matter. Commands run in a sandbox, always in the foreground.',
  ];
  if (claudeMd !== undefined) parts.push(`# Instructions of the workspace (${workspace}/CLAUDE.md)\n${claudeMd}`);
  if (suffix !== null && suffix.trim() !== '') parts.push(suffix);
  return parts.join('\n\n');
}
