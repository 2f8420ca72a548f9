import { Monitor, Moon, Sun } from 'lucide-react';
import { classNames } from '../../components/ui/class-names.ts';
import { setTheme, useTheme } from '../../lib/theme.ts';

const themes = [
  { value: 'system', label: 'As the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const;

/** The page's colours, kept in this browser. */
export function ThemeChoice() {
  const theme = useTheme();
  return (
    <fieldset>
      <legend className="mb-2 text-muted-foreground">Kept in this browser.</legend>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-3">
        {themes.map(({ value, label, icon: Icon }) => (
          <label
            key={value}
            className={classNames(
              'flex min-h-11 cursor-pointer items-center gap-2.5 rounded-lg border px-3 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
              theme === value ? 'border-accent bg-accent-soft font-medium' : 'border-border bg-surface hover:bg-muted',
            )}
          >
            <input type="radio" name="theme" className="sr-only" checked={theme === value} onChange={() => setTheme(value)} />
            <Icon className="size-4" aria-hidden />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
