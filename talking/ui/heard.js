/* A sentence that is heard before it is filmed; the same one twice when it is asked for twice. */
const sound = element.querySelector("audio");
watch("value", () => {
  if (!props.value?.sound) return;
  sound.src = props.value.sound;
  sound.play().catch(() => {});
});
