import { LoaderCircle } from 'lucide-react';

/** Fills its place while something is fetched; `label` says what. */
export function Spinner({ label }: { readonly label: string }) {
  return (
    <output className="flex h-full min-h-32 items-center justify-center gap-2 text-muted-foreground">
      <LoaderCircle className="size-4 animate-spin" aria-hidden />
      {label}
    </output>
  );
}
