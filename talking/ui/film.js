/* A film on the Stage: it waits, is made, watched while it is made, and done; or it ended otherwise. */
const LOST = [1000, 2000, 3000], FPS = 25, MARGIN = 0.3, MOST_LOST = 5;
let watched = null;

function leave() {
  watched?.close?.();
  watched = null;
  busy(false);
}

function openFromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (isFilmId(id) && id !== watched?.id) follow(id, {});
}

/* In a frame, as on a Space, the address is not the visitor's: a film under way is found among those of the browser. */
function openUnfinished() {
  const [last] = window.talking.films.all();
  if (window.self !== window.top && !location.hash && last?.going) follow(last.id, {});
}

function isFilmId(id) { return /^tlk_[\w-]{4,64}$/.test(id); }

function follow(id, facts) {
  leave();
  const job = watched = {id, turn: facts.turn || 0, title: facts.title || "", state: "", live: null, failures: 0, lost: 0, tick: 0, looks: 0};
  job.close = () => { job.gone = true; clearTimeout(job.tick); job.live?.close(); };
  if (location.hash !== `#${id}`) history.replaceState(history.state, "", `#${id}`);
  clear();
  if (portrait) picture(portrait.image, say("portrait_alt"));
  line.classList.add("unknown");
  tell(say("sent"));
  offer(button("cancel", () => cancel(job)));
  busy(true);
  trigger("began", {});
  if (window.matchMedia("(max-width: 760px)").matches) element.scrollIntoView({block: "start"});
  ask(job);
}

async function ask(job) {
  clearTimeout(job.tick);
  if (job.asking || job.gone || job.done) return;
  job.asking = true;
  let answer = null, state = null;
  try {
    answer = await fetch(`${root}/api/talks/${job.id}`, {cache: "no-store", signal: AbortSignal.timeout(15000)});
    if (answer.ok) state = await answer.json();
  } catch { /* the line, not the film */ }
  job.asking = false;
  if (job.gone || job.done) return;
  if (state) { job.failures = 0; told(job, state); }
  else if (answer && (answer.status === 404 || answer.status === 410)) vanished(job);
  else offline(job);
  if (!job.done && !job.gone) job.tick = setTimeout(() => ask(job), job.failures ? LOST[Math.min(job.failures, LOST.length) - 1] : pause(job));
}

function offline(job) {
  job.failures += 1;
  line.classList.add("unknown");
  moving.textContent = "";
  turned(job, say("offline"));
}

function pause(job) {
  if (document.hidden) return 2000;
  if (job.latest.status === "created") return 400;
  return job.pictured || job.live ? 250 : 80;  // the film's own stream tells of its first picture
}

function told(job, state) {
  job.latest = state;
  job.looks += 1;
  if (job.looks === 1) listed(job, state);
  if (state.status === "created" || state.status === "started") {
    if (!state.queue_position) openWhenOffered(job, state);
    if (state.status === "started") { making(job, state); return; }
    const before = state.queue_position || 0;
    moving.textContent = "";
    turned(job, before ? say(before === 1 ? "queued_one" : "queued_many", {count: before}) : say("sent"));
    return;
  }
  job.done = true;
  busy(false);
  if (state.status === "done") made(job, state);
  else if (state.status === "canceled") ended(job, say("canceled"));
  else {
    const late = state.status === "timed_out";
    ended(job, state.error?.detail || say(late ? "timed_out" : "failed"), late ? "TimedOut" : state.error?.kind || "Internal");
  }
}

function listed(job, state) {
  const asked = state.request || {};
  const title = job.title || asked.text || asked.options?.transcript || "";
  window.talking.films.put({id: job.id, title: title.slice(0, 60), going: state.status === "created" || state.status === "started"});
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
  const told = [];
  if (known) {
    const percent = Math.round(Math.min(1, state.done / state.total) * 100);
    bar.style.width = `${percent}%`;
    const facts = {percent, seconds: Math.max(1, Math.round(state.eta_seconds ?? 0)), fps: speed(state.render_fps || 0)};
    told.push(say(state.eta_seconds == null || !state.render_fps ? "percent" : "percent_left", facts));
  }
  const hold = job.pictured && !job.playing ? startWhenSafe(job, state) : 0;
  if (hold > 0) told.push(say("plays_in", {seconds: Math.ceil(hold)}));
  moving.textContent = told.join(" · ");
}

