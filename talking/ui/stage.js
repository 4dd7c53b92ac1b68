/* The Stage: the portrait with its faces, the first look, a film in the making, the finished film, or what went wrong. */
const words = wordsOf(props.words);
const say = (key, facts = {}) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const at = (name) => element.querySelector(name);
const still = at(".still"), film = at(".film"), faces = at(".faces"), hint = at(".hint"), sound = at(".sound");
const line = at(".line"), bar = at(".line i"), status = at(".status"), moving = at(".moving");
const buttons = at(".buttons"), notes = at(".notes");
const root = (window.gradio_config?.root || "").replace(/\/$/, "");
const LOST = [1000, 2000, 3000];
let shown = null, portrait = null, watched = null;

sound.textContent = say("tap_for_sound");
sound.addEventListener("click", () => { film.muted = false; sound.hidden = true; film.play(); });
film.addEventListener("playing", () => { film.controls = true; }, {passive: true});
watch("value", () => show(props.value));
show(props.value);
openFromAddress();
window.addEventListener("hashchange", openFromAddress);
window.addEventListener("pagehide", () => watched?.live?.close());
for (const kind of ["dragover", "drop"]) element.addEventListener(kind, (event) => event.preventDefault());
element.addEventListener("drop", dropped);

async function dropped(event) {
  const file = event.dataTransfer?.files?.[0];
  if (!file) return;
  tell(say("uploading"));
  const {path} = await upload(file);
  trigger("upload", {path});
}

function show(value) {
  if (!value || (shown && JSON.stringify(shown) === JSON.stringify(value))) return;
  shown = value;
  if (value.kind === "job") { follow(value.id, value); return; }
  leave();
  if (value.kind === "portrait") { portrait = value; showPortrait(value); }
  else if (value.kind === "look") showLook(value);
  else if (value.kind === "error") showError(value.key ? say(value.key) : value.text, value.tips || []);
  else { clear(); hint.hidden = false; hint.textContent = say("stage_empty"); tell(""); }
}

function clear() {
  for (const part of [still, film, faces, hint, sound, notes]) part.toggleAttribute("hidden", true);  // SVG has no .hidden
  film.pause();
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
  still.src = source;
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
  notes.replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), {textContent: text})));
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
  offer(button("look_swap", turn), button("back", () => { clearInterval(clock); if (portrait) { shown = portrait; showPortrait(portrait); } }));
  watched = {close: () => clearInterval(clock)};
}

/* A film: waiting, being made, made. */

function openFromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (/^tlk_[\w-]{4,64}$/.test(id) && id !== watched?.id) follow(id, {});
}

function leave() {
  if (!watched) return;
  watched.close?.();
  watched = null;
}

function follow(id, facts) {
  leave();
  const job = watched = {id, facts, state: "", live: null, failures: 0, done: false, tick: 0, started: performance.now()};
  job.close = () => { job.gone = true; clearTimeout(job.tick); job.live?.close(); };
  if (location.hash !== `#${id}`) history.replaceState(null, "", `#${id}`);
  clear();
  const image = facts.image || portrait?.image;
  if (image) picture(image, say("portrait_alt"));
  line.classList.add("unknown");
  tell(say("sent"));
  offer(button("cancel", () => cancel(job)));
  trigger("began", {id, title: facts.title || ""});
  if (window.matchMedia("(max-width: 760px)").matches) element.scrollIntoView({block: "start"});
  ask(job);
}

async function ask(job) {
  let answer;
  try {
    answer = await fetch(`${root}/api/talks/${job.id}`, {cache: "no-store"});
  } catch {
    answer = null;
  }
  if (job.gone) return;
  if (answer && (answer.status === 404 || answer.status === 410)) { vanished(job); return; }
  if (!answer || !answer.ok) {
    line.classList.add("unknown");
    tell(say("offline"));
    job.state = "";
    job.tick = setTimeout(() => ask(job), LOST[Math.min(job.failures++, LOST.length - 1)]);
    return;
  }
  job.failures = 0;
  const film = await answer.json();
  if (job.gone) return;
  told(job, film);
  if (!job.done) job.tick = setTimeout(() => ask(job), pause(job, film));
}

function pause(job, state) {
  if (document.hidden) return 2000;
  if (state.status === "created") return 400;
  return job.pictured ? 250 : 80;
}

function told(job, state) {
  job.latest = state;
  if (!state.queue_position && (state.status === "created" || state.status === "started")) openWhenOffered(job, state);
  if (state.status === "created") {
    const before = state.queue_position || 0;
    turned(job, before ? say(before === 1 ? "queued_one" : "queued_many", {count: before}) : say("sent"));
  } else if (state.status === "started") {
    making(job, state);
  } else {
    job.done = true;
    if (state.status === "done") made(job, state);
    else if (state.status === "canceled") ended(job, say("canceled"));
    else ended(job, state.error?.detail || say(state.status === "timed_out" ? "timed_out" : "failed"), true);
  }
}

function turned(job, text) {
  if (job.state === text) return;
  job.state = text;
  tell(text);
}

function making(job, state) {
  const known = state.stage === "film" && state.total > 0;
  line.classList.toggle("unknown", !known);
  turned(job, say(known ? "filming" : `stage_${state.stage || "portrait"}`));
  if (known) {
    const share = Math.min(1, state.done / state.total);
    bar.style.width = `${Math.round(share * 100)}%`;
    const facts = {percent: Math.round(share * 100), seconds: Math.max(1, Math.round(state.eta_seconds ?? 0)), fps: Math.round(state.render_fps || 0)};
    moving.textContent = say(state.eta_seconds == null ? "percent" : "percent_left", facts);
  }
  if (job.live && job.pictured && film.paused && !job.playing) startWhenSafe(job, state);
}

