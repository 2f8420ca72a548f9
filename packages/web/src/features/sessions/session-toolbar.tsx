import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { Input } from '../../components/ui/field.tsx';
import { setSearchParam } from '../../lib/router.tsx';
import { type Show, shows } from './session-filter.ts';

/** How long after the last key the search begins, in milliseconds. */
const pauseMs = 250;

interface SessionToolbarProps {
  readonly search: string;
  readonly show: Show;
}

/** Narrows the list. Both are in the address, so that a list can be linked to and "back" comes back to it. */
export function SessionToolbar({ search, show }: SessionToolbarProps) {
  const [text, setText] = useState(search);
  useEffect(() => {
    if (text.trim() === search) return;
    const timer = setTimeout(() => setSearchParam('q', text.trim() === '' ? null : text.trim(), { replace: true }), pauseMs);
    return () => clearTimeout(timer);
  }, [text, search]);
  return (
    <search className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-2">
      <div className="relative min-w-0 flex-1 basis-64">
        <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground" aria-hidden />
        <Input
          type="search"
          aria-label="Find sessions by name or id"
          placeholder="Find by name or id"
          className="ps-8.5"
          value={text}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <fieldset className="flex max-w-full overflow-x-auto rounded-md border border-border bg-surface p-0.5">
        <legend className="sr-only">Which sessions</legend>
        {shows.map(({ value, label }) => (
          <label
            key={value}
            className={classNames(
              'relative flex h-7.5 shrink-0 cursor-pointer items-center rounded px-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:h-10',
              value === show ? 'bg-muted font-medium' : 'text-muted-foreground hover:text-foreground',
            )}
          >
            <input
              type="radio"
              name="show"
              className="sr-only"
              checked={value === show}
              onChange={() => setSearchParam('show', value === 'all' ? null : value, { replace: true })}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </search>
  );
}
