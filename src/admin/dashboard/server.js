// Talks to the admin server: JSON, and a stream of events that begins anew whenever it breaks off.

const key = 'simplon-token';

export class TokenWanted extends Error {}

export function keepToken(token) {
  sessionStorage.setItem(key, token);
}

export function hasToken() {
  return sessionStorage.getItem(key) !== null;
}

async function ask(path, signal) {
  const token = sessionStorage.getItem(key);
  const headers = token === null ? {} : {Authorization: `Bearer ${token}`};
  const response = await fetch(path, {headers, signal, cache: 'no-store'});
  if (response.status === 401) throw new TokenWanted();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

export async function getJson(path) {
  const response = await ask(path, AbortSignal.timeout(10000));
  return response.json();
}

// Calls `take` with each sample. Ends with an exception, when the stream does. A server that says nothing for some
// seconds is as good as gone.
async function readSamples(take) {
  const patience = 6000;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), patience);
  try {
    const response = await ask('/api/events', silence.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let waiting = '';
    for (;;) {
      const {done, value} = await reader.read();
      if (done) throw new Error('the stream has ended');
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), patience);
      const events = (waiting + value).split('\n\n');
      waiting = events.pop();
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data !== undefined) take(JSON.parse(data.slice(6)));
      }
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

// Until a token is wanted, which is thrown.
export async function follow(take, lost) {
  let pause = 1000;
  for (;;) {
    try {
      await readSamples((sample) => {
        pause = 1000;
        take(sample);
      });
    } catch (failure) {
      if (failure instanceof TokenWanted) throw failure;
      lost();
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 10000);
  }
}
