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

  const state = { plan: 0, at: data.start.slice(), colours: true, vessels: true, lines: true };
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

  function places(size, count) {
    const found = new Int32Array(size);
    for (let p = 0; p < size; p++) {
      found[p] = count - 1 - Math.min(count - 1, Math.floor(((p + 0.5) * count) / size));
    }
    return found;
  }

  function between(size, count) {
    // Neighbours and weights for values that are smooth between voxel centres.
    const low = new Int32Array(size);
    const high = new Int32Array(size);
    const weight = new Float32Array(size);
    for (let p = 0; p < size; p++) {
      const at = count - 0.5 - ((p + 0.5) * count) / size;
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
    v.column = places(v.columns, data.shape[v.across]);
    v.row = places(v.rows, data.shape[v.down]);
    if (data.image) {
      v.greyColumn = between(v.columns, data.image.shape[v.across]);
      v.greyRow = between(v.rows, data.image.shape[v.down]);
    }
    v.slider.min = 0;
    v.slider.max = data.shape[v.normal] - 1;
    v.slider.value = state.at[v.number];
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
    const factor = 255 / (data.image.steps - 1);
    return function (row, column) {
      const one = base + v.greyRow.low[row] * d;
      const other = base + v.greyRow.high[row] * d;
      const w = weight[column];
      const [i, j] = [low[column] * a, high[column] * a];
      const first = voxels[one + i] * (1 - w) + voxels[one + j] * w;
      const second = voxels[other + i] * (1 - w) + voxels[other + j] * w;
      return factor * (first * (1 - v.greyRow.weight[row]) + second * v.greyRow.weight[row]);
    };
  }

  function draw(v) {
    const classes = loaded.classes[state.plan];
    if (!classes) return;
    const context = v.canvas.getContext("2d");
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
            [r, g, b] = grey ? [240, 228, 66] : [0, 0, 0];
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
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, v.canvas.width, v.canvas.height);
    context.putImageData(picture, MARGIN, MARGIN);
    cross(v, context);
    letters(v, context);
    const shares = Object.keys(counts).map((key) =>
      key + " " + Math.max(1, Math.round((100 * counts[key]) / inside)) + " %");
    v.canvas.setAttribute("aria-label",
      v.view.name + " slice " + (state.at[v.number] + 1) + " of " + data.shape[v.normal] + ", plan " +
      data.plans[state.plan].title + ": " + (shares.join(", ") || "no liver"));
    v.output.textContent = state.at[v.number] + 1 + " of " + data.shape[v.normal];
  }

  function cross(v, context) {
    if (!state.lines) return;
    const x = MARGIN + ((data.shape[v.across] - 0.5 - whereOf(v.across)) / data.shape[v.across]) * v.columns;
    const y = MARGIN + ((data.shape[v.down] - 0.5 - whereOf(v.down)) / data.shape[v.down]) * v.rows;
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

  function letters(v, context) {
    const [left, right, upper, lower] = v.view.edges;
    context.fillStyle = "#000000";
    context.font = "bold 15px sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(left, MARGIN / 2, MARGIN + v.rows / 2);
    context.fillText(right, v.columns + 1.5 * MARGIN, MARGIN + v.rows / 2);
    context.fillText(upper, MARGIN + v.columns / 2, MARGIN / 2);
    context.fillText(lower, MARGIN + v.columns / 2, v.rows + 1.5 * MARGIN);
    context.fillRect(MARGIN, v.rows + MARGIN + 4, 50 * scale, 3);
    context.font = "11px sans-serif";
    context.textAlign = "left";
    context.fillText("50 mm", MARGIN, v.rows + MARGIN + 14);
  }

  function whereOf(axis) {
    return state.at[views.find((v) => v.normal === axis).number];
  }

  const status = document.getElementById("viewer-status");
  function tell() {
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
      tell();
    });
  }

  function move(v, to) {
    const most = data.shape[v.normal] - 1;
    state.at[v.number] = Math.min(most, Math.max(0, to));
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
      const aim = function (event) {
        const box = v.canvas.getBoundingClientRect();
        const zoom = v.canvas.width / box.width;
        const column = Math.floor((event.clientX - box.left) * zoom - MARGIN);
        const row = Math.floor((event.clientY - box.top) * zoom - MARGIN);
        if (column < 0 || row < 0 || column >= v.columns || row >= v.rows) return;
        move(views.find((other) => other.normal === v.across), v.column[column]);
        move(views.find((other) => other.normal === v.down), v.row[row]);
      };
      v.canvas.addEventListener("pointerdown", aim);
      v.canvas.addEventListener("pointermove", (event) => { if (event.buttons & 1) aim(event); });
    }
    for (const radio of section.querySelectorAll("input[name=viewer-plan]")) {
      radio.addEventListener("change", () => choose(Number(radio.value)));
    }
    for (const key of ["colours", "vessels", "lines"]) {
      const box = document.getElementById("show-" + key);
      if (box) box.addEventListener("change", function () { state[key] = box.checked; refresh(); });
    }
  }

  async function begin() {
    loaded.parts = await unpacked(data.parts);
    if (data.vessels) loaded.vessels = await unpacked(data.vessels);
    if (data.image) loaded.image = await unpacked(data.image.voxels);
    section.hidden = false;
    document.documentElement.classList.add("with-viewer");
    views.forEach(prepare);
    listen();
    const checked = section.querySelector("input[name=viewer-plan]:checked");
    await choose(checked ? Number(checked.value) : 0);
    section.dataset.ready = "yes";
  }

  begin();
})();
