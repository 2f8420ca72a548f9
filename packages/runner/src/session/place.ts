import type { Logger } from 'pino';
import { binaryMount } from '../claude/claude-binary.ts';
import { pluginMounts } from '../claude/plugins.ts';
import { Egress } from '../egress/egress.ts';
import { EGRESS_SOCKET, openWayOut } from '../egress/way-out.ts';
import { ModelSocket } from '../model-socket/model-socket.ts';
import type { Sandbox, SandboxPaths } from '../sandbox/sandbox.ts';
import type { Hosting } from './hosting.ts';

export interface PlaceOptions {
  readonly sessionId: string;
  /** The session's folder on the host. */
  readonly root: string;
  readonly hosting: Hosting;
  /** The session's bearer for the gateway, as it is now; absent: nobody's place, from which no call of the model is let through. */
  readonly gatewayToken?: () => string;
  readonly log: Logger;
}

/**
 * Where Claude Code runs: a sandbox, its way to the model and its way to the network. Made once, used by every process of an incarnation; or
 * made before its session is known, and moved to it.
 */
export class Place implements AsyncDisposable {
  readonly sandbox: Sandbox;
  /** False: what runs here sees the host. */
  readonly isolated: boolean;
  /** Inside path of the socket to the model. */
  readonly modelAddress: string;
  /** Inside path of Claude Code. */
  readonly program: string;
  /** Refuses everything until it is bound to a session. */
  readonly egress: Egress;
  readonly #modelSocket: ModelSocket;
  readonly #tenant: Tenant;

  private constructor(sandbox: Sandbox, { egress, modelSocket, modelAddress, tenant }: Ways, { driver, binary }: Hosting) {
    this.sandbox = sandbox;
    this.egress = egress;
    this.modelAddress = modelAddress;
    this.#tenant = tenant;
    this.#modelSocket = modelSocket;
    this.isolated = driver.kind !== 'none';
    this.program = sandbox.inside(binary.path);
  }

  /** Throws, and leaves nothing, if the machine refuses. */
  static async open({ sessionId, root, hosting, gatewayToken, log }: PlaceOptions): Promise<Place> {
    const { driver, limits, binary, plugins, serverUrl } = hosting;
    await using undo = new AsyncDisposableStack();
    const spec = { sessionId, root, limits, readOnlyMounts: [binaryMount(binary), ...pluginMounts(plugins)], proxy: EGRESS_SOCKET };
    const sandbox = undo.use(await driver.create(spec));
    const { host, inside: modelAddress } = sandbox.socketAddress('model.sock');
    const tenant: Tenant = { gatewayToken };
    const token = (): string | undefined => tenant.gatewayToken?.();
    const modelSocket = undo.use(await ModelSocket.listen({ path: host, serverUrl, token, log }));
    await sandbox.adopt(host);
    const egress = undo.use(new Egress({ operator: hosting.egress }));
    await openWayOut(sandbox, egress);
    const place = new Place(sandbox, { egress, modelSocket, modelAddress, tenant }, hosting);
    undo.move();
    return place;
  }

  /** Makes it the place of a session that has none yet; see `Sandbox.moveTo`. */
  async moveTo({ sessionId, root, gatewayToken }: Required<Pick<PlaceOptions, 'sessionId' | 'root' | 'gatewayToken'>>): Promise<void> {
    await this.sandbox.moveTo({ sessionId, root });
    this.#tenant.gatewayToken = gatewayToken;
  }

  get paths(): SandboxPaths {
    return this.sandbox.paths;
  }

  /** Ends all that runs in it. Throws if something is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sandbox.kill(), this.egress[Symbol.asyncDispose](), this.#modelSocket[Symbol.asyncDispose]()]);
  }
}

/** What leads out of the sandbox. */
interface Ways {
  readonly egress: Egress;
  readonly modelSocket: ModelSocket;
  readonly modelAddress: string;
  readonly tenant: Tenant;
}

/** Whose place it is, as far as it matters to the way to the model. */
interface Tenant {
  gatewayToken: (() => string) | undefined;
}
