import { describeProblem } from '../../lib/problem.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

interface ErrorNoticeProps {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  readonly className?: string;
}

export function ErrorNotice({ error, onRetry, className }: ErrorNoticeProps) {
  const { title, text } = describeProblem(error);
  return (
    <Notice
      look="danger"
      role="alert"
      title={title}
      {...(className === undefined ? {} : { className })}
      {...(onRetry === undefined
        ? {}
        : {
            actions: (
              <Button size="small" onClick={onRetry}>
                Try again
              </Button>
            ),
          })}
    >
      {text}
    </Notice>
  );
}
