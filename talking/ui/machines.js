/* The engines: how each stands here, what it needs, under which licence, and the fetch of its weights while it lasts. */
const words = wordsOf(props.words);
const list = element.querySelector(".machines");
const made = (kind, text, name = "") => Object.assign(document.createElement(kind), {textContent: text, className: name});
const said = (text) => phrase(Object.assign(document.createElement("dd"), {dir: "auto"}), text);
const size = (count) => new Intl.NumberFormat(languageOf(props.words), {style: "unit", unit: count < 1e9 ? "megabyte" : "gigabyte", maximumFractionDigits: 1}).format(count / (count < 1e9 ? 1e6 : 1e9));
const engines = props.machines.map(entry);
let asking = false, timer = 0;

new IntersectionObserver((seen) => {
  if (seen.some((each) => each.isIntersecting)) refresh();
}).observe(list);

function entry({name, ready, says, weights, licences}) {
  const title = made("dt", name), state = made("i", ""), told = said(says);
  const fetches = made("dd", "", "fetch"), button = made("button", words.weights_fetch), news = made("span", "");
  button.type = "button";
  news.setAttribute("role", "status");
  news.dir = "auto";
  fetches.hidden = true;
  fetches.append(button, news);
  title.append(state);
  list.append(title, told);
  if (weights.length) list.append(said(`${words.engine_needs}: ${weights.join(", ")}`));
  if (licences.length) list.append(said(`${words.engine_licence}: ${licences.join(", ")}`));
  list.append(fetches);
  const engine = {name, weights, state, told, fetches, button, news, sets: [], going: false};
  stand(engine, {ready, says});
  button.addEventListener("click", () => order(engine));
  return engine;
}

function stand(engine, {ready, says}) {
  if (engine.ready === !ready) trigger("turned", {});
  engine.ready = ready;
  engine.state.textContent = words[ready ? "engine_ready" : "engine_not_ready"];
  engine.state.className = ready ? "ready" : "";
  phrase(engine.told, says);
}

/* A sentence in which `commands` are set as such. */
function phrase(place, text) {
  place.replaceChildren(...text.split("`").map((part, index) => index % 2 ? made("code", part) : part));
  return place;
}

async function ask(path, method = "GET") {
  const answer = await fetch(`${root}/api/${path}`, {method, cache: "no-store", signal: AbortSignal.timeout(30000)});
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function refresh() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const [sets, known] = await Promise.all([ask("checkpoints"), ask("engines")]);
    for (const engine of engines) {
      const now = known.find((each) => each.name === engine.name);
      if (now) stand(engine, now);
      show(engine, sets.filter((each) => engine.weights.includes(each.name)));
    }
    if (engines.some((engine) => engine.going)) timer = setTimeout(refresh, 1000);
  } catch {
    for (const engine of engines) if (engine.going) engine.news.textContent = words.weights_unreachable;
    if (engines.some((engine) => engine.going)) timer = setTimeout(refresh, 5000);
  }
  asking = false;
}

function show(engine, sets) {
  const under = sets.filter((each) => each.fetch && ["waiting", "fetching"].includes(each.fetch.state));
  const missing = sets.filter((each) => each.fetchable);
  const failed = missing.find((each) => each.fetch?.state === "failed");
  engine.sets = sets;
  engine.going = under.length > 0;
  engine.fetches.hidden = !missing.length || sets.some((each) => each.state === "missing" && !each.fetchable);
  const amount = missing.reduce((sum, each) => sum + each.bytes, 0), whole = missing.every((each) => each.bytes);
  engine.button.textContent = engine.going ? words.weights_stop : words.weights_fetch;
  const known = !amount ? "" : whole ? size(amount) : words.weights_at_least.replace("{size}", size(amount));
  engine.news.textContent = engine.going ? progress(under) : failed ? failed.fetch.error : known;
}

function progress(under) {
  const now = under.find((each) => each.fetch.state === "fetching");
  if (!now || !now.fetch.total) return words.weights_waiting;
  const {done, total, eta_seconds: left} = now.fetch;
  const told = words.weights_progress.replace("{name}", now.name).replace("{done}", size(done)).replace("{total}", size(total));
  return left === null ? told : `${told} ${words.weights_left.replace("{minutes}", Math.max(1, Math.ceil(left / 60)))}`;
}

async function order(engine) {
  const wanted = engine.going
    ? engine.sets.filter((each) => ["waiting", "fetching"].includes(each.fetch?.state)).map((each) => [each.name, "cancel"])
    : engine.sets.filter((each) => each.fetchable).map((each) => [each.name, "pull"]);
  engine.button.disabled = true;
  try {
    for (const [name, what] of wanted) await ask(`checkpoints/${name}/${what}`, "POST");
    await refresh();
  } catch {
    engine.news.textContent = words.weights_unreachable;
  }
  engine.button.disabled = false;
}
