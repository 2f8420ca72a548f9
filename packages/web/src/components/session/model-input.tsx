import { type ComponentProps, useId } from 'react';
import { Input } from '../ui/field.tsx';

/** Names that Claude Code knows by itself; any other model id may be typed. */
const known = ['sonnet', 'opus', 'haiku', 'opusplan'];

export function ModelInput(props: ComponentProps<'input'>) {
  const list = useId();
  return (
    <>
      <Input list={list} autoComplete="off" spellCheck={false} maxLength={200} {...props} />
      <datalist id={list}>
        {known.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}
