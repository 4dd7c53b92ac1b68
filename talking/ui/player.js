/* Plays a film that is still being made: fragments of it go into the video element as they arrive. The server answers
   when there is a first picture, and tells the codecs then; a line that is cut means that the film was begun anew. */
function openLive(video, address, onGone) {
  const Source = window.ManagedMediaSource || window.MediaSource;
  if (!Source) return null;
  const stop = new AbortController();
  const live = {ended: false, closed: false, close};
  let url = "";
  begin().catch((error) => { if (!live.closed) onGone(error); });
  return live;

  async function begin() {
    const answer = await fetch(address, {signal: stop.signal, cache: "no-store"});
    const kind = answer.headers.get("content-type") || "";
    if (!answer.ok || !Source.isTypeSupported(kind)) throw new Error(String(answer.status));
    const source = new Source();
    if (window.ManagedMediaSource) video.disableRemotePlayback = true;
    url = URL.createObjectURL(source);
    video.src = url;
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve, {once: true}));
    const buffer = source.addSourceBuffer(kind);
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) await append(buffer, part.value);
    live.ended = true;
    if (source.readyState === "open") source.endOfStream();
  }

  function append(buffer, bytes) {
    return new Promise((resolve, reject) => {
      buffer.addEventListener("updateend", resolve, {once: true});
      buffer.addEventListener("error", () => reject(new Error("append")), {once: true});
      buffer.appendBuffer(bytes);
    });
  }

  function close() {
    live.closed = true;
    stop.abort();
    if (url) URL.revokeObjectURL(url);
  }
}
