/** Headers of every reply. The policy is that of data, which has nothing to load; pages bring their own. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
} as const;

/** Where people reach this server by https, their browsers are to use nothing else. */
export const strictTransport = { 'strict-transport-security': 'max-age=31536000' } as const;

/** Of the web UI. Its WebSockets go to the same origin, which `connect-src 'self'` covers. */
export const webUiPolicy =
  "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
  "manifest-src 'self'; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Of the pages that this server makes itself: own files only, nothing inline. */
export const ownPagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
