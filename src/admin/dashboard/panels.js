// What stands below the charts: bars, lists and the table. All names come from clients or the configuration, and go into
// the page as text.

import {element, keep} from '/charts.js';

const whole = new Intl.NumberFormat('en');

export const count = (number) => whole.format(number);

const three = (number) => (number >= 100 ? Math.round(number) : Number(number.toPrecision(3)));

// 12, 1.2 k, 34 M
export function rate(number) {
  if (number > 0 && number < 0.1) return '<0.1';
  if (number < 10) return String(Math.round(number * 10) / 10);
  return scale(number, 1000, ['', ' k', ' M', ' G']);
}

function scale(number, step, units) {
  let power = 0;
  while (number >= step * 0.9995 && power + 1 < units.length) {
    number /= step;
    ++power;
  }
  return `${power === 0 ? Math.round(number) : three(number)}${units[power]}`;
}

export const bytes = (number) => scale(number, 1000, [' B', ' kB', ' MB', ' GB', ' TB', ' PB']);

export function duration(milliseconds) {
  if (milliseconds < 1) return `${Math.round(milliseconds * 1000)} µs`;
  if (milliseconds < 999.5) return `${three(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 99.5) return `${three(seconds)} s`;
  if (seconds < 5970) return `${Math.round(seconds / 60)} min`;
  if (seconds < 171000) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

const byId = (id) => document.getElementById(id);

function show(list, items, options) {
  byId(`${list}-empty`).hidden = items.length > 0;
  keep(byId(list), items, options);
}

function bar(name) {
  return element('span', {class: 'track'}, element('span', {class: `bar ${name}`}));
}

function fill(track, share) {
  track.firstElementChild.style.width = `${(share * 100).toFixed(2)}%`;
}

// Offers against selections. What is negotiated elsewhere, behind `pass`, is offered only.
export function showProtocols({offered, negotiated}) {
  const names = [...new Set([...Object.keys(offered), ...Object.keys(negotiated)])];
  const rows = names.map((name) => ({name, offered: offered[name] ?? 0, selected: negotiated[name] ?? 0}));
  rows.sort((a, b) => b.offered + b.selected - a.offered - a.selected || (a.name < b.name ? -1 : 1));
  const most = Math.max(1, ...rows.flatMap((row) => [row.offered, row.selected]));
  show('protocols', rows, {
    key: (row) => row.name,
    make: ({name}) => {
      const label = name === '' ? element('i', {class: 'name'}, 'no ALPN') : element('code', {class: 'name'}, name);
      return element('li', {}, label, bar('offered'), bar('selected'),
                     element('span', {class: 'numbers'}, element('b', {class: 'of-offered'}), ' offered'),
                     element('span', {class: 'numbers'}, element('b', {class: 'of-selected'}), ' selected'));
    },
    update: (item, row) => {
      const [offers, selections] = item.querySelectorAll('.track');
      fill(offers, row.offered / most);
      fill(selections, row.selected / most);
      item.querySelector('.of-offered').textContent = count(row.offered);
      item.querySelector('.of-selected').textContent = count(row.selected);
    },
  });
}

const kinds = {rejects: 'refused', failures: 'failed', http_refused: 'HTTP refused'};

export function showReasons(sample) {
  const rows = Object.entries(kinds).flatMap(
    ([kind, word]) => Object.entries(sample[kind]).map(([reason, total]) => ({kind, word, reason, total})));
  rows.sort((a, b) => b.total - a.total || (a.reason < b.reason ? -1 : 1));
  const most = Math.max(1, ...rows.map((row) => row.total));
  show('reasons', rows, {
    key: (row) => `${row.kind} ${row.reason}`,
    make: (row) => element('li', {}, element('span', {class: 'name'}, row.reason.replaceAll('_', ' ')),
                           bar(row.kind === 'rejects' ? 'refused' : 'failed'),
                           element('span', {class: 'numbers'}, element('b'), ` ${row.word}`)),
    update: (item, row) => {
      fill(item.querySelector('.track'), row.total / most);
      item.querySelector('b').textContent = count(row.total);
    },
  });
}

// A column for each bucket of the histogram, from the first to the last that holds anything.
export function showLatency(counts, bounds, quantiles) {
  const total = counts.reduce((all, each) => all + each, 0);
  byId('latency-empty').hidden = total > 0;
  byId('latency').hidden = total === 0;
  if (total === 0) return;
  const first = Math.min(counts.findIndex((each) => each > 0), 4);
  const last = Math.max(counts.findLastIndex((each) => each > 0), first + 7);
  const columns = counts.slice(first, last + 1).map((number, index) => ({number, bound: bounds[first + index]}));
  const most = Math.max(...counts);
  keep(byId('latency'), columns, {
    key: (column) => column.bound ?? 'more',
    make: () => element('div', {class: 'column'}, element('b'), element('span', {class: 'room'}, element('span', {class: 'bar'})),
                        element('span', {class: 'bound'})),
    update: (item, {number, bound}) => {
      item.querySelector('b').textContent = number === 0 ? '' : rate(number);
      item.querySelector('.bar').style.height = `${((100 * number) / most).toFixed(2)}%`;
      item.querySelector('.bound').textContent = bound === undefined ? 'more' : duration(bound);
      item.title = `${count(number)} handshakes took ${bound === undefined ? 'longer' : `up to ${duration(bound)}`}`;
    },
  });
  const [p50, p99] = quantiles;
  byId('latency-caption').textContent =
    `since the start: half within ${duration(p50)}, 99 of 100 within ${duration(p99)}`;
}

// Whole days, as they are told.
function expiry(days) {
  if (days < 0) return 'expired';
  if (days === 0) return 'expires today';
  return `${count(days)} ${days === 1 ? 'day' : 'days'} left`;
}

export function showCertificates(certificates) {
  show('certificates', certificates, {
    key: (each) => each.name,
    make: (each) => element('li', {}, element('code', {class: 'name'}, each.name), element('span', {class: 'pill'}),
                            element('small')),
    update: (item, each) => {
      const pill = item.querySelector('.pill');
      pill.textContent = expiry(each.days_left);
      pill.dataset.tone = each.days_left < 7 ? 'bad' : each.days_left < 21 ? 'warning' : 'good';
      item.querySelector('small').textContent = `until ${each.not_after.slice(0, 16).replace('T', ' ')} UTC`;
    },
  });
}

function describeMatch(alpn) {
  const [kind, names] = Object.entries(alpn)[0];
  return `${kind === 'any' ? '' : `${kind} `}${names.map((name) => (name === '*' ? 'any protocol' : name)).join(', ')}`;
}

export function showBackends(routes) {
  const rows = routes.flatMap((route) => route.backends.map((backend) => ({route, backend})));
  show('backends', rows, {
    key: ({route, backend}) => `${route.route} ${backend.address}`,
    make: ({route, backend}) => {
      const names = route.sni.includes('*') ? 'any name' : route.sni.join(', ');
      return element('li', {}, element('code', {class: 'name'}, backend.address), element('span', {class: 'pill'}),
                     element('small', {class: 'route'}, `route ${route.route}: ${names}, ${describeMatch(route.alpn)} → ${route.action}`),
                     element('small', {class: 'errors'}));
    },
    update: (item, {backend}) => {
      const up = backend.health === 'up';
      const pill = item.querySelector('.pill');
      pill.textContent = up ? 'up' : `set aside for ${duration(backend.retry_ms)}`;
      pill.dataset.tone = up ? 'good' : 'bad';
      item.querySelector('.errors').textContent =
        backend.errors === 0 ? 'no errors' : `${count(backend.errors)} ${backend.errors === 1 ? 'error' : 'errors'}`;
    },
  });
}

function cell(label, properties = {}) {
  return element('td', {'data-label': label, ...properties});
}

const phases = {hello: 'waits for its ClientHello', handshake: 'shakes hands'};

export function showConnections({connections}) {
  byId('connections').hidden = connections.length === 0;
  byId('connections-empty').hidden = connections.length > 0;
  keep(byId('connection-rows'), connections, {
    key: (each) => each.id,
    make: () => element('tr', {}, cell('Client'), cell('Server name'), cell('Offered'), cell('Selected'), cell('Goes to'),
                        cell('In / out', {class: 'number'}), cell('Age', {class: 'number'})),
    update: (row, each) => {
      const target = each.route === null ? '' : `route ${each.route}, ${each.action}${each.backend === null ? '' : ` → ${each.backend}`}`;
      const texts = [
        each.client, each.sni ?? '–', each.offered?.join(', ') ?? (each.phase === 'hello' ? '' : 'no ALPN'),
        each.selected ?? (each.phase === 'open' ? '–' : ''), phases[each.phase] ?? (target || each.listener),
        `${bytes(each.bytes_in)} / ${bytes(each.bytes_out)}`, duration(each.age_ms),
      ];
      texts.forEach((text, index) => {
        if (row.children[index].textContent !== text) row.children[index].textContent = text;
      });
      row.children[3].title = each.tls === null ? '' : `TLS ${each.tls}, ${each.cipher}`;
    },
  });
}