function openWhenOffered(job, state) {
  if (job.live || job.refused || !state.links.live) return;
  job.live = openLive(film, absolute(state.links.live), () => lostLive(job));
  if (!job.live) { job.refused = true; return; }
  film.muted = false;
  film.addEventListener("loadeddata", () => pictured(job), {once: true});
}

/* The first picture is there: it takes the place of the portrait, and waits while playing would run out of film. */
function pictured(job) {
  if (job.gone) return;
  job.pictured = true;
  film.hidden = false;
  still.hidden = true;
  element.dispatchEvent(new CustomEvent("first-picture", {detail: performance.now() - job.started, bubbles: true}));
  if (job.latest) startWhenSafe(job, job.latest);
}

function startWhenSafe(job, state) {
  const length = (state.total || 0) / 25, left = state.eta_seconds;
  if (left == null && !job.done) return;
  if (job.done || left <= length - 0.3) { job.playing = true; play(); }
  else tell(say("plays_in", {seconds: Math.max(1, Math.ceil(left - length + 0.3))}));
}

async function play() {
  try {
    await film.play();
  } catch {
    film.muted = true;
    sound.hidden = false;
    await film.play().catch(() => {});
  }
}

/* Another worker began the film anew, or the line broke: what was seen is put away, and the new stream is opened. */
function lostLive(job) {
  if (job.gone || job.done) return;
  job.live = null;
  job.refused = (job.lost = (job.lost || 0) + 1) > 5;
  job.pictured = job.playing = false;
  film.hidden = true;
  still.hidden = !still.src;
}

function made(job, state) {
  line.classList.remove("unknown");
  bar.style.width = "100%";
  moving.textContent = "";
  const address = absolute(state.links.video);
  const swap = () => {
    if (job.gone || job.swapped) return;
    job.swapped = true;
    const place = job.playing ? film.currentTime : 0, going = job.playing && !film.paused && !film.ended;
    const atEnd = film.ended;
    job.live?.close();
    job.live = null;
    film.src = address;
    subtitles(state.links.vtt);
    film.hidden = false;
    still.hidden = true;
    film.controls = true;
    film.addEventListener("loadedmetadata", () => {
      film.currentTime = atEnd ? film.duration : place;
      if (going || !job.playing) play();
    }, {once: true});
  };
  /* Never in the middle of a word: when the film ends or is paused. */
  if (job.live && job.playing && !film.ended && !film.paused) {
    film.addEventListener("ended", swap, {once: true});
    film.addEventListener("pause", swap, {once: true});
  } else if (isFilm(state)) swap();
  else clear();
  const facts = {seconds: number(state.film.duration), fps: Math.round(state.report?.frames_per_second || state.render_fps || 0)};
  tell(say("done", facts));
  list(state.film.notes || []);
  offer(link("download", `${address}${address.includes("?") ? "&" : "?"}download=1`, true), button("share", () => share(address)));
  film.addEventListener("loadeddata", () => finish(job), {once: true});
  setTimeout(() => finish(job), 3000);
}

function finish(job) {
  if (job.told || job.gone) return;
  job.told = true;
  trigger("finished", {id: job.id, thumb: small(film)});
}

/* A little picture of the film for the list of films; empty when there is none to be had. */
function small(video) {
  try {
    const canvas = Object.assign(document.createElement("canvas"), {width: 96, height: 96});
    const side = Math.min(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, (video.videoWidth - side) / 2, 0, side, side, 0, 0, 96, 96);
    return side ? canvas.toDataURL("image/jpeg", 0.7) : "";
  } catch {
    return "";
  }
}

function isFilm(state) { return !/\.(gif|mov)(\?|$)/.test(state.links.video); }

function number(value) { return new Intl.NumberFormat(document.documentElement.lang || undefined, {maximumFractionDigits: 1}).format(value); }

function subtitles(address) {
  film.replaceChildren();
  if (!address) return;
  const track = document.createElement("track");
  Object.assign(track, {kind: "captions", label: say("captions"), src: absolute(address), default: true});
  film.append(track);
}

async function share(address) {
  const url = new URL(address, location.href).href;
  try {
    if (navigator.share) await navigator.share({url}); else await navigator.clipboard.writeText(url);
    tell(say("shared"));
  } catch {
    tell(url);
  }
}

async function cancel(job) {
  tell(say("canceling"));
  await fetch(`${root}/api/talks/${job.id}/cancel`, {method: "POST"}).catch(() => null);
  clearTimeout(job.tick);
  if (!job.gone) ask(job);
}

function ended(job, text, wrong = false) {
  forgetAddress();
  job.live?.close();
  clear();
  if (portrait) { shown = portrait; showPortrait(portrait); list([]); }
  tell(text, wrong);
  offer(button("again", () => trigger("retry", {}), true));
  trigger("ended", {id: job.id});
}

function vanished(job) {
  job.done = true;
  ended(job, say("gone"));
  offer();
  trigger("vanished", {id: job.id});
}

function showError(text, tips) {
  forgetAddress();
  clear();
  if (portrait) picture(portrait.image, say("portrait_alt"));
  tell(text, true);
  list(tips);
  offer(button("again", () => trigger("retry", {}), true));
}

function forgetAddress() { if (location.hash) history.replaceState(null, "", location.pathname + location.search); }

/* Links come with the name under which the server was asked; behind a proxy only their path is sure to lead back. */
function absolute(address) {
  if (address.startsWith("data:")) return address;
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}
