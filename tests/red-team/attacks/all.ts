import type { AttackGroup } from '../attack.ts';
import { environment } from './environment.ts';
import { escape } from './escape.ts';
import { files } from './files.ts';
import { hogs } from './hogs.ts';
import { modelSocket } from './model-socket.ts';
import { neighbours } from './neighbours.ts';
import { network } from './network.ts';
import { settings } from './settings.ts';

/** Hogs last: they leave the machine busy. */
export const allAttacks: readonly AttackGroup[] = [environment, modelSocket, settings, files, escape, neighbours, network, hogs];
