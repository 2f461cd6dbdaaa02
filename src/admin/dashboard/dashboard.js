// Puts the dashboard together: asks, remembers, shows.

import {LineChart} from '/charts.js';
import {History, quantile, span} from '/history.js';
import * as panels from '/panels.js';
import {follow, getJson, hasToken, keepToken, TokenWanted} from '/server.js';

const byId = (id) => document.getElementById(id);
const history = new History();
const pageSize = 25;

let status = null;
let before = null;  // the page of connections that is shown; null: the newest
let next = null;    // the one behind it

const perSecond = (value) => `${panels.rate(value)}/s`;
const bytesPerSecond = (value) => `${panels.bytes(value)}/s`;

const charts = {
  rate: new LineChart(byId('rate-chart'),
                      {label: 'New connections per second', lines: ['strong'], seconds: span, format: perSecond, least: 5}),
  active: new LineChart(byId('active-chart'),
                        {label: 'Active connections', lines: ['strong'], seconds: span, format: panels.count, least: 5}),
  bytes: new LineChart(byId('bytes-chart'), {label: 'Bytes per second to and from clients', lines: ['strong', 'other'],
                                             seconds: span, format: bytesPerSecond, least: 1000}),
  latency: new LineChart(byId('latency-chart'), {label: 'Handshake latency, p50 and p99', lines: ['strong', 'other'],
                                                 seconds: span, format: panels.duration, least: 1}),
};

function setState(name, text) {
  byId('state').dataset.state = name;
  byId('state-text').textContent = text;
}

function put(id, value, format) {
  byId(id).textContent = value === null ? '–' : format(value);
}

function showTiles() {
  const latest = history.latest;
  put('rate', history.rate('opened'), panels.rate);
  put('active', latest.active, panels.count);
  put('bytes-out', history.rate('bytes_out'), bytesPerSecond);
  put('bytes-in', history.rate('bytes_in'), bytesPerSecond);
  charts.rate.draw([history.rates('opened')]);
  charts.active.draw([history.values('active')]);
  charts.bytes.draw([history.rates('bytes_out'), history.rates('bytes_in')]);
  const bounds = status.histogram_bounds_ms;
  const minute = history.added('handshake', 60);
  put('p50', quantile(minute, bounds, 0.5), panels.duration);
  put('p99', quantile(minute, bounds, 0.99), panels.duration);
  charts.latency.draw([history.quantiles('handshake', bounds, 0.5), history.quantiles('handshake', bounds, 0.99)]);
}

function takeSample(sample) {
  history.add(sample);
  setState(sample.draining ? 'draining' : 'serving', sample.draining ? 'Draining' : 'Serving');
  if (document.hidden) return;
  showTiles();
  panels.showProtocols(sample);
  panels.showReasons(sample);
  const bounds = status.histogram_bounds_ms;
  panels.showLatency(sample.handshake, bounds,
                     [quantile(sample.handshake, bounds, 0.5), quantile(sample.handshake, bounds, 0.99)]);
}

async function showStatus() {
  status = await getJson('/api/status');
  panels.showCertificates(status.certificates);
  byId('listeners').textContent = status.listeners
    .map(({name, address}) => (name === address ? address : `${name} ${address}`)).join(' · ');
  const up = panels.duration(Date.now() - Date.parse(status.started));
  byId('about').textContent = `Simplon ${status.version}, ${status.workers} ${status.workers === 1 ? 'worker' : 'workers'}, up for ${up}. `;
}

async function showRoutes() {
  panels.showBackends((await getJson('/api/routes')).routes);
}

async function showConnections() {
  const page = await getJson(`/api/connections?limit=${pageSize}${before === null ? '' : `&before=${before}`}`);
  panels.showConnections(page);
  next = page.next;
  byId('older').disabled = next === null;
  byId('newest').disabled = before === null;
  byId('connections-caption').textContent =
    `newest first${page.complete ? '' : '; not all workers have answered'}${before === null ? '' : ', older ones'}`;
}

let turn = 0;  // how often it was begun; what belongs to an earlier turn ends

// Again and again while somebody looks; what failed once may do the next time.
async function repeat(show, seconds) {
  for (const mine = turn; mine === turn;) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    if (!document.hidden && mine === turn) await show().catch(() => {});
  }
}

function askForToken() {
  setState('waiting', 'Locked');
  byId('board').hidden = true;
  byId('ask').hidden = false;
  byId('token-error').textContent = hasToken() ? 'The gateway has another token.' : '';
  byId('token').focus();
}

async function start() {
  ++turn;
  setState('waiting', 'Connecting');
  try {
    await showStatus();
    byId('ask').hidden = true;
    byId('board').hidden = false;
    await Promise.all([showRoutes(), showConnections()]);
    repeat(showStatus, 60);
    repeat(showRoutes, 3);
    repeat(showConnections, 3);
    await follow(takeSample, () => setState('lost', 'No answer, trying again'));
  } catch (failure) {
    ++turn;
    if (failure instanceof TokenWanted) return askForToken();
    setState('lost', 'No answer, trying again');
    setTimeout(start, 3000);
  }
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  byId('token').value = '';
  start();
});
byId('older').addEventListener('click', () => {
  before = next;
  showConnections().catch(() => {});
});
byId('newest').addEventListener('click', () => {
  before = null;
  showConnections().catch(() => {});
});

start();
