import type { ReactNode } from 'react';

interface ScrollBoxProps {
  /** What is in it. */
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
}

/** A box that scrolls by itself and can be reached with the keyboard for that. */
export function ScrollBox({ label, className, children }: ScrollBoxProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- not every browser lets the keyboard into what scrolls, and a fieldset would be announced as a form
    <div role="group" aria-label={label} tabIndex={0} className={className}>
      {children}
    </div>
  );
}
