/** Rows that stand in for a list that is being fetched. */
export function SkeletonRows({ rows, label }: { readonly rows: number; readonly label: string }) {
  return (
    <output className="block space-y-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-13 animate-pulse rounded-lg border border-border bg-muted" />
      ))}
    </output>
  );
}
