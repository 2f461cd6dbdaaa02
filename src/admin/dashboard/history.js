// The samples of the last minutes, and what follows from them. Samples hold totals, so rates are differences.

export const span = 300;  // seconds

const sum = (counts) => Object.values(counts).reduce((total, each) => total + each, 0);
const difference = (later, earlier) => later.map((count, index) => count - earlier[index]);

// Below which a share `q` of what was counted lies, in milliseconds; null where nothing was.
export function quantile(counts, bounds, q) {
  const total = counts.reduce((all, each) => all + each, 0);
  if (total === 0) return null;
  let before = 0;
  for (let i = 0; i < bounds.length; ++i) {
    const below = before + counts[i];
    if (below >= q * total) {
      const least = i === 0 ? 0 : bounds[i - 1];
      return least + (bounds[i] - least) * ((q * total - before) / counts[i]);
    }
    before = below;
  }
  return bounds[bounds.length - 1];
}

export class History {
  #samples = [];

  add(sample) {
    const active = sum(sample.active);
    const entry = {...sample, time: Date.parse(sample.ts) / 1000, active, opened: active + sum(sample.connections)};
    const last = this.#samples.at(-1);
    // Totals that have become less, or time that went back: the gateway began anew.
    if (last && (entry.opened < last.opened || entry.bytes_out < last.bytes_out || entry.time <= last.time)) {
      this.#samples = [];
    }
    this.#samples.push(entry);
    while (this.#samples[0].time < entry.time - span - 2) this.#samples.shift();
  }

  get latest() {
    return this.#samples.at(-1);
  }

  // Of the last `seconds`, or as much of them as there is.
  #earlier(seconds) {
    const from = this.latest.time - seconds - 0.5;
    return this.#samples.find((each) => each.time >= from);
  }

  // Per second, over the last `seconds`; null before there is a second sample.
  rate(name, seconds = 2) {
    const earlier = this.#earlier(seconds);
    const passed = this.latest.time - earlier.time;
    return passed > 0 ? (this.latest[name] - earlier[name]) / passed : null;
  }

  // [seconds ago, value] of each sample, oldest first.
  values(name) {
    return this.#samples.map((each) => [this.latest.time - each.time, each[name]]);
  }

  rates(name) {
    const points = [];
    for (let i = 1; i < this.#samples.length; ++i) {
      const [a, b] = [this.#samples[i - 1], this.#samples[i]];
      // A gap is drawn as one.
      points.push([this.latest.time - b.time, b.time - a.time > 4 ? null : (b[name] - a[name]) / (b.time - a.time)]);
    }
    return points;
  }

  // The counts of a histogram that were added in the last `seconds`.
  added(name, seconds) {
    return difference(this.latest[name], this.#earlier(seconds)[name]);
  }

  // The quantile of what each `window` samples have added; null where that is nothing.
  quantiles(name, bounds, q, window = 10) {
    const points = [];
    for (let i = 1; i < this.#samples.length; ++i) {
      const counts = difference(this.#samples[i][name], this.#samples[Math.max(0, i - window)][name]);
      points.push([this.latest.time - this.#samples[i].time, quantile(counts, bounds, q)]);
    }
    return points;
  }
}
