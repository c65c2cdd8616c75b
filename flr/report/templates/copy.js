"use strict";
(function () {
  const button = document.getElementById("copy-ris");
  const text = document.getElementById("ris");
  const said = document.getElementById("copied");
  if (!button || !text || !said) return;

  function select() {
    const range = document.createRange();
    range.selectNodeContents(text);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }

  button.hidden = false;
  button.addEventListener("click", async function () {
    select(); // what is selected can be copied by hand where the browser refuses
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied.";
    } catch (refused) {
      said.textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with the keyboard.";
    }
  });
})();
