// Starts the program in its container. `FILES` stands before this: the addresses of what it loads.
const root = document.documentElement;
root.dataset.starting = ""; // watch.js knows by it that this script was not blocked
// Extensions may add an element of the same id, and replace ours while the program loads.
const find = () => document.querySelector("#app[data-structure]") ?? document.getElementById("app");

// The container's structure as one number: see structure.rs.
function structure(container) {
  let hash = 0;
  const add = (text) => {
    for (const c of text) hash = (Math.imul(hash, 31) + c.charCodeAt(0)) | 0;
  };
  const walk = (parent) => {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        add(`<${node.localName}${node.getAttribute("name") ?? ""}`);
        walk(node);
        add("/");
      } else add(node.nodeType === Node.TEXT_NODE ? "t" : "!");
    }
  };
  walk(container);
  return `${hash}`;
}

// Hydrates; returns whether that worked. After a panic, what the program has begun must not go on: its listeners are
// removed, and its tasks are not run.
function hydrate(program, container) {
  const { queueMicrotask } = window;
  const attempt = new AbortController();
  const { signal } = attempt;
  window.queueMicrotask = (task) => queueMicrotask(() => signal.aborted || task());
  window.addEventListener = (type, listener) =>
    EventTarget.prototype.addEventListener.call(window, type, listener, { signal });
  try {
    program.hydrate(container);
    return true;
  } catch {
    attempt.abort();
    return false;
  } finally {
    window.queueMicrotask = queueMicrotask;
    delete window.addEventListener;
  }
}

// Builds the page anew, whatever stands in the container, and keeps what was typed, ticked and selected: by the fields'
// ids, or else their names. A value that the browser has filled in and does not show to scripts yet is not known here.
function mount(program, container) {
  const fields = [...container.querySelectorAll("[name]")].map(({ id, name, type, value, checked }) => ({
    id,
    name,
    type,
    value,
    checked,
  }));
  const active = container.contains(document.activeElement) ? document.activeElement : null;
  const { selectionStart, selectionEnd, selectionDirection } = active ?? {};
  container.replaceChildren();
  program.mount(container);

  const toggles = ["checkbox", "radio"];
  const withAttribute = (name, value) => [...container.querySelectorAll(`[${name}="${CSS.escape(value)}"]`)];
  const dispatch = (field, type) => field.dispatchEvent(new Event(type, { bubbles: true }));
  const set = new Set();
  for (const { id, name, type, value, checked } of fields) {
    const isToggle = toggles.includes(type);
    const field = withAttribute("name", name).find((field) => field.id === id && (!isToggle || field.value === value));
    // Others have put a field of the same name there.
    if (!field || set.has(field)) continue;
    set.add(field);
    if (isToggle && field.checked !== checked) {
      field.checked = checked;
      dispatch(field, "input");
      dispatch(field, "change");
    } else if (!isToggle && value && field.value !== value) {
      field.value = value;
      dispatch(field, "input");
    }
  }
  if (!active) return;
  // The element that corresponds to the one with the focus: by the first attribute that it has of these.
  const attribute = ["name", "id", "href"].find((name) => active.getAttribute(name));
  const same = attribute ? withAttribute(attribute, active.getAttribute(attribute)) : [];
  const focused = same.find((element) => element.value === active.value) ?? same[0];
  focused?.focus({ preventScroll: true });
  if (selectionStart != null) focused?.setSelectionRange?.(selectionStart, selectionEnd, selectionDirection);
}

// An error whose cause has a text in the page, which watch.js shows.
const failed = (cause) => new Error(`The page couldn't load: ${cause}`, { cause });

// Whether the server answers at all: to a fetch, or, since a content blocker may forbid every fetch, with an image.
async function isReachable() {
  const fetched = fetch(location.href, { method: "HEAD", cache: "no-store" });
  const image = new Image();
  const loaded = new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject }));
  image.src = `/favicon.svg?${Date.now()}`;
  const tooLate = new Promise((resolve, reject) => setTimeout(reject, 10_000));
  return Promise.race([Promise.any([fetched, loaded]), tooLate]).then(
    () => true,
    () => false,
  );
}

// Fetches a file, or says why that failed: a fetch alone does not tell a missing network from something that blocks it.
async function get(url) {
  const response = await fetch(url).catch(async () => {
    throw failed((await isReachable()) ? "blocked" : "unreachable");
  });
  if (response.status === 404 || response.status === 410) throw failed("replaced");
  if (!response.ok) throw failed("server");
  return response;
}

const isOf = (response, type) => response.headers.get("content-type")?.startsWith(type);

// Whether a file begins as WebAssembly does.
async function isWebAssembly(url) {
  const bytes = new Uint8Array(await (await get(url)).arrayBuffer());
  return "\0asm" === String.fromCharCode(...bytes.subarray(0, 4));
}

async function compile() {
  try {
    const response = await get(FILES.program);
    // A proxy may have changed the type.
    const canStream = isOf(response, "application/wasm") && WebAssembly.compileStreaming;
    return await (canStream ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  } catch (error) {
    if (error.cause) throw error;
    // By a policy that is not ours.
    if (/Content Security Policy|unsafe-eval/.test(error.message)) throw failed("blocked");
    const isInvalid = error instanceof WebAssembly.CompileError;
    if (isInvalid) throw failed((await isWebAssembly(FILES.program)) ? "outdated" : "invalid");
    throw failed((await isReachable()) ? "blocked" : "unreachable"); // it was interrupted
  }
}

async function load(url) {
  try {
    return await import(url);
  } catch (error) {
    const response = await get(url);
    const isScript = isOf(response, "text/javascript") && !(error instanceof SyntaxError);
    if (!isScript) throw failed("invalid");
    // It imports another file, which may be the one that is missing.
    const imports = (await response.text()).matchAll(/from\s*"(\.\/[^"]+)"/g);
    for (const [, file] of imports) await get(new URL(file, response.url));
    throw failed("blocked");
  }
}

async function run(script, compiled) {
  const program = await load(script);
  await program.default({ module_or_path: compiled }).catch((error) => {
    throw error instanceof RangeError ? failed("memory") : error; // the browser found no room for the program's memory
  });
  return program;
}

async function start() {
  if (!window.WebAssembly) throw failed("webassembly");
  const [compiled] = await Promise.all([compile(), load(FILES.script)]);
  let program = await run(FILES.script, compiled);
  let started = "hydrated";
  const container = find();
  if (container.dataset.structure !== structure(container)) started = "mounted";
  else if (!hydrate(program, container)) {
    started = "mounted again";
    program = await run(FILES.scriptAgain, compiled);
  }
  if (started !== "hydrated") mount(program, find());
  root.dataset.started = started;
}
start();
