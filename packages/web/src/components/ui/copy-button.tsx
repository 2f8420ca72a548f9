import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { announce } from '../../lib/announcer.ts';
import { copyText } from '../../lib/clipboard.ts';
import { IconButton } from './button.tsx';

interface CopyButtonProps {
  readonly text: string | (() => string);
  /** What is copied: "Copy command". */
  readonly label: string;
  readonly className?: string;
}

export function CopyButton({ text, label, className }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    const copied = await copyText(typeof text === 'string' ? text : text());
    setDone(copied);
    announce(copied ? 'Copied' : 'The browser did not allow copying');
  };
  return (
    <IconButton label={label} onClick={() => void copy()} {...(className === undefined ? {} : { className })}>
      {done ? <Check className="text-ok" aria-hidden /> : <Copy aria-hidden />}
    </IconButton>
  );
}
