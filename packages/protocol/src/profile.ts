import { z } from 'zod';
import { profileId, timestamp } from './ids.ts';
import { fixedLimits } from './limits.ts';
import { settings } from './settings.ts';

const name = z.string().trim().min(1).max(fixedLimits.profileName);
const description = z.string().max(fixedLimits.profileDescription);

export const profile = settings
  .extend({
    id: profileId,
    name: z.string(),
    description: z.string(),
    is_default: z.boolean(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof profile>;

export const createProfile = settings.partial().extend({ name, description: description.optional() }).meta({ id: 'CreateProfile' });
export type CreateProfile = z.infer<typeof createProfile>;

/** A partial update: what is absent stays; `null` clears a setting that may be unset. */
export const updateProfile = settings
  .partial()
  .extend({ name: name.optional(), description: description.optional() })
  .meta({ id: 'UpdateProfile' });
export type UpdateProfile = z.infer<typeof updateProfile>;

export const captureProfile = z.strictObject({ name, description: description.optional() }).meta({ id: 'CaptureProfile' });
export type CaptureProfile = z.infer<typeof captureProfile>;
