// Escape hides what a note says, wherever the pointer is (WCAG 1.4.13); it says it again when it is pointed at again.
const notes = document.querySelectorAll(".note");
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") notes.forEach((note) => note.classList.add("quiet"));
});
notes.forEach((note) => {
  for (const leaving of ["blur", "mouseleave"]) note.addEventListener(leaving, () => note.classList.remove("quiet"));
});
