// In an iframe: tells the page around how high it is, so that no bar is needed inside.
"use strict";
(() => {
  const tell = () =>
    parent.postMessage({ type: "ptce-height", height: document.documentElement.scrollHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
