/* The Stage: the portrait with its faces, the first look, a film in the making, the finished film, or what went wrong. */
const words = wordsOf(props.words);
const say = (key, facts = {}) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const at = (name) => element.querySelector(name);
const still = at(".still"), film = at(".film"), faces = at(".faces"), hint = at(".hint"), sound = at(".sound");
const line = at(".line"), bar = at(".line i"), status = at(".status"), moving = at(".moving");
const buttons = at(".buttons"), notes = at(".notes");
const FAULTS = {
  BadImage: "fault_picture", FaceError: "fault_picture", NoFace: "fault_picture", FaceTooSmall: "fault_picture",
  BadAudio: "fault_sound", BadScript: "fault_text", PoorQuality: "fault_quality", QueueFull: "fault_queue",
  Unavailable: "fault_away", CheckpointMissing: "fault_away", ProviderDown: "fault_away", OutputError: "fault_room",
  Internal: "failed", TimedOut: "timed_out",
};
let shown = null, portrait = null;

sound.textContent = say("tap_for_sound");
sound.addEventListener("click", () => { film.muted = false; sound.hidden = true; film.play(); });
film.addEventListener("playing", () => { film.controls = true; });
film.addEventListener("waiting", ranDry);
watch("value", () => show(props.value));
openFromAddress();
openUnfinished();
if (!watched) show(props.value);
window.addEventListener("hashchange", openFromAddress);
window.addEventListener("pagehide", () => watched?.close?.());
window.addEventListener("pageshow", (event) => { if (event.persisted && watched?.id) follow(watched.id, {}); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && watched?.id) ask(watched); });
for (const kind of ["dragover", "drop"]) element.addEventListener(kind, (event) => event.preventDefault());
element.addEventListener("drop", (event) => taken(event.dataTransfer?.files?.[0]));
document.addEventListener("paste", (event) => {
  const file = event.clipboardData?.files?.[0];
  if (file?.type.startsWith("image/") && !event.defaultPrevented) { event.preventDefault(); taken(file); }
});

async function taken(file) {
  if (!file) return;
  tell(say("uploading"));
  try {
    const {path} = await upload(file);
    trigger("upload", {path});
  } catch {
    tell(say("failed"), true);
  }
}

function show(value) {
  if (!value || JSON.stringify(shown) === JSON.stringify(value)) return;
  shown = value;
  if (value.kind === "portrait") portrait = value;
  else if (value.kind === "empty" || value.unreadable) portrait = null;
  const late = value.opening || (value.kind !== "job" && value.turn < watched?.turn);
  if (late && watched?.id) { if (portrait && !still.src) picture(portrait.image, say("portrait_alt")); still.hidden = Boolean(watched.pictured || watched.swapped); return; }
  if (value.kind === "job") { follow(value.id, value); return; }
  leave();
  forgetAddress();
  if (value.kind === "portrait") showPortrait(value);
  else if (value.kind === "look") showLook(value);
  else if (value.kind === "error") showError(value);
  else { clear(); invite(); tell(""); }
}

function invite() {
  hint.hidden = false;
  hint.textContent = say("stage_empty");
}

function clear() {
  for (const part of [still, film, faces, hint, sound, notes]) part.toggleAttribute("hidden", true);  // SVG has no .hidden
  film.pause();
  film.controls = false;
  film.replaceChildren();
  if (film.hasAttribute("src")) { film.removeAttribute("src"); film.load(); }
  line.classList.remove("unknown");
  bar.style.width = "0";
  moving.textContent = "";
  notes.replaceChildren();
  offer();
}

function tell(text, wrong = false) {
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

/* Sentences of the server are English: to others the kind of fault is told in their language, and the sentence below. */
function tellFault(fault, text) {
  if (languageOf(props.words) === "en") { tell(text, true); return; }
  tell(say(FAULTS[fault] || "fault_request"), true);
  list([text]);
}

function offer(...made) { buttons.replaceChildren(...made); }

function button(key, act, main = false) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = say(key);
  made.className = main ? "main" : "";
  made.addEventListener("click", act);
  return made;
}

function link(key, href, main = false) {
  const made = document.createElement("a");
  made.textContent = say(key);
  made.href = href;
  made.className = main ? "main" : "";
  made.setAttribute("download", "");
  return made;
}

/* The portrait and its faces. */

function showPortrait(value) {
  clear();
  picture(value.image, say("portrait_alt"));
  faces.toggleAttribute("hidden", false);
  faces.setAttribute("viewBox", `0 0 ${value.width} ${value.height}`);
  faces.classList.toggle("single", value.faces.length < 2);
  faces.replaceChildren(...value.faces.map((box, index) => face(box, index, value)));
  faces.setAttribute("role", value.faces.length > 1 ? "radiogroup" : "presentation");
  if (value.faces.length > 1) faces.setAttribute("aria-label", say("faces_label")); else faces.removeAttribute("aria-label");
  const count = value.faces.length;
  tell(say(count === 0 ? "face_none" : count === 1 ? "face_one" : "face_many", {count}), count === 0);
  if (count === 0) list(["tip_front", "tip_size", "tip_light"].map((key) => say(key)));
  else offer(button("first_look", () => { tell(say("looking")); trigger("look", {}); }));
}

function picture(source, words) {
  still.src = homed(source);
  still.alt = words;
  still.hidden = false;
}

function face([x, y, width, height], index, value) {
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, number] of Object.entries({x, y, width, height, rx: width * 0.07})) box.setAttribute(name, number);
  if (value.faces.length < 2) { box.setAttribute("aria-hidden", "true"); box.setAttribute("aria-checked", "true"); return box; }
  const choose = () => {
    value.face = index;
    faces.querySelectorAll("rect").forEach((other, place) => other.setAttribute("aria-checked", String(place === index)));
    tell(say("face_chosen", {number: index + 1}));
    trigger("select", {index});
  };
  box.setAttribute("role", "radio");
  box.setAttribute("tabindex", "0");
  box.setAttribute("aria-label", say("face_number", {number: index + 1}));
  box.setAttribute("aria-checked", String(index === value.face));
  box.addEventListener("click", choose);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
  });
  return box;
}

function list(lines) {
  notes.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), {textContent: text, dir: "auto"})));
  notes.hidden = !lines.length;
}

/* The first look: two frames of the film to come, mouth closed and open, in turn. */

function showLook(value) {
  clear();
  let open = false;
  const turn = () => { picture(open ? value.open : value.closed, say(open ? "look_open" : "look_closed")); open = !open; };
  turn();
  const clock = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : setInterval(turn, 700);
  tell(say("look_told"));
  offer(button("look_swap", turn), button("back", () => { leave(); if (portrait) showPortrait(portrait); }));
  watched = {close: () => clearInterval(clock)};
}

/* What is wrong with the form or a picture; only a film can be tried again. */

function showError(value) {
  clear();
  if (portrait) picture(portrait.image, say("portrait_alt")); else invite();
  if (value.key) tell(say(value.key), true); else tellFault(value.fault, value.text);
  if (value.again) offer(button("again", () => trigger("retry", {}), true));
  else if (portrait) offer(button("back", () => showPortrait(portrait)));
}

/* While a film of this page is made, the button that asks for one rests; afterwards it offers another. */
function busy(yes) {
  const make = document.getElementById("make");
  if (!make) return;
  make.disabled = yes;
  if (yes) make.textContent = say("make_another");
}
