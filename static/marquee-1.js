// Small helps for people with scripts on; every page works without them.

// A countdown from the seconds that the server says are left, so that a wrong clock here does not matter.
for (const shown of document.querySelectorAll("[data-seconds-left]")) {
  const end = performance.now() + Number(shown.dataset.secondsLeft) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    shown.textContent = ` · ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
    shown.classList.toggle("soon", left <= 60);
    if (left === 0) { clearInterval(timer); location.reload(); }
  };
  const timer = setInterval(tick, 1000);
  if (Number(shown.dataset.secondsLeft) > 0) tick(); else clearInterval(timer);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Arrow keys walk over the seats of the map; Tab still does what it always does.
document.addEventListener("keydown", (event) => {
  const here = event.target;
  if (!(here instanceof HTMLInputElement) || here.name !== "seat") return;
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
  if (dx === undefined) return;
  event.preventDefault();
  const from = here.parentElement.getBoundingClientRect();
  let best = null, least = Infinity;
  for (const seat of document.querySelectorAll("#seats input[name=seat]")) {
    const box = seat.parentElement.getBoundingClientRect();
    const x = box.left - from.left, y = box.top - from.top;
    const along = dx ? x * dx : y * dy, across = Math.abs(dx ? y : x);
    if (along <= 1 || (dx && across > from.height / 2)) continue;
    const distance = along + across * 3;
    if (distance < least) [best, least] = [seat, distance];
  }
  best?.focus();
});

// Where the style sheet cannot say it, a wide hall is brought to its middle here.
if (!CSS.supports("scroll-initial-target", "nearest")) {
  for (const hall of document.querySelectorAll(".seat-map .scroll")) {
    hall.scrollLeft = (hall.scrollWidth - hall.clientWidth) / 2;
  }
}
