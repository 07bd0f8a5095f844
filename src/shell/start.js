// Starts the program in its container. shell.rs puts `FILES`, the paths of the files, in front of this script.
const root = document.documentElement;
// Tells watch.js that this script was not blocked, and the program which script has loaded it.
root.dataset.script = FILES.script;
// An extension may add an element with the same id, or replace this one while the program loads.
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

// Whether the container has the structure that the server sent. Reading it fails if a form has a field with the name of
// such a property, such as `childNodes`.
function isUnchanged(container) {
  try {
    return container.dataset.structure === structure(container);
  } catch {
    return false;
  }
}

// Replaces a function of the window until the returned function is called. Does nothing if other software has made the
// function read-only.
function override(name, replacement) {
  const own = Object.getOwnPropertyDescriptor(window, name);
  Reflect.defineProperty(window, name, { value: replacement, configurable: true, writable: true });
  return () => (own ? Reflect.defineProperty(window, name, own) : Reflect.deleteProperty(window, name));
}

// Hydrates; returns whether that worked. After a panic, it removes the listeners that the program has added to the
// window, and cancels the microtasks that it has queued.
function hydrate(program, container) {
  const { queueMicrotask, addEventListener } = window;
  const attempt = new AbortController();
  const { signal } = attempt;
  const restore = [
    override("queueMicrotask", (task) => queueMicrotask(() => signal.aborted || task())),
    override("addEventListener", (type, listener, options) => {
      const { capture = options === true, once, passive } = Object(options);
      addEventListener.call(window, type, listener, { capture, once, passive, signal });
    }),
  ];
  try {
    program.hydrate(container);
    return true;
  } catch {
    attempt.abort();
    return false;
  } finally {
    for (const undo of restore) undo();
  }
}

