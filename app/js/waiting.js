// Keeps the page of a place on a wait list as new as the server's messages, without an application: when the place has
// changed, the page is asked for again and what it says is put in place of what it said.
const parts = ["place", "place-ways"];
const shown = () => document.getElementById("place").dataset.state;

const follow = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const [old, fresh] = [document.getElementById(part), page.getElementById(part)];
    if (!fresh) return;
    old.innerHTML = fresh.innerHTML;
    Object.assign(old.dataset, fresh.dataset);
  }
};

const source = new EventSource(document.getElementById("place").dataset.stream);
source.addEventListener("entry", ({ data }) => {
  const { version, place } = JSON.parse(data);
  if (`${version}-${place ?? ""}` !== shown()) follow();
});
