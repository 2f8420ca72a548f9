/**
 * Whether a request comes from a page of this server: its `Origin` is that of the public URL, or names the very host that was asked. Programs
 * send no `Origin`, browsers always do where it matters, and a page cannot change it (RFC 6454, RFC 6455 section 10.2).
 */
export function isOwnOrigin(
  headers: { readonly origin?: string | undefined; readonly host?: string | undefined },
  publicUrl: string,
): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origin === new URL(publicUrl).origin) return true;
  // Behind a proxy that ends TLS the scheme is not ours to know; host and port tell another site as well.
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
