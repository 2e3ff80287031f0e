// Values for fast-check: what a schema allows, and what nobody should send.
import fc from 'fast-check';

const nasty = fc.constantFrom(
  '', ' ', '0', '-1', '9223372036854775808', '1e309', 'null', '../..', '%00', '\u0000', '\ufeff', "' OR 1=1 --",
  '💥'.repeat(40), 'a'.repeat(5000), '{"$ref":"#"}', '*', '"', '\\', 'İ', '\ud800', '1.2', '..', '2026-11-01T00:00:00Z',
);

export const anyText = fc.oneof(nasty, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }));
export const anyJson = fc.oneof(fc.jsonValue({ maxDepth: 3 }), nasty);

function objectOf(schema, resolved) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const value = arbitraryOf(one, resolved);
    return fc.tuple(fc.constant(name), required.has(name) ? value : fc.option(value, { nil: undefined }));
  });
  return fc.tuple(...members).map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

// What the schema allows; formats are left to `examples`, which are real values of the daemon.
export function arbitraryOf(schema, resolved) {
  const whole = resolved(schema);
  if (whole.const !== undefined) return fc.constant(whole.const);
  if (whole.enum) return fc.constantFrom(...whole.enum);
  const choices = whole.anyOf ?? whole.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => arbitraryOf(one, resolved)));
  if (whole.allOf) {
    return fc.tuple(...whole.allOf.map((one) => arbitraryOf(one, resolved))).map((parts) => Object.assign({}, ...parts));
  }
  const types = [whole.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => ofType(type, whole, resolved)));
}

function ofType(type, schema, resolved) {
  switch (type) {
    case 'null': return fc.constant(null);
    case 'boolean': return fc.boolean();
    case 'integer': return fc.integer({ min: schema.minimum ?? -10, max: Math.min(schema.maximum ?? 1e6, 2 ** 40) });
    case 'number': return fc.double({ min: schema.minimum ?? -10, max: schema.maximum ?? 1e6, noNaN: true });
    case 'string': return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 30, 30) });
    case 'array': return fc.array(arbitraryOf(schema.items ?? {}, resolved), { maxLength: 3 });
    default: return objectOf(schema, resolved);
  }
}

// A request of an operation: mostly as described, partly not. `known(name)`: real values for a parameter.
export function requestOf(operation, resolved, known) {
  const valueOf = (parameter) => {
    const real = known(parameter.name, operation);
    const described = arbitraryOf(parameter.schema, resolved).map(String);
    return fc.oneof(
      { arbitrary: described, weight: 3 },
      { arbitrary: anyText, weight: 1 },
      ...(real.length ? [{ arbitrary: fc.constantFrom(...real), weight: 5 }] : []),
    );
  };
  const query = operation.parameters
    .filter((one) => one.in === 'query')
    .map((one) => fc.tuple(fc.constant(one.name), fc.option(valueOf(one), { nil: undefined, freq: one.required ? 8 : 1 })));
  const path = operation.parameters
    .filter((one) => one.in === 'path')
    .map((one) => fc.tuple(fc.constant(one.name), valueOf(one)));
  return fc.record({
    path: fc.tuple(...path),
    query: fc.tuple(...query),
    stray: fc.option(fc.tuple(anyText, anyText), { nil: undefined, freq: 12 }),
    body: bodyOf(operation, resolved),
    role: fc.oneof(
      { arbitrary: fc.constant(operation['x-role']), weight: 8 },
      { arbitrary: fc.constantFrom('viewer', 'operator', 'policy_editor', 'administrator', 'none', 'wrong'), weight: 2 },
    ),
    headers: fc.record(
      {
        accept: fc.constantFrom('*/*', 'application/json', 'text/html', 'application/*;q=0', ';;,', 'image/*'),
        'if-none-match': fc.constantFrom('*', '"x"', 'W/"', ','),
        'if-match': fc.constantFrom('*', '"x"'),
        'content-type': fc.constantFrom('text/plain', 'application/xml', ''),
        origin: fc.constantFrom('null', 'https://evil.example'),
      },
      { requiredKeys: [] },
    ).map((headers) => headers),
    plain: fc.integer({ min: 0, max: 2 }).map((die) => die > 0),  // without those headers
  });
}

function bodyOf(operation, resolved) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  if (content.length === 0) {
    return fc.option(anyText.map((text) => ({ type: 'application/json', text })), { nil: undefined, freq: 10 });
  }
  return fc.oneof(...content.map(([type, { schema, example }]) => {
    const text = type.endsWith('json') ? JSON.stringify : String;
    const choices = [
      { arbitrary: arbitraryOf(schema, resolved).map(text), weight: 4 },
      { arbitrary: anyJson.map((value) => JSON.stringify(value)), weight: 1 },
      { arbitrary: anyText, weight: 1 },
    ];
    if (example !== undefined) choices.push({ arbitrary: fc.constant(text(example)), weight: 3 });
    return fc.oneof(...choices).map((body) => ({ type, text: body }));
  }));
}