/* Watched while it is made. */

function openWhenOffered(job, state) {
  if (job.live || job.refused || !state.links.live) return;
  job.live = openLive(film, absolute(state.links.live), (why) => lostLive(job, why));
  if (!job.live) { job.refused = true; return; }
  film.muted = false;
  film.hidden = false;  // the portrait shows through until there is a picture
  film.requestVideoFrameCallback?.(() => pictured(job));  // before there is enough to play
  film.addEventListener("loadeddata", () => playable(job), {once: true});
}

/* The first picture is there: it takes the place of the portrait, and waits while playing would run out of film. */
function pictured(job) {
  if (job.gone || job.swapped || job.pictured || !job.live) return;
  job.pictured = true;
  still.hidden = true;
  element.dispatchEvent(new CustomEvent("first-picture", {bubbles: true}));
}

function playable(job) {
  pictured(job);
  if (job.pictured && !job.gone && !job.done) startWhenSafe(job, job.latest);
}

/* Plays as soon as the film will be there before it is needed; until then the seconds to wait, 0 when not known. */
function startWhenSafe(job, state) {
  if (film.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return 0;
  const rest = (state.total || 0) / FPS - film.currentTime, left = secondsLeft(job, state);
  const enough = job.live?.whole || state.stage === "quality" || state.stage === "store";
  if (!enough && (left === null || (job.stalled && ahead(film) < 1))) return 0;
  if (!enough && left > rest - MARGIN) return left - rest + MARGIN;
  job.playing = true;
  play(job);
  return 0;
}

/* Until all is drawn: by our own count at first, as the server's takes some looks. */
function secondsLeft(job, state) {
  if (state.stage !== "film") return state.eta_seconds;
  const now = performance.now() / 1000;
  job.first ??= {now, done: state.done};
  const seconds = now - job.first.now, drawn = state.done - job.first.done;
  const own = seconds > 0.4 && drawn > 0 ? (state.total - state.done) * seconds / drawn : null;
  return own === null ? state.eta_seconds : state.eta_seconds == null ? own : Math.min(own, state.eta_seconds);
}

/* The renderer fell behind: one longer halt is better than many short ones. */
function ranDry() {
  const job = watched;
  if (!job?.live || job.done || !job.playing || job.live.whole) return;
  job.stalled = true;
  job.playing = false;
  film.pause();
}

async function play(job) {
  try {
    await film.play();
  } catch (error) {
    if (error.name !== "NotAllowedError" || job.gone) return;
    film.muted = true;
    sound.hidden = false;
    await film.play().catch(() => {});
  }
}

/* What was seen is put away; where the film goes on, or begins anew, its stream is opened with the next look. */
function lostLive(job, why) {
  if (job.gone || job.swapped) return;
  job.live = null;
  job.refused = why === "refused" || (why === "broken" && (job.lost += 1) > MOST_LOST);
  film.hidden = true;
  if (!job.pictured) return;
  job.pictured = job.playing = job.stalled = false;
  job.first = undefined;
  still.hidden = !still.src;
}

/* Done. */

function made(job, state) {
  line.classList.remove("unknown");
  bar.style.width = "100%";
  moving.textContent = "";
  const address = absolute(state.links.video);
  // Never in the middle of a word: when the film ends or is paused.
  if (job.live && job.playing && !film.ended && !film.paused) {
    const swap = () => swapped(job, state, address);
    film.addEventListener("ended", swap, {once: true});
    film.addEventListener("pause", swap, {once: true});
  } else swapped(job, state, address);
  tell(say("done", {seconds: number(state.film.duration), fps: speed(state.report?.frames_per_second || 0)}));
  list(state.film.notes || []);
  offer(link("download", `${address}${address.includes("?") ? "&" : "?"}download=1`, true), button("share", () => share(address)));
  setTimeout(() => finish(job), 3000);
}

/* The finished film in the place of the growing one: it can be sought in, and has captions. */
function swapped(job, state, address) {
  if (job.gone || job.swapped) return;
  job.swapped = true;
  if (/\.gif(\?|$)/.test(address)) { showMoving(job, address); return; }
  const place = job.playing ? film.currentTime : 0, atEnd = film.ended;
  const going = job.playing ? !film.paused && !atEnd : job.looks > 1 || navigator.userActivation?.isActive;
  film.addEventListener("loadedmetadata", () => {
    if (job.gone) return;
    film.currentTime = atEnd ? film.duration : place;
    if (going) play(job);
  }, {once: true});
  film.addEventListener("loadeddata", () => whenSeen(() => finish(job)), {once: true});
  film.addEventListener("error", () => unplayable(job, address), {once: true});
  job.live?.close();
  job.live = null;
  film.src = address;
  subtitles(state.links.vtt);
  film.hidden = false;
  film.controls = true;
  still.hidden = true;
}

function showMoving(job, address) {
  still.addEventListener("load", () => finish(job), {once: true});
  picture(address, say("portrait_alt"));
  film.hidden = true;
}

function unplayable(job, address) {
  if (job.gone || !film.src.endsWith(address)) return;
  film.hidden = true;
  still.hidden = !still.src;
  list([say("unplayable"), ...(job.latest.film.notes || [])]);
  finish(job);
}

function finish(job) {
  if (job.told || job.gone) return;
  job.told = true;
  const thumb = small(film.hidden ? still : film);
  window.talking.films.put({id: job.id, going: false, ...(thumb ? {thumb} : {})});
  trigger("finished", {id: job.id});
}

/* Data of a film are there before its picture is. */
function whenSeen(act) {
  if (film.requestVideoFrameCallback && !document.hidden) film.requestVideoFrameCallback(act); else act();
}

/* A little picture of the film for the list of films, of the portrait where the film shows nothing yet; empty when there
   is none to be had. */
function small(shown) {
  if (!shown) return "";
  const width = shown.videoWidth || shown.naturalWidth || 0, height = shown.videoHeight || shown.naturalHeight || 0;
  const side = Math.min(width, height);
  if (!side) return shown === film ? small(still) : "";
  try {
    const canvas = Object.assign(document.createElement("canvas"), {width: 96, height: 96});
    const brush = canvas.getContext("2d");
    brush.drawImage(shown, (width - side) / 2, 0, side, side, 0, 0, 96, 96);
    if (brush.getImageData(0, 0, 96, 96).data.every((value, index) => index % 4 === 3 || value < 12)) return small(shown === film ? still : null);
    return canvas.toDataURL("image/jpeg", 0.7);
  } catch {
    return "";
  }
}

/* Frames per second: neural engines may draw few of them. */
function speed(fps) { return fps >= 10 ? Math.round(fps) : number(fps); }

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
  } catch (error) {
    if (error.name !== "AbortError") tell(url);
  }
}

/* Ended otherwise. */

async function cancel(job) {
  turned(job, say("canceling"));
  job.refused = true;
  job.live?.close();
  await fetch(`${root}/api/talks/${job.id}/cancel`, {method: "POST"}).catch(() => null);
  ask(job);
}

function ended(job, text, fault = "") {
  job.done = true;
  busy(false);
  window.talking.films.drop(job.id);
  forgetAddress();
  job.close();
  clear();
  if (portrait) { showPortrait(portrait); list([]); }
  if (fault) tellFault(fault, text); else tell(text);
  offer(button("again", () => trigger("retry", {}), true));
}

function vanished(job) {
  ended(job, say("gone"));
  offer();
}

function forgetAddress() { if (location.hash) history.replaceState(history.state, "", location.pathname + location.search); }

/* Links come with the name under which the server was asked; behind a proxy only their path is sure to lead back. */
function absolute(address) {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}
