import { UsageOverview } from '../../features/usage/usage-overview.tsx';
import { Page } from './page.tsx';

export function UsagePage() {
  return (
    <Page title="Usage" about="What your sessions have used of the models.">
      <UsageOverview />
    </Page>
  );
}
