import { render } from 'preact';
import { LocationProvider, Route, Router } from 'preact-iso/router';
import './style/index.css';
import { SessionGate } from './app/session';
import { Shell } from './app/shell';
import './app/theme';
import { DesktopPage } from './pages/desktop';
import { DesktopsPage } from './pages/desktops';
import { EnrolmentPage } from './pages/enrolment';
import { NotFoundPage } from './pages/not_found';
import { OverviewPage } from './pages/overview';
import { PolicyPage } from './pages/policy';
import { PoolPage } from './pages/pool';
import { PoolsPage } from './pages/pools';
import { RulePage } from './pages/rule';
import { RulesPage } from './pages/rules';
import { WaiversPage } from './pages/waivers';
import { WhatIfPage } from './pages/what_if';

function App() {
  return (
    <LocationProvider>
      <SessionGate>
        <Shell>
          <Router>
            <Route path="/" component={OverviewPage} />
            <Route path="/pools" component={PoolsPage} />
            <Route path="/pools/:name" component={PoolPage} />
            <Route path="/desktops" component={DesktopsPage} />
            <Route path="/desktops/:id" component={DesktopPage} />
            <Route path="/rules" component={RulesPage} />
            <Route path="/rules/:id" component={RulePage} />
            <Route path="/policies/:digest" component={PolicyPage} />
            <Route path="/waivers" component={WaiversPage} />
            <Route path="/what-if" component={WhatIfPage} />
            <Route path="/enrolment" component={EnrolmentPage} />
            <Route default component={NotFoundPage} />
          </Router>
        </Shell>
      </SessionGate>
    </LocationProvider>
  );
}

render(<App />, document.getElementById('app')!);
