/* Expressions over time: a lane for pointers (drag, double click), and a list of rows for keys, readers and phones. */
const words = wordsOf(props.words);
const lane = element.querySelector(".lane"), rows = element.querySelector(".rows"), add = element.querySelector(".add");
const COLOURS = {neutral: "#d6d3d1", happy: "#fde047", surprise: "#fdba74", serious: "#c4b5fd", sad: "#93c5fd", angry: "#fca5a5", fear: "#a7f3d0", disgust: "#bef264"};
let cues = read(props.value), seconds = 6;

add.textContent = words.expression_add;
add.addEventListener("click", () => put({second: cues.length ? Math.min(last(), cues.at(-1).second + 2) : 0}));
lane.addEventListener("dblclick", (event) => put({second: secondAt(event)}));
watch("value", () => { cues = read(props.value); draw(); });
window.addEventListener("talking-length", (event) => { seconds = event.detail; drawLane(); });
draw();

function read(value) { return Array.isArray(value) ? value.map((cue) => ({...cue})) : []; }
function length() { return Math.max(1, seconds); }
function last() { return Math.max(0, length() - 0.5); }
function whole() { return Math.max(length(), ...cues.map((cue) => cue.second + 0.5)); }
function round(second) { return Math.round(Math.min(3600, Math.max(0, second)) * 10) / 10; }

function secondAt(event) {
  const box = lane.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  return length() * (document.documentElement.dir === "rtl" ? 1 - share : share);
}

function put({second}) {
  if (cues.length >= 50) return;
  cues.push({second: round(second), expression: "happy", intensity: 0.7});
  changed();
}

function changed() {
  cues.sort((left, right) => left.second - right.second);
  props.value = cues.map((cue) => ({...cue}));
  draw();
  trigger("change");
}

function draw() {
  drawLane();
  rows.replaceChildren(...cues.map(row));
}

function drawLane() {
  const total = whole();
  lane.replaceChildren(...cues.map((cue, index) => {
    const end = cues[index + 1]?.second ?? total;
    const span = document.createElement("div");
    span.className = "span";
    span.textContent = words[`expression_${cue.expression}`];
    Object.assign(span.style, {insetInlineStart: `${cue.second / total * 100}%`, width: `${Math.max(0, end - cue.second) / total * 100}%`, background: COLOURS[cue.expression]});
    span.addEventListener("pointerdown", (event) => drag(event, cue, span));
    span.addEventListener("dblclick", (event) => event.stopPropagation());
    return span;
  }));
}

/* The lane itself is drawn anew at the end: what holds the pointer has to stay. */
function drag(event, cue, span) {
  const from = secondAt(event), began = cue.second, total = whole();
  span.setPointerCapture(event.pointerId);
  const move = (now) => {
    cue.second = Math.min(round(began + secondAt(now) - from), round(total - 0.5));
    span.style.insetInlineStart = `${cue.second / total * 100}%`;
    drawRows();
  };
  span.addEventListener("pointermove", move);
  span.addEventListener("pointerup", () => { span.removeEventListener("pointermove", move); changed(); }, {once: true});
}

function drawRows() { rows.replaceChildren(...cues.map(row)); }

function row(cue, index) {
  const made = document.createElement("li");
  const number = Object.assign(document.createElement("input"), {type: "number", min: 0, max: 3600, step: 0.1, value: cue.second});
  const choice = document.createElement("select");
  for (const name of props.expressions) choice.append(new Option(words[`expression_${name}`], name, false, name === cue.expression));
  const strength = Object.assign(document.createElement("input"), {type: "range", min: 0, max: 1, step: 0.05, value: cue.intensity});
  const remove = Object.assign(document.createElement("button"), {type: "button", textContent: words.expression_remove});
  number.setAttribute("aria-label", words.expression_second);
  choice.setAttribute("aria-label", words.expression_which);
  strength.setAttribute("aria-label", words.expression_strength);
  remove.setAttribute("aria-label", `${words.expression_remove}: ${words[`expression_${cue.expression}`]}, ${cue.second} s`);
  number.addEventListener("change", () => { cue.second = round(Number(number.value) || 0); changed(); });
  choice.addEventListener("change", () => { cue.expression = choice.value; changed(); });
  strength.addEventListener("change", () => { cue.intensity = Number(strength.value); changed(); });
  remove.addEventListener("click", () => { cues.splice(index, 1); changed(); (rows.querySelector("button") || add).focus(); });
  made.append(number, choice, strength, remove);
  return made;
}