// Renders the page anew, and restores values, checkboxes, focus and selection. A value that the browser has filled in
// but does not expose to scripts yet is lost.
function mount(program, container) {
  const saved = [...container.querySelectorAll("input")].map(({ id, name, type, value, checked }) => ({
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
  const others = [...toggles, "hidden"];
  const dispatch = (field, type) => field.dispatchEvent(new Event(type, { bubbles: true }));
  for (const field of container.querySelectorAll("input")) {
    const { id, name, type } = field;
    const isToggle = toggles.includes(type);
    // The types of text fields may differ: that of a visible password is "text".
    const isAlike = (old) => (isToggle ? old.type === type && old.value === field.value : !others.includes(old.type));
    const comparable = saved.filter(isAlike);
    // Other software may have renamed fields, or added its own.
    const hasName = (old) => old.name === name;
    const hasId = (old) => old.id === id;
    const ranks = [(old) => hasName(old) && hasId(old), hasName, (old) => id && hasId(old)];
    const same = ranks.map((isSame) => comparable.filter(isSame)).find(({ length }) => length > 0) ?? [];
    const old = isToggle ? same[0] : same.find(({ value }) => value);
    if (isToggle && old && field.checked !== old.checked) {
      field.checked = old.checked;
      dispatch(field, "input");
      dispatch(field, "change");
    } else if (!isToggle && old && field.value !== old.value) {
      field.value = old.value;
      dispatch(field, "input");
    }
  }
  for (const attribute of active ? ["name", "id", "href"] : []) {
    const value = active.getAttribute(attribute);
    const same = value ? [...container.querySelectorAll(`[${attribute}="${CSS.escape(value)}"]`)] : [];
    const focused = same.find((element) => element.value === active.value) ?? same[0];
    if (!focused) continue;
    focused.focus({ preventScroll: true });
    if (selectionStart != null) focused.setSelectionRange?.(selectionStart, selectionEnd, selectionDirection);
    return;
  }
}

// Whether a Content-Security-Policy that a proxy or an extension has added blocks one of the files, or WebAssembly.
let isForbidden = false;
addEventListener("securitypolicyviolation", ({ disposition, blockedURI }) => {
  const isNeeded = blockedURI === "wasm-eval" || blockedURI.startsWith(`${location.origin}/`);
  isForbidden ||= disposition === "enforce" && isNeeded;
});

// An error with a cause, for which watch.js shows a text.
const failed = (startCause) => Object.assign(new Error(`The page couldn't load: ${startCause}`), { startCause });
// A `securitypolicyviolation` event comes shortly after the failure that it explains.
const policyEvents = () => new Promise((resolve) => setTimeout(resolve));
async function failedUnlessForbidden(findCause) {
  await policyEvents();
  return failed(isForbidden ? "blocked" : await findCause());
}

// Whether the server can be reached. Also tries an image, because a content blocker may block every fetch.
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

// Fetches a file, or finds out why that failed: the error of `fetch` is the same without a network and if it is
// blocked.
async function get(url) {
  const response = await fetch(url).catch(async () => {
    throw await failedUnlessForbidden(interrupted);
  });
  const { ok, status } = response;
  if (status === 404 || status === 410) throw failed(await causeOfMissing());
  // 511 and the remaining statuses come from captive portals and proxies.
  if (!ok) throw failed(status === 408 || status === 429 || (status >= 500 && status !== 511) ? "server" : "invalid");
  return response;
}

// The cause if a file was not received completely.
const interrupted = async () => ((await isReachable()) ? "blocked" : "unreachable");

// Why the server does not have a file: compares with a fresh copy of this page, which names the files of the current
// version.
async function causeOfMissing() {
  const response = await fetch(location.href, { cache: "no-store" }).catch(() => undefined);
  const page = await response?.text().catch(() => undefined);
  if (page === undefined) return interrupted();
  if (page.includes(FILES.script)) return "missing";
  if (page.includes("data-structure")) return "replaced";
  return response.status >= 500 && response.status !== 511 ? "server" : "invalid";
}

const hasType = (response, type) => response.headers.get("content-type")?.includes(type);

// A module with an `externref` table, the newest WebAssembly feature that the program needs.
const NEEDED = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 4, 4, 1, 111, 0, 0);

// Makes `instantiateStreaming` accept files whose content type a proxy has changed, also those that the program loads
// later.
function acceptAnyType() {
  const { instantiateStreaming } = WebAssembly;
  const value = async (source, imports) => {
    const response = await source;
    const canStream = hasType(response, "application/wasm") && instantiateStreaming;
    if (canStream) return instantiateStreaming.call(WebAssembly, response, imports);
    return WebAssembly.instantiate(await response.arrayBuffer(), imports);
  };
  // Not an assignment, which throws if other software has frozen the object.
  Reflect.defineProperty(WebAssembly, "instantiateStreaming", { value, configurable: true, writable: true });
}

async function compile() {
  try {
    const response = await get(FILES.program);
    const canStream = hasType(response, "application/wasm") && WebAssembly.compileStreaming;
    if (canStream) return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    if (error.startCause) throw error;
    if (error instanceof RangeError) throw failed("memory");
    // Firefox and Safari report a blocked compilation only in this message.
    if (/Content Security Policy|blocked by CSP|unsafe-eval/.test(error.message)) throw failed("blocked");
    const unreadable = () => (WebAssembly.validate(NEEDED) ? "invalid" : "outdated");
    throw await failedUnlessForbidden(error instanceof WebAssembly.CompileError ? unreadable : interrupted);
  }
}

async function load(url) {
  try {
    return await import(url);
  } catch (error) {
    const response = await get(url);
    const isScript = hasType(response, "javascript") && !(error instanceof SyntaxError);
    if (!isScript) throw failed("invalid");
    // The script imports another file, which may be the missing one.
    const imports = (await response.text()).matchAll(/from\s*"(\.\/[^"]+)"/g);
    for (const [, file] of imports) await get(new URL(file, new URL(url, location.href)));
    throw failed("blocked");
  }
}

async function run(script, compiled) {
  const program = await load(script);
  await program.default({ module_or_path: compiled }).catch(async (error) => {
    // The browser could not allocate the program's memory.
    if (error instanceof RangeError) throw failed("memory");
    await policyEvents();
    throw isForbidden ? failed("blocked") : error;
  });
  return program;
}

async function start() {
  if (!window.WebAssembly) throw failed("webassembly");
  acceptAnyType();
  const [compiled] = await Promise.all([compile(), load(FILES.script)]);
  let program = await run(FILES.script, compiled);
  let started = "hydrated";
  const container = find();
  if (!isUnchanged(container)) started = "mounted";
  else if (!hydrate(program, container)) {
    started = "mounted again";
    program = await run(FILES.scriptAgain, compiled);
  }
  if (started !== "hydrated") mount(program, find());
  root.dataset.started = started;
}
start();
