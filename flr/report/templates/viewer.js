"use strict";
(function () {
  const section = document.getElementById("viewer");
  const source = document.getElementById("viewer-data");
  if (!section || !source || typeof DecompressionStream === "undefined") return;
  const data = JSON.parse(source.textContent);
  const MARGIN = 20;
  const MOST_PIXELS = 520;
  const HATCH = 9;

  function bytesOf(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  async function unpacked(text) {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function rgb(text) {
    return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
  }

  const [nx, ny, nz] = data.shape;
  const stride = [1, nx, nx * ny];
  // Each view by its axes: across and down run from the high end, which is R or A, and A or S.
  const AXES = [[0, 1, 2], [0, 2, 1], [1, 2, 0]];
  const colours = {};
  for (const key of Object.keys(data.colours)) colours[key] = rgb(data.colours[key]);
  const vesselColours = data.vessel_colours.map(rgb);
  const leaving = new Set(data.leaving);
  const tumours = new Set(data.tumours);

  const state = { plan: 0, at: data.start.slice(), colours: true, vessels: true, lines: true,
    zoom: 1, measuring: false, window: data.image ? { low: data.image.low, high: data.image.high } : null };
  const loaded = { parts: null, vessels: null, image: null, classes: [] };
  const views = data.views.map(function (view, number) {
    const canvas = document.getElementById("canvas-" + view.key);
    const slider = document.getElementById("slide-" + view.key);
    const [across, down, normal] = AXES[number];
    const wide = data.shape[across] * data.spacing_mm[across];
    const high = data.shape[down] * data.spacing_mm[down];
    return { view, number, canvas, slider, across, down, normal, wide, high,
      output: document.getElementById("at-" + view.key) };
  });
  const scale = Math.min(2.4, ...views.map((v) => MOST_PIXELS / Math.max(v.wide, v.high)));

  // A zoomed picture shows a part of its axis: from a share of it, counted from the high end, and so much of it.
  function part(axis) {
    const share = 1 / state.zoom;
    const middle = (data.shape[axis] - 0.5 - whereOf(axis)) / data.shape[axis];
    return { from: Math.min(1 - share, Math.max(0, middle - share / 2)), share };
  }

  function places(size, count, { from, share }) {
    const found = new Int32Array(size);
    for (let p = 0; p < size; p++) {
      const at = (from + ((p + 0.5) / size) * share) * count;
      found[p] = count - 1 - Math.min(count - 1, Math.floor(at));
    }
    return found;
  }

  function between(size, count, { from, share }) {
    // Neighbours and weights for values that are smooth between voxel centres.
    const low = new Int32Array(size);
    const high = new Int32Array(size);
    const weight = new Float32Array(size);
    for (let p = 0; p < size; p++) {
      const at = count - 0.5 - (from + ((p + 0.5) / size) * share) * count;
      const floor = Math.min(count - 1, Math.max(0, Math.floor(at)));
      low[p] = floor;
      high[p] = Math.min(count - 1, floor + 1);
      weight[p] = Math.min(1, Math.max(0, at - floor));
    }
    return { low, high, weight };
  }

  function prepare(v) {
    v.columns = Math.max(1, Math.round(v.wide * scale));
    v.rows = Math.max(1, Math.round(v.high * scale));
    v.canvas.width = v.columns + 2 * MARGIN;
    v.canvas.height = v.rows + 2 * MARGIN;
    v.ruler = null;
    v.slider.min = 0;
    v.slider.max = data.shape[v.normal] - 1;
    v.slider.value = state.at[v.number];
  }

  function aimAt(v) {
    v.across_part = part(v.across);
    v.down_part = part(v.down);
    v.column = places(v.columns, data.shape[v.across], v.across_part);
    v.row = places(v.rows, data.shape[v.down], v.down_part);
    if (data.image) {
      v.greyColumn = between(v.columns, data.image.shape[v.across], v.across_part);
      v.greyRow = between(v.rows, data.image.shape[v.down], v.down_part);
    }
  }

  function greyOf(v) {
    const shape = data.image.shape;
    const steps = [1, shape[0], shape[0] * shape[1]];
    const [a, d] = [steps[v.across], steps[v.down]];
    const slice = Math.min(shape[v.normal] - 1,
      Math.floor(((state.at[v.number] + 0.5) * shape[v.normal]) / data.shape[v.normal]));
    const base = slice * steps[v.normal];
    const voxels = loaded.image;
    const { low, high, weight } = v.greyColumn;
    // From stored steps over the whole range to the grey of the chosen window.
    const range = data.image.high - data.image.low;
    const width = state.window.high - state.window.low;
    const factor = (255 / (data.image.steps - 1)) * (range / width);
    const offset = (255 * (data.image.low - state.window.low)) / width;
    return function (row, column) {
      const one = base + v.greyRow.low[row] * d;
      const other = base + v.greyRow.high[row] * d;
      const w = weight[column];
      const [i, j] = [low[column] * a, high[column] * a];
      const first = voxels[one + i] * (1 - w) + voxels[one + j] * w;
      const second = voxels[other + i] * (1 - w) + voxels[other + j] * w;
      const shown = offset + factor * (first * (1 - v.greyRow.weight[row]) + second * v.greyRow.weight[row]);
      return Math.min(255, Math.max(0, shown));
    };
  }

  function draw(v) {
    const classes = loaded.classes[state.plan];
    if (!classes) return;
    aimAt(v);
    const context = v.canvas.getContext("2d");
    const theme = getComputedStyle(v.canvas);
    const picture = context.createImageData(v.columns, v.rows);
    const pixels = picture.data;
    const [a, d] = [stride[v.across], stride[v.down]];
    const base = state.at[v.number] * stride[v.normal];
    const grey = loaded.image ? greyOf(v) : null;
    const opacity = grey ? 0.42 : 0.9;
    const line = grey ? 255 : 0;
    const counts = {};
    let inside = 0;
    for (let row = 0; row < v.rows; row++) {
      const down = base + v.row[row] * d;
      const above = row > 0 ? base + v.row[row - 1] * d : down;
      for (let column = 0; column < v.columns; column++) {
        const here = down + v.column[column] * a;
        const value = classes[here];
        const left = classes[down + v.column[column > 0 ? column - 1 : 0] * a];
        const upper = classes[above + v.column[column] * a];
        const ground = grey ? grey(row, column) : 244;
        let [r, g, b] = [ground, ground, ground];
        if (value) {
          inside++;
          counts[data.words[value]] = (counts[data.words[value]] || 0) + 1;
          if (state.colours) {
            const [cr, cg, cb] = colours[value];
            [r, g, b] = [r + (cr - r) * opacity, g + (cg - g) * opacity, b + (cb - b) * opacity];
            if (leaving.has(value) && (row + column) % HATCH === 0) [r, g, b] = [line, line, line];
          }
        }
        const vessel = state.vessels && loaded.vessels ? loaded.vessels[here] : 0;
        if (vessel) {
          const [vr, vg, vb] = vesselColours[vessel - 1];
          [r, g, b] = [r + (vr - r) * 0.8, g + (vg - g) * 0.8, b + (vb - b) * 0.8];
        }
        if (state.lines) {
          const out = leaving.has(value);
          const mass = tumours.has(value);
          if (mass !== tumours.has(left) || mass !== tumours.has(upper)) {
            [r, g, b] = grey ? colours[data.tumours[0]] : [0, 0, 0];
          } else if (out !== leaving.has(left) || out !== leaving.has(upper)) {
            [r, g, b] = [line, line, line];
          }
        }
        const at = 4 * (row * v.columns + column);
        pixels[at] = r;
        pixels[at + 1] = g;
        pixels[at + 2] = b;
        pixels[at + 3] = 255;
      }
    }
    context.fillStyle = theme.backgroundColor;
    context.fillRect(0, 0, v.canvas.width, v.canvas.height);
    context.putImageData(picture, MARGIN, MARGIN);
    cross(v, context);
    ruler(v, context);
    letters(v, context, theme.color);
    const shares = Object.keys(counts).map((key) =>
      key + " " + Math.max(1, Math.round((100 * counts[key]) / inside)) + " %");
    v.canvas.setAttribute("aria-label",
      v.view.name + " slice " + (state.at[v.number] + 1) + " of " + data.shape[v.normal] + ", plan " +
      data.plans[state.plan].title + ": " + (shares.join(", ") || "no liver"));
    v.output.textContent = state.at[v.number] + 1 + " of " + data.shape[v.normal];
  }

  // Where a share of an axis, counted from its high end, lies on the canvas.
  function onCanvas(v, x, y) {
    return [MARGIN + ((x - v.across_part.from) / v.across_part.share) * v.columns,
      MARGIN + ((y - v.down_part.from) / v.down_part.share) * v.rows];
  }

  function cross(v, context) {
    if (!state.lines) return;
    const [x, y] = onCanvas(v, (data.shape[v.across] - 0.5 - whereOf(v.across)) / data.shape[v.across],
      (data.shape[v.down] - 0.5 - whereOf(v.down)) / data.shape[v.down]);
    context.save();
    context.strokeStyle = loaded.image ? "rgba(255,255,255,0.55)" : "rgba(0,0,0,0.45)";
    context.setLineDash([2, 4]);
    context.beginPath();
    context.moveTo(x, MARGIN);
    context.lineTo(x, MARGIN + v.rows);
    context.moveTo(MARGIN, y);
    context.lineTo(MARGIN + v.columns, y);
    context.stroke();
    context.restore();
  }

  function rulerMm(v) {
    const { from, to } = v.ruler;
    return Math.hypot((to[0] - from[0]) * v.wide, (to[1] - from[1]) * v.high);
  }

  function ruler(v, context) {
    if (!v.ruler) return;
    const [x, y] = onCanvas(v, ...v.ruler.from);
    const [toX, toY] = onCanvas(v, ...v.ruler.to);
    const words = rulerMm(v).toFixed(1) + " mm";
    context.save();
    context.beginPath();
    context.rect(MARGIN, MARGIN, v.columns, v.rows);
    context.clip();
    for (const [width, colour] of [[4, "#000000"], [2, "#ffffff"]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(toX, toY);
      context.stroke();
    }
    context.font = "bold 13px sans-serif";
    context.textAlign = "center";
    context.lineWidth = 4;
    context.strokeStyle = "#000000";
    context.fillStyle = "#ffffff";
    const at = [Math.min(v.columns + MARGIN - 36, Math.max(MARGIN + 36, (x + toX) / 2)),
      Math.max(MARGIN + 14, (y + toY) / 2 - 8)];
    context.strokeText(words, ...at);
    context.fillText(words, ...at);
    context.restore();
  }

  function letters(v, context, ink) {
    const [left, right, upper, lower] = v.view.edges;
    context.fillStyle = ink;
    context.font = "bold 15px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(left, MARGIN / 2, MARGIN + v.rows / 2);
    context.fillText(right, v.columns + 1.5 * MARGIN, MARGIN + v.rows / 2);
    context.fillText(upper, MARGIN + v.columns / 2, MARGIN / 2);
    context.fillText(lower, MARGIN + v.columns / 2, v.rows + 1.5 * MARGIN);
    const barMm = state.zoom > 3 ? 10 : 50;
    context.fillRect(MARGIN, v.rows + MARGIN + 4, barMm * scale * state.zoom, 3);
    context.font = "11px sans-serif";
    context.textAlign = "left";
    context.fillText(barMm + " mm", MARGIN, v.rows + MARGIN + 14);
  }

  function whereOf(axis) {
    return state.at[views.find((v) => v.normal === axis).number];
  }

  const status = document.getElementById("viewer-status");
  function tell() {
    if (!loaded.classes[state.plan]) return;
    const here = whereOf(0) + nx * whereOf(1) + nx * ny * whereOf(2);
    const value = loaded.classes[state.plan][here];
    const words = [];
    if (value) {
      const part = loaded.parts ? loaded.parts[here] : 0;
      if (part && data.part_names.length) words.push("segment " + data.part_names[part - 1]);
      words.push(data.words[value]);
    } else {
      words.push("outside the liver");
    }
    const vessel = loaded.vessels ? loaded.vessels[here] : 0;
    if (vessel) words.push(data.vessel_words[vessel - 1].toLowerCase());
    status.textContent = "At the crossing: " + words.join(", ");
  }

  let waiting = false;
  function refresh() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(function () {
      waiting = false;
      views.forEach(draw);
      if (!state.measuring) tell();
    });
  }

  function move(v, to) {
    const most = data.shape[v.normal] - 1;
    state.at[v.number] = Math.min(most, Math.max(0, to));
    v.ruler = null;
    v.slider.value = state.at[v.number];
    refresh();
  }

  async function choose(plan) {
    state.plan = plan;
    if (!loaded.classes[plan]) loaded.classes[plan] = await unpacked(data.plans[plan].classes);
    refresh();
    document.dispatchEvent(new CustomEvent("flr-plan", { detail: plan }));
  }

  function listen() {
    for (const v of views) {
      v.slider.addEventListener("input", () => move(v, Number(v.slider.value)));
      v.canvas.addEventListener("wheel", function (event) {
        event.preventDefault();
        move(v, state.at[v.number] + (event.deltaY < 0 ? 1 : -1));
      }, { passive: false });
      // Column and row of the picture under the pointer, or nothing beside it.
      const under = function (event) {
        const box = v.canvas.getBoundingClientRect();
        const zoom = v.canvas.width / box.width;
        const column = (event.clientX - box.left) * zoom - MARGIN;
        const row = (event.clientY - box.top) * zoom - MARGIN;
        return column < 0 || row < 0 || column >= v.columns || row >= v.rows ? null : [column, row];
      };
      const share = ([column, row]) => [v.across_part.from + (column / v.columns) * v.across_part.share,
        v.down_part.from + (row / v.rows) * v.down_part.share];
      const press = function (event, isFirst) {
        const at = under(event);
        if (!at) return;
        if (state.measuring) {
          if (isFirst) v.ruler = { from: share(at), to: share(at) };
          else if (v.ruler) v.ruler.to = share(at);
          refresh();
          if (v.ruler) status.textContent = v.view.name + " distance: " + rulerMm(v).toFixed(1) + " mm";
          return;
        }
        const [column, row] = at.map(Math.floor);
        const [across, down] = [v.column[column], v.row[row]];
        move(views.find((other) => other.normal === v.across), across);
        move(views.find((other) => other.normal === v.down), down);
      };
      v.canvas.addEventListener("pointerdown", (event) => press(event, true));
      v.canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) press(event, false); });
    }
    windows();
    zooming();
    const measure = document.getElementById("measure");
    if (measure) {
      measure.addEventListener("click", function () {
        state.measuring = !state.measuring;
        measure.setAttribute("aria-pressed", String(state.measuring));
        for (const v of views) {
          v.canvas.classList.toggle("measuring", state.measuring);
          v.ruler = null;
        }
        status.textContent = state.measuring ? "Draw a line on a slice" : "";
        refresh();
      });
    }
    const themed = function () { refresh(); document.dispatchEvent(new CustomEvent("flr-theme")); };
    for (const radio of document.querySelectorAll("input[name=theme]")) radio.addEventListener("change", themed);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);
    for (const radio of section.querySelectorAll("input[name=viewer-plan]")) {
      radio.addEventListener("change", () => choose(Number(radio.value)));
    }
    for (const key of ["colours", "vessels", "lines"]) {
      const box = document.getElementById("show-" + key);
      if (box) box.addEventListener("change", function () { state[key] = box.checked; refresh(); });
    }
  }

  function zooming() {
    const steps = [1, 1.5, 2, 3, 4, 6, 8];
    const by = function (way) {
      const at = Math.min(steps.length - 1, Math.max(0, steps.indexOf(state.zoom) + way));
      state.zoom = steps[at];
      document.getElementById("zoom-at").textContent = state.zoom + "×";
      refresh();
    };
    document.getElementById("zoom-in").addEventListener("click", () => by(1));
    document.getElementById("zoom-out").addEventListener("click", () => by(-1));
  }

  function windows() {
    const preset = document.getElementById("window-preset");
    if (!preset || !data.image) return;
    const [width, level] = ["width", "level"].map((key) => document.getElementById("window-" + key));
    const { low, high } = data.image;
    const unit = data.image.windows[0].unit;
    const step = unit ? 5 : (high - low) / 100;
    const digits = unit || high - low > 20 ? 0 : 2;
    for (const one of data.image.windows) preset.add(new Option(one.name));
    const own = new Option("own");
    own.disabled = true;
    preset.add(own);
    [width.min, width.max, width.step] = [step * 2, high - low, step];
    [level.min, level.max, level.step] = [low, high, step];
    const apply = function () {
      const [w, l] = [Number(width.value), Number(level.value)];
      state.window = { low: l - w / 2, high: l + w / 2 };
      document.getElementById("window-width-at").textContent = w.toFixed(digits) + (unit ? " " + unit : "");
      document.getElementById("window-level-at").textContent = l.toFixed(digits) + (unit ? " " + unit : "");
      refresh();
    };
    const choosePreset = function () {
      const one = data.image.windows[preset.selectedIndex];
      if (!one) return;
      width.value = one.width;
      level.value = one.level;
      apply();
    };
    preset.addEventListener("change", choosePreset);
    for (const slider of [width, level]) {
      slider.addEventListener("input", function () { own.selected = true; apply(); });
    }
    choosePreset();
  }

  async function begin() {
    loaded.parts = await unpacked(data.parts);
    if (data.vessels) loaded.vessels = await unpacked(data.vessels);
    if (data.image) loaded.image = await unpacked(data.image.voxels);
    section.hidden = false;
    // Columns as wide as what they show: the three pictures have one scale.
    section.style.setProperty("--views", views.map((v) => "minmax(0, " + Math.round(v.wide + 20) + "fr)").join(" "));
    views.forEach(prepare);
    listen();
    const checked = section.querySelector("input[name=viewer-plan]:checked");
    await choose(checked ? Number(checked.value) : 0);
    section.dataset.ready = "yes";
  }

  begin();
})();
