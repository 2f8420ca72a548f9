/** What a session does with calls that no rule covers. */
export type PermissionMode = 'acceptEdits' | 'plan' | 'bypassPermissions';

/** The rules of one session; each pattern is in the form parsePattern reads. */
export interface ToolRules {
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  /** Allowed by the user while the session runs. */
  readonly sessionAllowed: readonly string[];
  readonly mode: PermissionMode;
}
