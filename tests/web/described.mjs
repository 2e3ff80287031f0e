// The daemon's own OpenAPI document as a judge of its answers.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const methods = ['get', 'put', 'post', 'delete', 'patch'];
const escapeRegExp = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export class Described {
  #document;
  #ajv = new Ajv({ strict: false, allErrors: true });
  #compiled = new Map();
  operations = [];

  constructor(document) {
    this.#document = document;
    addFormats(this.#ajv);
    this.#ajv.addSchema({ $id: 'api', components: { schemas: this.#strictSchemas() } });
    for (const [path, item] of Object.entries(document.paths)) {
      const pattern = new RegExp(`^${path.split(/\{[^}]+\}/).map(escapeRegExp).join('[^/]+')}$`);
      for (const method of methods.filter((one) => item[one])) {
        const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((one) => this.resolved(one));
        this.operations.push({ method, path, pattern, parameters, ...item[method], parameters });
      }
    }
  }

  // Follows a {"$ref": "#/…"}; anything else is answered as it is.
  resolved(one) {
    if (!one?.$ref) return one;
    return this.resolved(one.$ref.slice(2).split('/').reduce((at, step) => at[step], this.#document));
  }

  // What of this answer is not described; null if all is.
  complaint({ method, path, status, type, body }) {
    const operation = this.operations.find((one) => one.method === method.toLowerCase() && one.pattern.test(path));
    if (!operation) return status === 404 || status === 405 ? null : `no operation ${method} ${path}`;
    const answer = this.resolved(operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined));
    if (!answer) return `status ${status} is not described`;
    if (!answer.content) return body === '' ? null : `status ${status} is described without a body`;
    const media = (type ?? '').split(';')[0].trim();
    const content = answer.content[media];
    if (!content) return `${media || 'no media type'} is not described for status ${status}`;
    if (!/[/+]json$/.test(media)) return null;
    const validate = this.#validator(content.schema);
    if (validate(JSON.parse(body))) return null;
    return this.#ajv.errorsText(validate.errors, { dataVar: 'body' });
  }

  #validator(schema) {
    const key = JSON.stringify(schema);
    if (!this.#compiled.has(key)) this.#compiled.set(key, this.#ajv.compile(this.#absolute(this.#strict(schema))));
    return this.#compiled.get(key);
  }

  #absolute(schema) {
    return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api#/'));
  }

  #strictSchemas() {
    const entries = Object.entries(this.#document.components.schemas);
    return Object.fromEntries(entries.map(([name, schema]) => [name, this.#strict(schema)]));
  }

  // Clients bear members that they do not know, but the daemon sends none that is not described.
  #strict(schema) {
    if (schema === null || typeof schema !== 'object') return schema;
    if (Array.isArray(schema)) return schema.map((one) => this.#strict(one));
    if (schema.allOf) return this.#joined(schema.allOf);
    const strict = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, this.#strict(value)]));
    if (schema.properties && schema.additionalProperties === undefined) strict.additionalProperties = false;
    return strict;
  }

  #joined(parts) {
    const whole = parts.map((part) => this.#strict(this.resolved(part)));
    return {
      type: 'object',
      properties: Object.assign({}, ...whole.map((part) => part.properties)),
      required: whole.flatMap((part) => part.required ?? []),
      additionalProperties: false,
    };
  }
}
