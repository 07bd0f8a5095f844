// Starts the program in its container. `FILES` stands before this: the addresses of what it loads.
const root = document.documentElement;
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
        add(`<${node.localName}`);
        walk(node);
        add("/");
      } else add(node.nodeType === Node.TEXT_NODE ? "t" : "!");
    }
  };
  walk(container);
  return `${hash}`;
}

// Hydrates; says whether that worked. What a program has begun that panicked meanwhile must not go on: its listeners go,
// and its tasks are not run.
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
  const { name, id, selectionStart, selectionEnd, selectionDirection } = document.activeElement ?? {};
  const isInside = container.contains(document.activeElement);
  container.replaceChildren();
  program.mount(container);

  const toggles = ["checkbox", "radio"];
  const named = (name) => [...container.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  const tell = (field, type) => field.dispatchEvent(new Event(type, { bubbles: true }));
  const set = new Set();
  for (const { id, name, type, value, checked } of fields) {
    const isToggle = toggles.includes(type);
    const field = named(name).find((field) => field.id === id && (!isToggle || field.value === value));
    // Others have put a field of the same name there.
    if (!field || set.has(field)) continue;
    set.add(field);
    if (isToggle && field.checked !== checked) {
      field.checked = checked;
      tell(field, "input");
      tell(field, "change");
    } else if (!isToggle && value && field.value !== value) {
      field.value = value;
      tell(field, "input");
    }
  }
  const focused = isInside && ((name && named(name)[0]) || (id && document.getElementById(id)));
  if (focused) {
    focused.focus({ preventScroll: true });
    if (selectionStart != null) focused.setSelectionRange?.(selectionStart, selectionEnd, selectionDirection);
  }
}

// An error whose cause has a text in the page, which watch.js shows.
const failed = (cause) => new Error(`The page could not be started: ${cause}`, { cause });

// Whether the server answers at all.
const isReachable = () =>
  fetch(location.pathname, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout?.(10_000) }).then(
    () => true,
    () => false,
  );

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

async function compile() {
  try {
    const response = await get(FILES.program);
    // A proxy may have changed the type.
    if (!isOf(response, "application/wasm") || !WebAssembly.compileStreaming) return await WebAssembly.compile(await response.arrayBuffer());
    return await WebAssembly.compileStreaming(response);
  } catch (error) {
    if (error.cause) throw error;
    if (/Content Security Policy|unsafe-eval/.test(error.message)) throw failed("blocked"); // by a policy that is not ours
    if (error instanceof WebAssembly.CompileError) throw failed("garbled");
    throw failed((await isReachable()) ? "blocked" : "unreachable"); // it broke off
  }
}

async function load(url) {
  try {
    return await import(url);
  } catch (error) {
    const isScript = isOf(await get(url), "text/javascript") && !(error instanceof SyntaxError);
    throw failed(isScript ? "blocked" : "garbled");
  }
}

async function run(script, compiled) {
  const program = await load(script);
  await program.default({ module_or_path: compiled });
  return program;
}

async function start() {
  if (!window.WebAssembly) throw failed("webassembly");
  const [compiled] = await Promise.all([compile(), load(FILES.script)]);
  let program = await run(FILES.script, compiled);
  let how = "hydrated";
  const container = find();
  if (container.dataset.structure !== structure(container)) how = "mounted";
  else if (!hydrate(program, container)) {
    how = "mounted again";
    program = await run(FILES.scriptAgain, compiled);
  }
  if (how !== "hydrated") mount(program, find());
  root.dataset.started = how;
}
start();
