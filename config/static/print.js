/* The button that prints. Without it the browser's own menu does the same. */
document.querySelector("[data-print]")?.addEventListener("click", () => print());
