"use strict";
(function () {
  const source = document.getElementById("scene-data");
  const button = document.getElementById("scene-open");
  const place = document.getElementById("scene-place");
  if (!source || !button || !place) return;
  let frame = null;
  let plan = 0;

  function tell() {
    if (frame) frame.contentWindow.postMessage({ flrPlan: plan }, "*");
  }

  document.addEventListener("flr-plan", function (event) {
    plan = event.detail;
    tell();
  });
  window.addEventListener("message", function (event) {
    if (frame && event.source === frame.contentWindow && event.data && event.data.flrReady) {
      place.dataset.ready = "yes";
      tell();
    }
  });
  button.hidden = false;
  button.addEventListener("click", function () {
    frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.title = place.dataset.title;
    frame.srcdoc = JSON.parse(source.textContent);
    place.replaceChildren(frame);
    place.hidden = false;
    button.hidden = true;
  });
})();
