import type { Logger } from 'pino';
import { binaryMount } from '../claude/claude-binary.ts';
import { pluginMounts } from '../claude/plugins.ts';
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
 * Where Claude Code runs: a sandbox and its way to the model. Made once, used by every process of an incarnation; or made before its session
 * is known, and moved to it.
 */
export class Place implements AsyncDisposable {
  readonly sandbox: Sandbox;
  /** False: what runs here sees the host. */
  readonly isolated: boolean;
  /** Inside path of the socket to the model. */
  readonly modelAddress: string;
  /** Inside path of Claude Code. */
  readonly program: string;
  readonly #modelSocket: ModelSocket;
  readonly #tenant: Tenant;

  private constructor(sandbox: Sandbox, modelSocket: ModelSocket, modelAddress: string, tenant: Tenant, { driver, binary }: Hosting) {
    this.sandbox = sandbox;
    this.#tenant = tenant;
    this.#modelSocket = modelSocket;
    this.modelAddress = modelAddress;
    this.isolated = driver.kind !== 'none';
    this.program = sandbox.inside(binary.path);
  }

  /** Throws, and leaves nothing, if the machine refuses. */
  static async open({ sessionId, root, hosting, gatewayToken, log }: PlaceOptions): Promise<Place> {
    const { driver, limits, binary, plugins, serverUrl } = hosting;
    const sandbox = await driver.create({ sessionId, root, limits, readOnlyMounts: [binaryMount(binary), ...pluginMounts(plugins)] });
    try {
      const address = sandbox.socketAddress('model.sock');
      const tenant: Tenant = { gatewayToken };
      const token = (): string | undefined => tenant.gatewayToken?.();
      const modelSocket = await ModelSocket.listen({ path: address.host, serverUrl, token, log });
      await sandbox.adopt(address.host);
      return new Place(sandbox, modelSocket, address.inside, tenant, hosting);
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
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
    await Promise.all([this.sandbox.kill(), this.#modelSocket[Symbol.asyncDispose]()]);
  }
}

/** Whose place it is, as far as it matters to the way to the model. */
interface Tenant {
  gatewayToken: (() => string) | undefined;
}
