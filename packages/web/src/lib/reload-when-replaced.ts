const key = 'reloaded-at';
/** A part that is missing so soon after a reload is missing for another reason. */
const pauseMs = 60_000;

/**
 * After an upgrade of the server the parts of this page that are not fetched yet are there under other names only: the page is then loaded
 * anew. Not twice in a minute; the error boundary tells what to do then.
 */
export function reloadWhenReplaced(): void {
  addEventListener('vite:preloadError', (event) => {
    try {
      if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < pauseMs) return;
      sessionStorage.setItem(key, String(Date.now()));
    } catch {
      // Without storage it cannot be known how often this has happened.
      return;
    }
    event.preventDefault();
    location.reload();
  });
}
