import { roles } from '../app/roles';
import type { Role } from '../app/roles';
import { capital, spaced } from '../app/words';
import { Field } from './form';

const meanings: Record<Role, string> = {
  viewer: 'reads',
  operator: 'also enrols, revokes, silences and replays',
  policy_editor: 'also tries policy files',
  administrator: 'also manages people',
};

// What somebody may do, and in which pools.
export function Reach({ role, pools }: { role: string; pools: string[] }) {
  return (
    <>
      {spaced(role)}
      {pools.length > 0 && (
        <span class="faint">
          {' '}
          of <code>{pools.join(', ')}</code>
        </span>
      )}
    </>
  );
}

export function ReachFields({
  role = 'viewer',
  pools = [],
  most = 'administrator',
}: {
  role?: string;
  pools?: string[];
  most?: string;
}) {
  return (
    <>
      <Field name="Role" wide>
        <select name="role">
          {roles.slice(0, roles.indexOf(most as Role) + 1).map((one) => (
            <option key={one} value={one} selected={one === role}>
              {capital(spaced(one))}: {meanings[one]}
            </option>
          ))}
        </select>
      </Field>
      <Field name="Only pools" optional>
        <input
          name="pools"
          defaultValue={pools.join(', ')}
          spellcheck={false}
          autocomplete="off"
          placeholder="fin-*, engineering"
        />
      </Field>
    </>
  );
}

// "fin-*, engineering" -> its parts.
export const poolsOf = (text: string) =>
  text
    .split(/[\s,]+/)
    .map((glob) => glob.trim())
    .filter(Boolean);
