// Charts as SVG. They stretch with the page; text stands beside them as HTML, so that it does not.

const namespace = 'http://www.w3.org/2000/svg';

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class') made.className = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// The least round number that is not below `value`.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

// Lines over the last `seconds`: `lines` names their classes, the first is filled.
export class LineChart {
  #seconds;
  #format;
  #least;
  #top = element('span', {class: 'top-label'});
  #svg;
  #paths;
  #area;
  #label;

  constructor(place, {label, lines, seconds, format, least}) {
    this.#seconds = seconds;
    this.#format = format;
    this.#least = least;
    this.#label = label;
    this.#svg = shape('svg', {viewBox: `0 0 ${seconds} 100`, preserveAspectRatio: 'none', role: 'img'});
    this.#svg.append(shape('line', {class: 'grid', x1: 0, x2: seconds, y1: 0, y2: 0}));
    this.#svg.append(shape('line', {class: 'grid', x1: 0, x2: seconds, y1: 50, y2: 50}));
    this.#svg.append(shape('line', {class: 'base', x1: 0, x2: seconds, y1: 100, y2: 100}));
    this.#area = shape('path', {class: 'area'});
    this.#paths = lines.map((name) => shape('path', {class: `line ${name}`}));
    this.#svg.append(this.#area, ...[...this.#paths].reverse());
    const axis = element('p', {class: 'axis', 'aria-hidden': 'true'},
                         element('span', {}, `${seconds / 60} min ago`), element('span', {}, 'now'));
    place.replaceChildren(this.#top, this.#svg, axis);
    this.draw(lines.map(() => []));
  }

  // Each series is a list of [seconds ago, value or null].
  draw(series) {
    const values = series.flat().map(([, value]) => value ?? 0);
    const most = roundUp(Math.max(this.#least, ...values));
    this.#top.textContent = this.#format(most);
    series.forEach((points, index) => {
      const {line, area} = this.#outline(points, most);
      this.#paths[index].setAttribute('d', line);
      if (index === 0) this.#area.setAttribute('d', area);
    });
    const said = series.map((points) => points.at(-1)?.[1]).filter((value) => value !== undefined && value !== null);
    const peak = values.length > 0 ? `, at most ${this.#format(Math.max(...values))}` : '';
    this.#svg.setAttribute('aria-label', `${this.#label}: now ${said.map(this.#format).join(' and ') || 'none'}${peak}`);
  }

  #outline(points, most) {
    let line = '';
    let area = '';
    let run = [];
    const close = () => {
      if (run.length > 0) {
        const path = run.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(2)}`).join('L');
        line += `M${path}${run.length === 1 ? 'h.1' : ''}`;
        area += `M${run[0][0].toFixed(1)} 100L${path}L${run.at(-1)[0].toFixed(1)} 100z`;
      }
      run = [];
    };
    for (const [ago, value] of points) {
      const x = this.#seconds - ago;
      if (value === null) close();
      else if (x >= 0) run.push([x, 100 - (100 * Math.min(value, most)) / most]);
    }
    close();
    return {line, area};
  }
}

// Makes the children of `parent` be those for `items`, keeping those that are there already, in this order.
export function keep(parent, items, {key, make, update}) {
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = present.get(name);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = name;
    }
    present.delete(name);
    update(child, item);
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of present.values()) child.remove();
}
