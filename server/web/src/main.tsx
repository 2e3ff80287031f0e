import { render } from 'preact';
import { LocationProvider, Route, Router } from 'preact-iso/router';
import './style/index.css';
import { SessionGate } from './app/session';
import { Shell } from './app/shell';
import './app/theme';
import { AlertPage } from './pages/alert';
import { AlertsPage } from './pages/alerts';
import { ApiTokensPage } from './pages/api_tokens';
import { AuditPage } from './pages/audit';
import { ChangesPage } from './pages/changes';
import { DeliveriesPage } from './pages/deliveries';
import { DeliveryPage } from './pages/delivery';
import { DesktopPage } from './pages/desktop';
import { DesktopsPage } from './pages/desktops';
import { EnrolmentPage } from './pages/enrolment';
import { NotFoundPage } from './pages/not_found';
import { OverviewPage } from './pages/overview';
import { PasswordPage } from './pages/password';
import { PolicyPage } from './pages/policy';
import { PoolPage } from './pages/pool';
import { PoolsPage } from './pages/pools';
import { ReconcilePage } from './pages/reconcile';
import { ReportsPage } from './pages/reports';
import { RulePage } from './pages/rule';
import { RulesPage } from './pages/rules';
import { SchedulesPage } from './pages/schedules';
import { SessionsPage } from './pages/sessions';
import { SignedInPage } from './pages/signed_in';
import { SilencesPage } from './pages/silences';
import { SinksPage } from './pages/sinks';
import { SystemPage } from './pages/system';
import { UsersPage } from './pages/users';
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
            <Route path="/alerts" component={AlertsPage} />
            <Route path="/alerts/:id" component={AlertPage} />
            <Route path="/deliveries" component={DeliveriesPage} />
            <Route path="/deliveries/:id" component={DeliveryPage} />
            <Route path="/sinks" component={SinksPage} />
            <Route path="/silences" component={SilencesPage} />
            <Route path="/rules" component={RulesPage} />
            <Route path="/rules/:id" component={RulePage} />
            <Route path="/policies/:digest" component={PolicyPage} />
            <Route path="/waivers" component={WaiversPage} />
            <Route path="/what-if" component={WhatIfPage} />
            <Route path="/reports" component={ReportsPage} />
            <Route path="/reports/schedules" component={SchedulesPage} />
            <Route path="/reports/reconcile" component={ReconcilePage} />
            <Route path="/audit" component={AuditPage} />
            <Route path="/users" component={UsersPage} />
            <Route path="/api-tokens" component={ApiTokensPage} />
            <Route path="/sessions" component={SessionsPage} />
            <Route path="/password" component={PasswordPage} />
            <Route path="/system" component={SystemPage} />
            <Route path="/changes" component={ChangesPage} />
            <Route path="/sign-in" component={SignedInPage} />
            <Route path="/enrolment" component={EnrolmentPage} />
            <Route default component={NotFoundPage} />
          </Router>
        </Shell>
      </SessionGate>
    </LocationProvider>
  );
}

render(<App />, document.getElementById('app')!);
