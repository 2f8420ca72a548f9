export interface SuggestedPrompt {
  readonly title: string;
  readonly prompt: string;
}

/** What one may begin with in an empty workspace, each worth a look within a minute. */
export const suggestedPrompts: readonly SuggestedPrompt[] = [
  {
    title: 'Look around',
    prompt:
      'Look around in this sandbox: which tools are installed, what is in the workspace, and what can you do for me here? Keep it short.',
  },
  {
    title: 'Find a beacon',
    prompt:
      'Write a small Python program that reads connection times from a CSV file and says which destinations are contacted at steady intervals, as a beacon would. Make sample data, and show that it works.',
  },
  {
    title: 'Read a log with me',
    prompt:
      'I want to look for failed logins in a log file. Make a realistic sample of /var/log/auth.log in the workspace, then find sources with many failures and those that got in at last.',
  },
  {
    title: 'Plan an investigation',
    prompt:
      'A user reports strange pop-up windows on a Windows host. Make a plan of how to investigate, step by step, with the exact commands, and write it to plan.md.',
  },
];
