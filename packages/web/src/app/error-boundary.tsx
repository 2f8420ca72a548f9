import { Component, type ReactNode } from 'react';
import { Button } from '../components/ui/button.tsx';

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

/** Keeps a fault in one page from taking the whole app with it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="mx-auto max-w-md p-8">
        <h1 className="text-lg font-semibold">This page has failed</h1>
        <p className="mt-1 text-muted-foreground">
          Nothing is lost: your sessions run on the server. Reload the page; if it fails again, tell whoever runs the server, with what you
          see in the browser’s console.
        </p>
        <Button look="primary" className="mt-4" onClick={() => location.reload()}>
          Reload
        </Button>
      </div>
    );
  }
}
