/* Plays a film that is still being made: fragments of `address` go into the video element as they arrive. */
function openLive(video, address, codecs, onGone) {
  const Source = window.ManagedMediaSource || window.MediaSource;
  const kind = `video/mp4; codecs="${codecs}"`;
  if (!Source || !Source.isTypeSupported(kind)) return null;
  const source = new Source();
  const stop = new AbortController();
  const url = URL.createObjectURL(source);
  const live = {ended: false, closed: false, close};
  if (window.ManagedMediaSource) video.disableRemotePlayback = true;
  video.src = url;
  source.addEventListener("sourceopen", begin, {once: true});

  async function begin() {
    try {
      const buffer = source.addSourceBuffer(kind);
      const answer = await fetch(address, {signal: stop.signal, cache: "no-store"});
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.getReader();
      for (;;) {
        const {done, value} = await reader.read();
        if (done) break;
        await append(buffer, value);
      }
      live.ended = true;
      if (source.readyState === "open") source.endOfStream();
    } catch (error) {
      if (!live.closed) onGone(error);
    }
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
    URL.revokeObjectURL(url);
  }
  return live;
}
