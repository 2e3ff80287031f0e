// The dashboard's pure parts: what it says about numbers, times and grades.
// run: node --test words_test.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

const sources = process.env.VDIWATCH_WEB_SOURCE ?? new URL('../../server/web/', import.meta.url).pathname;

// One module without imports of its own, with its types taken off.
async function load(path) {
  const { outputText } = ts.transpileModule(readFileSync(`${sources}/src/${path}`, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}
const words = await load('app/words.ts');
const time = await load('app/time.ts');
const scale = await load('app/scale.ts');
const lives = await load('app/lives.ts');
const alike = await load('app/alike.ts');

test('the headline counts pools that break the rules', () => {
  assert.match(words.headline({ noncompliant: 2, compliant: 5 }), /^2 of 7 pools break /);
  assert.match(words.headline({ noncompliant: 1, compliant: 0 }), /^1 of 1 pool breaks /);
});

test('the headline never calls the unknown compliant', () => {
  assert.match(words.headline({ unknown: 1, compliant: 6 }), /1 is not known yet/);
  assert.match(words.headline({ compliant: 3, conditional: 1 }), /^All 4 pools are within /);
  assert.equal(words.headline({}), 'No pool yet');
});

test('percents do not round away what is there', () => {
  assert.equal(words.percent(1, 1000), '<1 %');
  assert.equal(words.percent(999, 1000), '>99 %');
  assert.equal(words.percent(0, 1000), '0 %');
  assert.equal(words.percent(1000, 1000), '100 %');
  assert.equal(words.percent(0, 0), '–');
});

test('any value of the API has words', () => {
  assert.equal(words.say(true), 'yes');
  assert.equal(words.say(false), 'no');
  assert.equal(words.say(0), '0');
  assert.equal(words.say(['vmware', 'azure']), 'vmware, azure');
  assert.equal(words.say(null), '–');
  assert.equal(words.say({ a: 1 }), '{"a":1}');
});

test('a grade that this page does not know yet still shows', () => {
  assert.equal(words.gradeName('brand_new'), 'brand new');
  assert.equal(words.gradeName(null), 'Not judged yet');
});

test('thresholds read as sentences', () => {
  const sentences = Object.fromEntries(
    words.thresholdSentences({
      enter: 10,
      enter_for_s: 600,
      leave: 5,
      minimum_reporting: 1,
      maximum_unknown: 20,
      minimum_coverage: 80,
    }),
  );
  assert.equal(sentences.Noncompliant, 'at 10 % of reporting desktops or more for 10 minutes');
  assert.equal(sentences.Needs, '1 reporting desktop and 80 % coverage');
});

test('CPUID leaves that spell a name are read out', () => {
  assert.equal(
    words.cpuidName('cpuid:0', 'eax=00000016 ebx=756e6547 ecx=6c65746e edx=49656e69'),
    'GenuineIntel',
  );
  assert.equal(
    words.cpuidName('cpuid:40000100', 'eax=40000104 ebx=566e6558 ecx=65584d4d edx=4d4d566e'),
    'XenVMMXenVMM',
  );
  assert.equal(words.cpuidName('cpuid:1', 'eax=000306f2 ebx=00000800 ecx=80002000 edx=178bfbff'), '');
  assert.equal(words.cpuidName('cpuid:40000000', 'eax=00000000 ebx=00000000 ecx=00000000 edx=00000000'), '');
});

test('telling readings stand before what is absent', () => {
  const readings = {
    'cpuid:40000000': 'eax=40000010 ebx=7263694d ecx=666f736f edx=76482074',
    'service:XenSvc': 'running',
    'service:vmcompute': 'absent',
    'smbios:system.manufacturer': 'Xen',
  };
  assert.deepEqual(
    words.readingsByWeight(
      ['service:vmcompute', 'imds:x', 'service:XenSvc', 'smbios:system.manufacturer', 'cpuid:40000000'],
      readings,
    ),
    ['cpuid:40000000', 'smbios:system.manufacturer', 'service:XenSvc', 'service:vmcompute', 'imds:x'],
  );
});

test('a compliant pool says so, and a silent one says that', () => {
  const pool = { reasons: [], desktops: 3, reporting: 3, compliant: 3, grade: 'compliant' };
  assert.match(words.poolWhy(pool), /passes every rule/);
  assert.match(words.poolWhy({ ...pool, compliant: 2 }), /2 of 3 reporting desktops/);
  assert.match(words.poolWhy({ ...pool, grade: 'unknown', reporting: 0 }), /reporting/);
  assert.match(words.poolWhy({ ...pool, grade: 'unknown', desktops: 0 }), /enrolled/);
});

test('ages are told in the unit that people would choose', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const ago = (seconds) => time.ago(now - seconds * 1000, now);
  assert.equal(ago(2), 'just now');
  assert.equal(ago(-3), 'just now');
  assert.equal(ago(42), '42 sec. ago');
  assert.equal(ago(240), '4 min. ago');
  assert.equal(ago(7200), '2 hr. ago');
  assert.equal(ago(3 * 86_400), '3 days ago');
  assert.equal(ago(-30 * 86_400 + 20), 'in 30 days');
  assert.equal(ago(800 * 86_400), '2 yr. ago');
});

test('a date without a time stays that date everywhere', () => {
  assert.equal(time.dayOf('2025-06-01'), '1 Jun 2025');
  assert.equal(time.dayOf('someday'), 'someday');
});

test('an axis begins at zero and ends above the largest value', () => {
  assert.deepEqual(scale.niceSteps(238), [0, 100, 200, 300]);
  assert.deepEqual(scale.niceSteps(7), [0, 2, 4, 6, 8]);
  assert.deepEqual(scale.niceSteps(1), [0, 1]);
  assert.deepEqual(scale.niceSteps(0), [0, 1]);
  for (const most of [3, 99, 100, 101, 12_345, 1_000_000]) {
    assert.ok(scale.niceSteps(most).at(-1) >= most, `${most}`);
    assert.ok(scale.niceSteps(most).length <= 7, `${most}`);
  }
});

test('layers stand on each other', () => {
  assert.deepEqual(scale.stack([[1, 2, 3]]), [
    [
      [0, 1],
      [1, 3],
      [3, 6],
    ],
  ]);
  assert.equal(scale.bandPath([0, 10], [5, 5], [1, 2]), 'M0 1L10 2L10 5L0 5Z');
  assert.equal(scale.linePath([0, 10], [1, 2]), 'M0 1L10 2');
});

test('the point under the pointer is the nearest one', () => {
  assert.equal(scale.nearest([0, 50, 100], 20), 0);
  assert.equal(scale.nearest([0, 50, 100], 90), 2);
  assert.equal(scale.nearest([], 90), -1);
});

test('lives that follow each other share a lane, and two at once do not', () => {
  const life = (id, from, to) => ({
    id,
    enrolled_at: `2026-11-0${from}T00:00:00Z`,
    last_seen: `2026-11-0${to}T00:00:00Z`,
  });
  const lanes = (list) => lives.layLives(list).map(({ incarnation, lane }) => [incarnation.id, lane]);
  assert.deepEqual(lanes([life('b', 3, 5), life('a', 1, 3)]), [
    ['a', 0],
    ['b', 0],
  ]);
  assert.deepEqual(lanes([life('a', 1, 4), life('b', 2, 5), life('c', 5, 6)]), [
    ['a', 0],
    ['b', 1],
    ['c', 0],
  ]);
});

test('desktops that fail alike are one line of a report, and none is lost', () => {
  const rule = { id: 'hypervisor-supported', why: 'The desktop runs on Xen.', severity: 'critical' };
  const row = (id, pool, rules) => ({ id, host_name: `host-${id}`, pool, grade: 'noncompliant', note: '', rules });
  const groups = alike.groupAlike([
    row('1', 'citrix', [rule]),
    row('2', 'citrix', []),
    row('3', 'citrix', [rule]),
    row('4', 'horizon', [rule]),
  ]);
  assert.deepEqual(
    groups.map(({ pool, desktops }) => [pool, desktops.map(({ id }) => id).join()]),
    [
      ['citrix', '1,3'],
      ['citrix', '2'],
      ['horizon', '4'],
    ],
  );
});

test('a bare status of HTTP says what it is', () => {
  assert.equal(words.answerText('204'), 'HTTP 204');
  assert.equal(words.answerText('250 2.0.0 OK'), '250 2.0.0 OK');
});
