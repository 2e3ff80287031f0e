import { Page } from '../parts/page';
import { Empty } from '../parts/states';

export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <Empty title="There is no page at this address" icon="search">
        <p>
          The pool or desktop may have been renamed or retired. Press <kbd>/</kbd> to search, or go to the{' '}
          <a href="/">overview</a>.
        </p>
      </Empty>
    </Page>
  );
}
