/* The films of this browser; each leads to the Stage by the address. */
const words = wordsOf(props.words);
const list = element.querySelector("ul"), none = element.querySelector(".none");
element.querySelector("h2").textContent = words.history;
none.textContent = words.history_empty;
watch("value", draw);
draw();

function draw() {
  const films = Array.isArray(props.value) ? props.value : [];
  none.hidden = films.length > 0;
  list.replaceChildren(...films.map((film) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `#${film.id}`;
    const picture = document.createElement(film.thumb ? "img" : "i");
    if (film.thumb) Object.assign(picture, {src: film.thumb, alt: ""});
    link.append(picture, Object.assign(document.createElement("span"), {textContent: film.title || film.id}));
    item.append(link);
    return item;
  }));
}
