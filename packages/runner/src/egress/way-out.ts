import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Egress } from './egress.ts';

/** Name of the egress proxy's socket, the same in every sandbox: to be given to the driver as `proxy`. */
export const EGRESS_SOCKET = 'egress.sock';

/** Lets the programs of a sandbox, which was made with `proxy: EGRESS_SOCKET`, reach the network through this egress. */
export async function openWayOut(sandbox: Sandbox, egress: Egress): Promise<void> {
  const { host } = sandbox.socketAddress(EGRESS_SOCKET);
  await egress.listen(host);
  await sandbox.adopt(host);
}
