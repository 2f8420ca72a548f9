import type { Profiles } from '../profiles/profiles.ts';
import type { Audit } from './audit.ts';

/** Profiles whose changes are written down. */
export function auditedProfiles(profiles: Profiles, audit: Audit): Profiles {
  return {
    ...profiles,
    async create(userId, body) {
      const profile = await profiles.create(userId, body);
      await audit.record(userId, 'profile_created', profile.id);
      return profile;
    },
    async update(userId, profileId, body) {
      const profile = await profiles.update(userId, profileId, body);
      await audit.record(userId, 'profile_updated', profileId, { changed: Object.keys(body).toSorted().join(', ') });
      return profile;
    },
    async remove(userId, profileId) {
      await profiles.remove(userId, profileId);
      await audit.record(userId, 'profile_deleted', profileId);
    },
    async setDefault(userId, profileId) {
      const profile = await profiles.setDefault(userId, profileId);
      await audit.record(userId, 'default_profile_set', profileId);
      return profile;
    },
  };
}
