import type { CreateProfile, Profile, Settings, UpdateProfile } from '@ai-sessions/protocol';
import type { ProfileRow } from '../store/store.ts';

/** A user's saved session settings. Public shapes have their secrets masked. */
export interface Profiles {
  list(userId: string): Promise<Profile[]>;
  get(userId: string, profileId: string): Promise<Profile>;
  /** @throws ApiError `profile_limit`. */
  create(userId: string, body: CreateProfile): Promise<Profile>;
  /** Partial; `"***"` keeps the stored secret. @throws ApiError `not_found`. */
  update(userId: string, profileId: string, body: UpdateProfile): Promise<Profile>;
  /** @throws ApiError `not_found`, `default_profile`. */
  remove(userId: string, profileId: string): Promise<void>;
  setDefault(userId: string, profileId: string): Promise<Profile>;
  /** The named profile, else the default, with its secrets opened; null if the user has none. @throws ApiError `not_found`. */
  resolve(userId: string, profileId: string | undefined): Promise<{ id: string; settings: Settings } | null>;
  /** Rows of the two starter profiles for a new user. */
  starters(userId: string): ProfileRow[];
}
