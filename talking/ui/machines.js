/* The engines: how each stands here, what it needs, and under which licence. */
const words = wordsOf(props.words);
const list = element.querySelector(".machines");
const made = (kind, text, name = "") => Object.assign(document.createElement(kind), {textContent: text, className: name, dir: "auto"});

for (const {name, ready, says, weights, licences} of props.machines) {
  const title = made("dt", name);
  title.append(made("i", words[ready ? "engine_ready" : "engine_not_ready"], ready ? "ready" : ""));
  list.append(title, made("dd", says));
  if (weights.length) list.append(made("dd", `${words.engine_needs}: ${weights.join(", ")}`));
  if (licences.length) list.append(made("dd", `${words.engine_licence}: ${licences.join(", ")}`));
}
