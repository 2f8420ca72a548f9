import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { StoredSetting, useStoredSetting } from '../../lib/stored-setting.ts';
import { clampShare, shareAfterKey } from './split-share.ts';

const share = new StoredSetting('panel-share', (text) => clampShare(Number.parseFloat(text ?? '50')));

interface SplitViewProps {
  readonly main: ReactNode;
  /** Undefined: the main part has all the room. */
  readonly side: ReactNode | undefined;
}

/** Two parts beside each other, with a bar between that is dragged, or moved with the arrow keys. The main part stays the same element. */
export function SplitView({ main, side }: SplitViewProps) {
  const percent = useStoredSetting(share);
  const box = useRef<HTMLDivElement>(null);
  const set = (next: number) => share.set(String(clampShare(next)));
  const drag = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect();
    if (rect !== undefined && event.currentTarget.hasPointerCapture(event.pointerId))
      set(((rect.right - event.clientX) / rect.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = shareAfterKey(percent, event.key);
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  };
  return (
    <div ref={box} className="flex min-h-0 flex-1">
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">{main}</div>
      {side !== undefined && (
        <>
          <div
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an hr cannot be dragged, and this is the separator of the ARIA window splitter pattern
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the panel"
            aria-valuenow={Math.round(percent)}
            aria-valuemin={25}
            aria-valuemax={75}
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- as above
            tabIndex={0}
            className="relative w-px shrink-0 cursor-col-resize touch-none bg-border after:absolute after:inset-y-0 after:-left-1.5 after:w-3 hover:bg-accent"
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onDoubleClick={() => share.set(null)}
            onKeyDown={onKeyDown}
          />
          <div className="flex min-h-0 min-w-0 shrink-0 flex-col" style={{ width: `${percent}%` }}>
            {side}
          </div>
        </>
      )}
    </div>
  );
}
