import { useState } from 'preact/hooks';
import type { TargetedEvent } from 'preact';
import { post } from '../api/client';
import type { ScheduleWanted } from '../api/report_types';
import { useAct } from '../app/act';
import { capital } from '../app/words';
import { Field, FormProblem, textOf } from './form';
import { Icon } from './icon';
import { Card } from './page';
import { ScopeSelect } from './scope_select';

type Day = ScheduleWanted['when']['days'][number];
type Format = ScheduleWanted['format'];

const weekDays: Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const formats: [Format, string][] = [
  ['xlsx', 'XLSX'],
  ['csv', 'CSV'],
  ['json', 'JSON'],
];
const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function read(form: HTMLFormElement): ScheduleWanted {
  const data = new FormData(form);
  return {
    name: textOf(data, 'name'),
    scope: textOf(data, 'scope'),
    format: textOf(data, 'format') as Format,
    sink: textOf(data, 'sink'),
    recipients: textOf(data, 'recipients').split(/[\s,;]+/).filter(Boolean),
    when: {
      days: data.getAll('day') as Day[],
      time: textOf(data, 'time'),
      time_zone: textOf(data, 'time_zone'),
    },
    enabled: true,
  };
}

// A report by e-mail on some days of the week, through a sink that sends mail.
export function ScheduleForm({ sinks, done }: { sinks: string[]; done: () => void }) {
  const { busy, problem, run } = useAct();
  const [missing, setMissing] = useState('');
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const wanted = read(form);
    const noDay = wanted.when.days.length === 0;
    setMissing(noDay ? 'Choose a day.' : '');
    if (noDay) return;
    void run(() => post('/reports/schedules', wanted)).then((made) => {
      if (!made) return;
      form.reset();
      done();
    });
  };
  return (
    <Card title="New schedule">
      <form class="form-grid" onSubmit={submit}>
        <Field name="Name">
          <input name="name" required placeholder="Weekly, Leeds" />
        </Field>
        <Field name="About">
          <ScopeSelect name="scope" />
        </Field>
        <Field name="As">
          <select name="format">
            {formats.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </Field>
        <Field name="Through">
          <select name="sink" required>
            {sinks.map((sink) => (
              <option key={sink}>{sink}</option>
            ))}
          </select>
        </Field>
        <Field name="To" wide>
          <input name="recipients" required spellcheck={false} placeholder="owner@corp.example, audit@corp.example" />
        </Field>
        <Field name="At">
          <input name="time" type="time" required defaultValue="07:00" />
        </Field>
        <Field name="Time zone">
          <input name="time_zone" required spellcheck={false} defaultValue={here()} />
        </Field>
        <fieldset class="days">
          <legend>On</legend>
          {weekDays.map((day) => (
            <label key={day} class="check">
              <input type="checkbox" name="day" value={day} defaultChecked={day === 'mon'} />
              {capital(day)}
            </label>
          ))}
        </fieldset>
        <button type="submit" class="button button-main" disabled={busy}>
          <Icon name="send" />
          {busy ? 'Scheduling…' : 'Schedule'}
        </button>
      </form>
      <FormProblem text={missing || problem} />
    </Card>
  );
}
