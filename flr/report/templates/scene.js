"use strict";
(function () {
  const source = document.getElementById("scene-data");
  const button = document.getElementById("scene-open");
  const place = document.getElementById("scene-place");
  const tools = document.getElementById("scene-tools");
  if (!source || !button || !place || !tools) return;
  let frame = null;
  let plan = 0;

  function styles() {
    const found = {};
    for (const box of tools.querySelectorAll("[data-solid]")) {
      const range = tools.querySelector('[data-opacity="' + box.dataset.solid + '"]');
      found[box.dataset.solid] = { visible: box.checked, opacity: Number(range.value) / 100 };
    }
    return found;
  }

  function tell(view) {
    if (!frame) return;
    const paper = getComputedStyle(document.body).backgroundColor;
    frame.contentWindow.postMessage({ flrPlan: plan, flrStyles: styles(), flrPaper: paper, flrView: view || "" }, "*");
  }

  document.addEventListener("flr-plan", function (event) {
    plan = event.detail;
    tell();
  });
  document.addEventListener("flr-theme", () => tell());
  window.addEventListener("message", function (event) {
    if (frame && event.source === frame.contentWindow && event.data && event.data.flrReady) {
      place.dataset.ready = "yes";
      tell("anterior");
    }
  });
  function open() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = place.dataset.title;
    frame.srcdoc = JSON.parse(source.textContent);
    place.replaceChildren(frame);
    place.hidden = false;
    tools.hidden = false;
    button.hidden = true;
  }

  button.hidden = false;
  button.addEventListener("click", open);
  for (const link of document.querySelectorAll('.glance a[href="#scene"]')) link.addEventListener("click", open);
  tools.addEventListener("input", () => tell());
  for (const one of tools.querySelectorAll("[data-view]")) {
    one.addEventListener("click", () => tell(one.dataset.view));
  }
})();
