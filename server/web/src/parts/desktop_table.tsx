import type { DesktopRow } from '../api/types';
import { desktopLink, poolLink } from '../app/url';
import { presenceMeaning, spaced, valueName } from '../app/words';
import { GradeBadge, gradeClass } from './grade';
import { Icon } from './icon';
import { Standing } from './standing';
import type { Mark } from './standing';
import { Table } from './table';
import { When } from './when';

export const isDuplicate = (duplicate: string) => duplicate !== '' && duplicate !== 'none';

export function Presence({ name }: { name: string }) {
  return (
    <Standing mark={name as Mark} title={presenceMeaning(name)}>
      {name}
    </Standing>
  );
}

function Row({ desktop, withPool }: { desktop: DesktopRow; withPool: boolean }) {
  return (
    <tr class={gradeClass(desktop.grade)}>
      <td class="cell-grade">
        <GradeBadge grade={desktop.grade} />
      </td>
      <th scope="row" class="cell-why">
        <a href={desktopLink(desktop.id)}>{desktop.host_name}</a>
        {desktop.domain && <span class="faint">.{desktop.domain}</span>}
        {isDuplicate(desktop.duplicate) && (
          <span class="twin">
            <Icon name="twins" />
            {spaced(desktop.duplicate)}
          </span>
        )}
        {desktop.reason && (
          <p class="clamped" title={desktop.reason}>
            {desktop.reason}
          </p>
        )}
      </th>
      {withPool && (
        <td class="nowrap">
          <a class="quiet" href={poolLink(desktop.pool)}>
            {desktop.pool}
          </a>
        </td>
      )}
      <td class="nowrap">
        <Presence name={desktop.presence} />
      </td>
      <td class="nowrap">
        <When at={desktop.last_seen} />
      </td>
      <td class="minor">{valueName(desktop.os)}</td>
      <td class="minor num">{desktop.agent_version}</td>
    </tr>
  );
}

export function DesktopTable({
  desktops,
  label,
  withPool,
}: {
  desktops: DesktopRow[];
  label: string;
  withPool: boolean;
}) {
  return (
    <Table label={label} class="desktops-table">
      <thead>
        <tr>
          <th scope="col">Grade</th>
          <th scope="col">Desktop and why</th>
          {withPool && <th scope="col">Pool</th>}
          <th scope="col">Presence</th>
          <th scope="col">Last seen</th>
          <th scope="col" class="minor">
            System
          </th>
          <th scope="col" class="minor num">
            Agent
          </th>
        </tr>
      </thead>
      <tbody>
        {desktops.map((desktop) => (
          <Row key={desktop.id} desktop={desktop} withPool={withPool} />
        ))}
      </tbody>
    </Table>
  );
}
