import type { Logger } from 'pino';
import { binaryMount } from '../claude/claude-binary.ts';
import { ModelSocket } from '../model-socket/model-socket.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Hosting } from './hosting.ts';

export interface PlaceOptions {
  readonly sessionId: string;
  /** The session's folder on the host. */
  readonly root: string;
  readonly hosting: Hosting;
  /** The session's bearer for the gateway, as it is now. */
  readonly gatewayToken: () => string;
  readonly log: Logger;
}

/** Where Claude Code runs: a sandbox and its way to the model. Made once, used by every process of an incarnation. */
export class Place implements AsyncDisposable {
  readonly sandbox: Sandbox;
  /** False: what runs here sees the host. */
  readonly isolated: boolean;
  /** Inside path of the socket to the model. */
  readonly modelAddress: string;
  /** Inside path of Claude Code. */
  readonly program: string;
  readonly #modelSocket: ModelSocket;

  private constructor(sandbox: Sandbox, modelSocket: ModelSocket, modelAddress: string, { driver, binary }: Hosting) {
    this.sandbox = sandbox;
    this.#modelSocket = modelSocket;
    this.modelAddress = modelAddress;
    this.isolated = driver.kind !== 'none';
    this.program = sandbox.inside(binary.path);
  }

  /** Throws, and leaves nothing, if the machine refuses. */
  static async open({ sessionId, root, hosting, gatewayToken, log }: PlaceOptions): Promise<Place> {
    const { driver, limits, binary, serverUrl } = hosting;
    const sandbox = await driver.create({ sessionId, root, limits, readOnlyMounts: [binaryMount(binary)] });
    try {
      const address = sandbox.socketAddress('model.sock');
      const modelSocket = await ModelSocket.listen({ path: address.host, serverUrl, token: gatewayToken, log });
      await sandbox.adopt(address.host);
      return new Place(sandbox, modelSocket, address.inside, hosting);
    } catch (error) {
      await sandbox.kill();
      throw error;
    }
  }

  /** Ends all that runs in it. Throws if something is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sandbox.kill(), this.#modelSocket[Symbol.asyncDispose]()]);
  }
}
