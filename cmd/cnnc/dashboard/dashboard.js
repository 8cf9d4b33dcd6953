'use strict';
// since is set in front of this script: the version of the page as it was written.
const text = document.getElementById('live-text'), bar = document.getElementById('live-bar'), link = document.getElementById('live-link');
const main = document.querySelector('main'), nav = document.querySelector('nav');
const events = new EventSource('events?since=' + encodeURIComponent(since));

events.addEventListener('sections', e => {
  const update = JSON.parse(e.data);
  document.title = update.title;
  document.querySelector('h1').textContent = update.title;
  for (const s of update.sections) {
    const box = document.createElement('template');
    box.innerHTML = s.html;
    const now = box.content.querySelector('section'), old = document.getElementById(s.id);
    if (!old) { main.append(now); continue; }
    // What the reader has opened or scrolled stays so.
    const open = [...old.querySelectorAll('details')].map(d => d.open), left = [...old.querySelectorAll('.scroll')].map(d => d.scrollLeft);
    old.replaceWith(now);
    [...now.querySelectorAll('details')].forEach((d, i) => { if (i in open) d.open = open[i]; });
    [...now.querySelectorAll('.scroll')].forEach((d, i) => { if (i in left) d.scrollLeft = left[i]; });
  }
  const order = ['live', ...update.order];
  for (const s of [...main.children]) if (!order.includes(s.id)) s.remove();
  order.forEach((id, i) => {
    const s = document.getElementById(id);
    if (s && main.children[i] !== s) main.insertBefore(s, main.children[i] || null);
  });
  if (nav) nav.replaceChildren(...[...main.children].flatMap(s => {
    const a = document.createElement('a');
    a.href = '#' + s.id;
    a.textContent = s.querySelector('h2').textContent;
    return [a, ' '];
  }));
});

events.addEventListener('progress', e => {
  const p = JSON.parse(e.data);
  text.textContent = p.text;
  bar.value = p.share;
});

let ended = false;
events.addEventListener('end', () => {
  ended = true;
  events.close();
  link.textContent = 'The run has ended; this page keeps its last state.';
});
events.onopen = () => { link.textContent = 'Live.'; };
events.onerror = () => { if (!ended) link.textContent = 'The connection is lost; trying again.'; };
