/* A row of pictures of which one is chosen, by pointer or by arrow keys; those with a clip move while looked at. */
const words = wordsOf(props.words);
const strip = element.querySelector(".strip");
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
strip.setAttribute("aria-label", words[props.named] || props.named);
build();
watch(["value", "items"], build);

function build() {
  const items = props.items || [];
  strip.replaceChildren(...items.map(tile));
  mark();
}

function tile(item) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "tile";
  made.dataset.id = item.id;
  made.setAttribute("role", "radio");
  if (item.image) {
    const picture = document.createElement("img");
    Object.assign(picture, {src: homed(item.image), alt: "", loading: "lazy"});
    made.append(picture);
  } else {
    const letter = document.createElement("div");
    Object.assign(letter, {className: "letter", textContent: item.letter || "A"});
    made.append(letter);
  }
  const title = (words[item.title] || item.title).replace("{number}", item.number);
  made.append(Object.assign(document.createElement("span"), {textContent: title, title}));
  made.addEventListener("click", () => choose(item.id));
  made.addEventListener("keydown", step);
  if (item.clip && !still) for (const kind of ["mouseenter", "focus"]) made.addEventListener(kind, () => move(made, item.clip));
  for (const kind of ["mouseleave", "blur"]) made.addEventListener(kind, () => made.querySelector("video")?.remove());
  return made;
}

function move(made, clip) {
  if (made.querySelector("video")) return;
  const film = document.createElement("video");
  Object.assign(film, {src: homed(clip), muted: true, loop: true, playsInline: true, autoplay: true});
  film.setAttribute("aria-hidden", "true");
  made.prepend(film);
  film.play().catch(() => film.remove());
}

function step(event) {
  const tiles = [...strip.children], place = tiles.indexOf(event.currentTarget);
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  const to = {[forward]: place + 1, ArrowDown: place + 1, [back]: place - 1, ArrowUp: place - 1, Home: 0, End: tiles.length - 1}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = tiles[(to + tiles.length) % tiles.length];
  next.focus();
  choose(next.dataset.id);
}

function choose(id) {
  props.value = id;
  mark();
  trigger("pick", {id});
}

function mark() {
  const tiles = [...strip.children];
  const chosen = tiles.find((made) => made.dataset.id === String(props.value)) || null;
  for (const made of tiles) {
    made.setAttribute("aria-checked", String(made === chosen));
    made.tabIndex = made === (chosen || tiles[0]) ? 0 : -1;
  }
}
