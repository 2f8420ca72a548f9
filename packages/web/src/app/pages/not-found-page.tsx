import { buttonClass } from '../../components/ui/button.tsx';
import { Link, paths } from '../../lib/router.tsx';
import { Page } from './page.tsx';

export function NotFoundPage() {
  return (
    <Page title="There is nothing here" narrow about="The address is wrong, or what was here has been deleted.">
      <Link href={paths.sessions} className={buttonClass('primary')}>
        To your sessions
      </Link>
    </Page>
  );
}
