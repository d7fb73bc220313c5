// Starts the application that the page was rendered by. The addresses of its two files are on the script's own tag.
const { glue, wasm } = document.getElementById("start").dataset;

try {
  const application = await import(glue);
  await application.default({ module_or_path: wasm });
  application.start();
} catch (error) {
  // A page that is of use without the application says nothing of it.
  document.getElementById("unstarted")?.removeAttribute("hidden");
  document.querySelector(".waiting")?.remove();
  throw error;
}
