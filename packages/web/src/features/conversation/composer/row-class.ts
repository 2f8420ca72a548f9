/** How a prompt looks that waits above the field for prompts. */
export const rowClass = 'flex min-h-8 items-center gap-2 rounded-lg border border-border bg-surface ps-2.5 pe-1 text-muted-foreground';
