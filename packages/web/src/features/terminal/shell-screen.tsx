import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { classNames } from '../../components/ui/class-names.ts';
import { announce } from '../../lib/announcer.ts';
import { useTheme } from '../../lib/theme.ts';
import { useMediaQuery } from '../../lib/use-media-query.ts';
import { ShellSocket, type ShellState } from './shell-socket.ts';
import { terminalColors } from './terminal-colors.ts';

interface ShellScreenProps {
  readonly sessionId: string;
  readonly shell: string;
  /** Whether what is typed goes to the shell from the start. */
  readonly takesFocus: boolean;
  /** Hears of the names of all shells. Always the same function. */
  readonly onShells: (names: readonly string[]) => void;
  /** Begins another shell of this name. */
  readonly onAnew: () => void;
}

/** One shell: its screen, and what is to be known of its connection. */
export function ShellScreen({ sessionId, shell, takesFocus, onShells, onAnew }: ShellScreenProps) {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal>(undefined);
  const socket = useRef<ShellSocket>(undefined);
  const [state, setState] = useState<ShellState>({ is: 'connecting' });
  const theme = useTheme();
  const systemIsDark = useMediaQuery('(prefers-color-scheme: dark)');
  const isDark = theme === 'system' ? systemIsDark : theme === 'dark';
  const firstLook = useRef(isDark);
  const firstFocus = useRef(takesFocus);

  useEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const screen = new Terminal({
      fontFamily: getComputedStyle(place).fontFamily,
      fontSize: 13,
      lineHeight: 1.15,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      scrollback: 10_000,
      theme: terminalColors(firstLook.current),
      minimumContrastRatio: 4.5,
      screenReaderMode: true,
      macOptionIsMeta: true,
    });
    const fit = new FitAddon();
    screen.loadAddon(fit);
    screen.open(place);
    screen.textarea?.setAttribute('aria-label', `Shell ${shell}: type here. Press Control+Shift+Escape to leave.`);
    fit.fit();
    const connection = new ShellSocket(
      sessionId,
      shell,
      { cols: screen.cols, rows: screen.rows },
      {
        onState(next) {
          setState(next);
          if (next.is === 'ended') announce('The shell has ended');
          screen.options.disableStdin = next.is === 'ended' || next.is === 'refused';
        },
        onOutput: (bytes, drawn) => screen.write(bytes, drawn),
        onReset(restore) {
          screen.reset();
          screen.write(restore);
        },
        onSize: ({ cols, rows }) => screen.resize(cols, rows),
        onShells,
      },
    );
    screen.onData((text) => connection.type(text));
    screen.onBinary((text) => connection.type(text));
    screen.attachCustomKeyEventHandler((event) => {
      // A terminal takes Tab and Escape for itself: there has to be another way out for the keyboard.
      if (event.type !== 'keydown' || event.key !== 'Escape' || !event.ctrlKey || !event.shiftKey) return true;
      document.querySelector<HTMLElement>('[data-terminal-exit]')?.focus();
      return false;
    });
    const refit = () => {
      const wanted = fit.proposeDimensions();
      if (wanted !== undefined && Number.isFinite(wanted.cols) && wanted.cols > 1 && wanted.rows > 1) connection.resize(wanted);
    };
    let settling: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => {
      clearTimeout(settling);
      settling = setTimeout(refit, 60);
    });
    observer.observe(place);
    if (firstFocus.current) screen.focus();
    terminal.current = screen;
    socket.current = connection;
    return () => {
      clearTimeout(settling);
      observer.disconnect();
      connection[Symbol.dispose]();
      screen.dispose();
    };
  }, [sessionId, shell, onShells]);

  useEffect(() => {
    if (terminal.current !== undefined) terminal.current.options.theme = terminalColors(isDark);
  }, [isDark]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div className={classNames('min-h-0 flex-1 overflow-hidden py-1.5 ps-2.5', isDark ? 'bg-[#14161c]' : 'bg-white')}>
        <div ref={box} className="size-full overflow-x-auto font-mono" />
      </div>
      <ShellStatus state={state} onRetry={() => socket.current?.retryNow()} onAnew={onAnew} />
    </div>
  );
}

interface ShellStatusProps {
  readonly state: ShellState;
  readonly onRetry: () => void;
  readonly onAnew: () => void;
}

/** What is the matter while the shell is not simply there. */
function ShellStatus({ state, onRetry, onAnew }: ShellStatusProps) {
  if (state.is === 'open') return null;
  return (
    <output className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-border bg-surface px-3 py-2">
      <span className="min-w-0 flex-1 basis-60">{statusText(state)}</span>
      {state.is === 'waiting' && state.attempt > 1 && (
        <Button size="small" onClick={onRetry}>
          Try now
        </Button>
      )}
      {(state.is === 'ended' || state.is === 'refused') && (
        <Button size="small" look="primary" onClick={onAnew}>
          Start a new shell
        </Button>
      )}
    </output>
  );
}

function statusText(state: Exclude<ShellState, { is: 'open' }>): string {
  switch (state.is) {
    case 'connecting':
      return 'Opening the shell… A session that sleeps is being woken.';
    case 'waiting':
      return 'The connection was cut. The shell goes on; connecting again…';
    case 'ended':
      return state.exitCode === null
        ? 'The shell has ended with the processes of its session. Files stay; another shell wakes the session.'
        : `The shell has ended with exit code ${state.exitCode}.`;
    case 'refused':
      return state.message;
    default: {
      const unreachable: never = state;
      return unreachable;
    }
  }
}
