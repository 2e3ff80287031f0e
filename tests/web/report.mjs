// Prints one line per check (TAP) and knows the exit code.
export class Report {
  #count = 0;
  #failed = 0;

  check(what, holds, detail = '') {
    this.#count += 1;
    console.log(`${holds ? 'ok' : 'not ok'} ${this.#count} - ${what}`);
    if (holds) return;
    this.#failed += 1;
    for (const line of String(detail).split('\n').filter(Boolean)) console.log(`#   ${line}`);
  }

  finish() {
    console.log(`1..${this.#count}`);
    console.log(this.#failed ? `# ${this.#failed} of ${this.#count} failed` : `# all ${this.#count} passed`);
    return this.#failed ? 1 : 0;
  }
}
