// A button beside what is made to be copied: requests, code to paste, citations. Without this, a click selects it whole.
"use strict";
(() => {
  if (!navigator.clipboard) return; // an address without https: a browser gives it no clipboard
  for (const text of document.querySelectorAll("main pre, .citation")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const say = (words) => (button.textContent = words);
    say("Copier");
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent.trim());
        say("Copié");
      } catch {
        say("Copie refusée : sélectionnez le texte");
      }
      button.addEventListener("blur", () => say("Copier"), { once: true });
    });
    text.after(button);
  }
})();
