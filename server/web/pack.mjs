// Last step of the build: writes FILE.gz beside each file that compresses well, and holds the size budget.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const out = process.env.VDIWATCH_WEB_OUT ?? 'dist';
const budget = { '.js': 80 * 1024, '.css': 12 * 1024 };
const spent = { '.js': 0, '.css': 0 };

for (const entry of readdirSync(out, { withFileTypes: true, recursive: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || file.endsWith('.gz')) continue;
  const raw = readFileSync(file);
  const packed = gzipSync(raw, { level: 9 });
  if (packed.length < raw.length * 0.9) writeFileSync(`${file}.gz`, packed);
  const kind = extname(file);
  if (kind in spent) spent[kind] += packed.length;
}

let over = false;
for (const [kind, limit] of Object.entries(budget)) {
  const used = spent[kind];
  console.log(`${kind} ${(used / 1024).toFixed(1)} KB of ${limit / 1024} KB, gzip`);
  over ||= used > limit || used === 0;
}
if (over) {
  console.error('dashboard: over its size budget, or a part of it is missing');
  process.exit(1);
}
