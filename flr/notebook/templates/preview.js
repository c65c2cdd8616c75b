"use strict";
(function () {
  const offsets = JSON.parse(document.getElementById("offsets").textContent);
  const slider = document.getElementById("offset");
  const move = document.getElementById("move");
  const said = document.getElementById("said");
  const nothing = document.getElementById("nothing");
  const sections = Array.from(document.querySelectorAll("#positions > section"));

  function show() {
    const plan = document.querySelector("input[name=plan]:checked").value;
    const offset = move.checked ? String(offsets[Number(slider.value)]) : "";
    let found = false;
    for (const section of sections) {
      const here = section.dataset.plan === plan && section.dataset.offset === offset;
      section.hidden = !here;
      found = found || here;
    }
    nothing.hidden = found;
    said.textContent = move.checked ? (Number(offset) > 0 ? "+" : "") + offset + " mm" : "as planned";
  }

  slider.addEventListener("input", function () { move.checked = true; show(); });
  move.addEventListener("change", show);
  for (const radio of document.querySelectorAll("input[name=plan]")) radio.addEventListener("change", show);
  show();
})();
