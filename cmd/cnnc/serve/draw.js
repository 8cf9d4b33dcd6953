'use strict';
// model is set in front of this script.
const $ = id => document.getElementById(id);

// ---- asking the network: examples in, {scores, pixels or png} out

// Over HTTP: a picture is a Blob, a row an object.
async function askServer(example) {
  const picture = example instanceof Blob;
  const answer = await fetch(model.url + (picture ? '?seen=1' : ''), {
    method: 'POST',
    headers: {'Content-Type': picture ? example.type || 'application/octet-stream' : 'application/json'},
    body: picture ? example : JSON.stringify({instances: [example]}),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return {scores: body.predictions[0], png: body.seen && 'data:image/png;base64,' + body.seen[0].b64};
}

// In this browser: the network is WebAssembly in a worker.
function startWorker() {
  const beside = name => JSON.stringify(new URL(name, location.href).href); // a worker made here has no folder
  const source = `
    importScripts(${beside('wasm_exec.js')});
    const go = new Go();
    const ready = (async () => {
      const response = await fetch(${beside('model.wasm')});
      if (!response.ok) throw new Error('model.wasm: ' + response.status);
      const {instance} = await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);
      go.run(instance);
    })();
    onmessage = async ({data: {id, bytes}}) => {
      try { await ready; postMessage({id, ...cnncPredict(bytes)}); }
      catch (e) { postMessage({id, error: String(e.message || e)}); }
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  const waiting = new Map();
  let last = 0, broken = null; // why it did not load
  worker.onmessage = ({data}) => {
    const w = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error) w.reject(new Error(data.error)); else w.resolve(data);
  };
  worker.onerror = e => {
    broken = new Error(e.message || 'the network did not load');
    for (const w of waiting.values()) w.reject(broken);
    waiting.clear();
  };
  return async example => {
    const bytes = example instanceof Blob ? new Uint8Array(await example.arrayBuffer())
      : new TextEncoder().encode(JSON.stringify(model.columns.map(c => example[c.name] === null ? '' : String(example[c.name]))));
    return new Promise((resolve, reject) => {
      if (broken) { reject(broken); return; }
      waiting.set(++last, {resolve, reject});
      worker.postMessage({id: last, bytes});
    });
  };
}

let ask;
try {
  ask = model.url ? askServer : startWorker();
} catch (e) {
  ask = async () => { throw new Error('this browser does not let a page opened from a file run WebAssembly; open it from a web server (' + e.message + ')'); };
}

// One question is under way at a time; what has changed meanwhile is asked next, so
// answers cannot overtake each other.
let busy = false, stale = false;
async function update() {
  if (busy) { stale = true; return; }
  busy = true;
  do {
    stale = false;
    try {
      const example = await current();
      if (!example) { say('', []); continue; }
      const begin = performance.now();
      const answer = await ask(example);
      if (stale && !worthShowing()) continue;
      show(answer, performance.now() - begin);
    } catch (e) {
      say(e.message, [], true);
    }
  } while (stale);
  busy = false;
}
// While someone draws on and on, answers are still worth seeing; after Clear not.
const worthShowing = () => model.columns || picture || strokes.length > 0;

// ---- what it says

function probabilities(scores) {
  if (model.task === 'values') return scores;
  if (model.logits && model.task === 'classes') {
    const top = Math.max(...scores), e = scores.map(s => Math.exp(s - top)), sum = e.reduce((a, b) => a + b, 0);
    return e.map(v => v / sum);
  }
  let p = model.logits ? scores.map(s => 1 / (1 + Math.exp(-s))) : scores;
  if (p.length === 1 && model.labels.length === 2) p = [1 - p[0], p[0]];
  return p;
}

const rowsShown = 12;
function show(answer, ms) {
  const values = probabilities(Array.from(answer.scores, v => v ?? NaN)); // null: not finite
  let names = model.labels || model.targets || values.map((_, i) => 'output ' + i);
  let rows = values.map((v, i) => ({name: names[i], v}));
  const best = rows.reduce((a, b) => b.v > a.v ? b : a);
  if (rows.length > rowsShown && model.task !== 'values') rows = rows.sort((a, b) => b.v - a.v).slice(0, rowsShown);
  const several = model.task === 'binary' && values.length > 2;
  say(model.task === 'values' ? '' : several ? rows.filter(r => r.v > 0.5).map(r => r.name).join(', ') || 'none' : best.name, rows, false, best);
  $('time').textContent = ms.toFixed(ms < 10 ? 1 : 0) + ' ms' + (model.url ? ' there and back' : ' in this browser');
  if (answer.pixels) showPixels(answer.pixels);
  if (answer.png) {
    const img = new Image();
    img.onload = () => { const c = $('seen').getContext('2d'); c.drawImage(img, 0, 0); };
    img.src = answer.png;
  }
}

function showPixels(pixels) {
  const seen = $('seen'), c = seen.getContext('2d'), d = c.createImageData(model.width, model.height), n = model.channels;
  for (let i = 0; i < model.width * model.height; i++) {
    for (let k = 0; k < 3; k++) d.data[4 * i + k] = pixels[n * i + (n === 3 ? k : 0)];
    d.data[4 * i + 3] = 255;
  }
  c.putImageData(d, 0, 0);
}

function say(text, rows, bad, best) {
  const verdict = $('verdict');
  verdict.textContent = text || (rows.length || model.columns ? '' : 'Draw something.');
  verdict.classList.toggle('bad', !!bad);
  if (!rows.length) $('time').textContent = '';
  const list = $('bars'), wide = Math.max(...rows.map(r => Math.abs(r.v)), 1e-30);
  while (list.children.length > rows.length) list.lastChild.remove();
  rows.forEach((r, i) => {
    let li = list.children[i];
    if (!li) {
      li = document.createElement('li');
      li.innerHTML = '<span class="name"></span><span class="bar"><i></i></span><span class="value"></span>';
      list.append(li);
    }
    li.className = r.name === (best && best.name) && model.task !== 'values' ? 'best' : '';
    li.children[0].textContent = r.name;
    const share = model.task === 'values' ? Math.abs(r.v) / wide : r.v;
    li.querySelector('i').style.width = (100 * Math.min(Math.max(share, 0), 1)).toFixed(1) + '%';
    li.children[2].textContent = model.task === 'values' ? Number(r.v.toPrecision(5)) : (100 * r.v).toFixed(1) + '%';
  });
}

// ---- rows of a table

let current; // the example on the page, null for none
if (model.columns) {
  const form = $('row');
  for (const c of model.columns) {
    const label = document.createElement('label');
    label.append(c.name);
    let field;
    if (c.categories) {
      field = document.createElement('select');
      if (c.missing) field.append(new Option('(missing)', ''));
      for (const v of c.categories) field.append(new Option(v, v));
    } else {
      field = document.createElement('input');
      field.type = c.number ? 'number' : 'text';
      if (c.number) { field.step = 'any'; field.value = c.typical === undefined ? 0 : Number(c.typical.toPrecision(4)); }
    }
    field.name = c.name;
    field.addEventListener('input', update);
    label.append(field);
    form.append(label);
  }
  form.addEventListener('submit', e => e.preventDefault());
  current = async () => Object.fromEntries(model.columns.map((c, i) => {
    const v = form.elements[i].value;
    return [c.name, v === '' ? null : c.number ? Number(v) : v];
  }));
  update();
}

// ---- drawing

const strokes = []; // {width, points}: shares of the side of the pad
let picture = null; // {file, bitmap} instead of strokes
if (!model.columns) {
  const pad = $('pad'), pen = pad.getContext('2d'), seen = $('seen');
  const side = Math.min(model.width, model.height), unit = 560 / Math.max(model.width, model.height);
  pad.width = Math.round(model.width * unit);
  pad.height = Math.round(model.height * unit);
  seen.width = model.width;
  seen.height = model.height;
  const padSide = Math.min(pad.width, pad.height);
  // A line of Quick, Draw! bitmaps has 16 of 304 units; pens of folders differ, so it can be set.
  $('line').value = 12;
  const lineWidth = () => Number($('line').value) / 12 * 16 / 304;
  const dark = () => (model.paper === 'dark') !== $('invert').checked;
  const paper = () => dark() ? '#000' : '#fff', ink = () => dark() ? '#fff' : '#000';

  // trace draws strokes: point p becomes p*scale + (dx, dy), lines are width*side wide.
  function trace(c, list, scale, dx, dy, side) {
    c.strokeStyle = c.fillStyle = ink();
    c.lineCap = c.lineJoin = 'round';
    for (const s of list) {
      const [x, y] = s.points[0], width = Math.max(s.width * side, 1);
      c.beginPath();
      if (s.points.length === 1) {
        c.arc(x * scale + dx, y * scale + dy, width / 2, 0, 7);
        c.fill();
        continue;
      }
      c.lineWidth = width;
      c.moveTo(x * scale + dx, y * scale + dy);
      for (const [x, y] of s.points.slice(1)) c.lineTo(x * scale + dx, y * scale + dy);
      c.stroke();
    }
  }

  const cursor = {x: 0.5 * pad.width / padSide, y: 0.5 * pad.height / padSide, shown: false, down: false};
  function paint() {
    pen.fillStyle = paper();
    pen.fillRect(0, 0, pad.width, pad.height);
    if (picture) {
      const b = picture.bitmap, f = Math.min(pad.width / b.width, pad.height / b.height);
      pen.filter = $('invert').checked ? 'invert(1)' : 'none';
      pen.drawImage(b, (pad.width - b.width * f) / 2, (pad.height - b.height * f) / 2, b.width * f, b.height * f);
      pen.filter = 'none';
    }
    trace(pen, strokes, padSide, 0, 0, padSide);
    if (cursor.shown) {
      pen.strokeStyle = '#e04a00';
      pen.lineWidth = 3;
      pen.beginPath();
      pen.arc(cursor.x * padSide, cursor.y * padSide, cursor.down ? 6 : 11, 0, 7);
      pen.stroke();
    }
  }
  function changed() { paint(); update(); }

  // The drawing as the network has seen drawings in training: in its middle, as
  // large as there is room, its lines as wide as chosen whatever the scale.
  function render() {
    const c = document.createElement('canvas');
    c.width = model.width;
    c.height = model.height;
    const g = c.getContext('2d');
    g.fillStyle = paper();
    g.fillRect(0, 0, c.width, c.height);
    let scale = side, dx = 0, dy = 0;
    if ($('fit').checked) {
      let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity, width = 0;
      for (const s of strokes) {
        width = Math.max(width, s.width);
        for (const [x, y] of s.points) { x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y); }
      }
      const border = side * (width / 2 + 16 / 304);
      scale = Math.min((c.width - 2 * border) / Math.max(x1 - x0, 0.15), (c.height - 2 * border) / Math.max(y1 - y0, 0.15));
      dx = c.width / 2 - scale * (x0 + x1) / 2;
      dy = c.height / 2 - scale * (y0 + y1) / 2;
    }
    trace(g, strokes, scale, dx, dy, side);
    return c;
  }
  const toBlob = canvas => new Promise(resolve => canvas.toBlob(resolve, 'image/png'));

  current = async () => {
    if (picture && !$('invert').checked) return picture.file;
    if (picture) {
      const c = document.createElement('canvas');
      c.width = picture.bitmap.width;
      c.height = picture.bitmap.height;
      const g = c.getContext('2d');
      g.filter = 'invert(1)';
      g.drawImage(picture.bitmap, 0, 0);
      return toBlob(c);
    }
    if (!strokes.length) { seen.getContext('2d').clearRect(0, 0, seen.width, seen.height); return null; }
    return toBlob(render());
  };

  // Pointers: mouse, finger, pen; each has a stroke of its own.
  const active = new Map();
  const place = e => {
    const r = pad.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width * pad.width / padSide, (e.clientY - r.top) / r.height * pad.height / padSide];
  };
  pad.addEventListener('pointerdown', e => {
    if (e.button !== 0) return;
    e.preventDefault();
    pad.focus({preventScroll: true});
    cursor.shown = false;
    try { pad.setPointerCapture(e.pointerId); } catch (_) { /* an event made by a script */ }
    picture = null;
    const s = {width: lineWidth(), points: [place(e)]};
    strokes.push(s);
    active.set(e.pointerId, s);
    changed();
  });
  pad.addEventListener('pointermove', e => {
    const s = active.get(e.pointerId);
    if (!s) return;
    const list = e.getCoalescedEvents ? e.getCoalescedEvents() : [];
    for (const p of list.length ? list : [e]) s.points.push(place(p));
    changed();
  });
  for (const name of ['pointerup', 'pointercancel']) pad.addEventListener(name, e => active.delete(e.pointerId));

  // Keys: arrows move, space lowers and lifts the pen.
  const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  pad.addEventListener('keydown', e => {
    const d = steps[e.key];
    if (d) {
      const step = e.shiftKey ? 1 / 8 : 1 / 40;
      cursor.x = Math.min(Math.max(cursor.x + d[0] * step, 0), pad.width / padSide);
      cursor.y = Math.min(Math.max(cursor.y + d[1] * step, 0), pad.height / padSide);
      if (cursor.down && strokes.length) strokes[strokes.length - 1].points.push([cursor.x, cursor.y]);
    } else if (e.key === ' ') {
      cursor.down = !cursor.down;
      if (cursor.down) { picture = null; strokes.push({width: lineWidth(), points: [[cursor.x, cursor.y]]}); }
    } else return;
    cursor.shown = true;
    e.preventDefault();
    changed();
  });
  pad.addEventListener('blur', () => { cursor.shown = cursor.down = false; paint(); });

  function undo() {
    if (picture) picture = null; else strokes.pop();
    active.clear();
    cursor.down = false;
    changed();
  }
  $('undo').addEventListener('click', undo);
  $('clear').addEventListener('click', () => { picture = null; strokes.length = 0; active.clear(); cursor.down = false; changed(); });
  document.addEventListener('keydown', e => { if ((e.ctrlKey || e.metaKey) && e.key === 'z') { e.preventDefault(); undo(); } });
  for (const id of ['fit', 'invert']) $(id).addEventListener('change', changed);
  $('line').addEventListener('input', () => { for (const s of strokes) s.width = lineWidth(); changed(); });

  // Pictures: dropped, pasted or chosen.
  async function open(file) {
    if (!file) return;
    try {
      picture = {file, bitmap: await createImageBitmap(file)};
      strokes.length = 0;
      changed();
    } catch (_) {
      // The browser cannot show it; the network may read it all the same.
      picture = {file, bitmap: pad.cloneNode()};
      strokes.length = 0;
      changed();
    }
  }
  $('file').addEventListener('change', e => { open(e.target.files[0]); e.target.value = ''; });
  document.addEventListener('dragover', e => { e.preventDefault(); pad.classList.add('over'); });
  document.addEventListener('dragleave', () => pad.classList.remove('over'));
  document.addEventListener('drop', e => { e.preventDefault(); pad.classList.remove('over'); open(e.dataTransfer.files[0]); });
  document.addEventListener('paste', e => open([...e.clipboardData.files][0]));
  paint();
}
