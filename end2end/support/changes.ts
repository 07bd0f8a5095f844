// Changes that other software makes to a page: browser extensions, proxies, translators. Each function runs in the
// browser and uses nothing from outside.

export type Change = () => void;

/** Changes of the structure, after which the client cannot hydrate the server's HTML. */
export const CHANGES: Record<string, Change> = {
  "an icon inserted after the last input": () => {
    const inputs = document.querySelectorAll("main input:not([type=hidden])");
    (inputs[inputs.length - 1] ?? document.querySelector("h1")!).after(document.createElement("div"));
  },
  "an element inserted at the start of the container": () => {
    document.querySelector("#app")!.prepend(document.createElement("my-icon"));
  },
  "a script inserted at the end of the main part": () => {
    document.querySelector("main")!.append(document.createElement("script"));
  },
  "an element inserted into the heading": () => document.querySelector("h1")!.prepend(document.createElement("i")),
  "a text inserted before the heading": () => document.querySelector("h1")!.before("inserted"),
  "a comment inserted before the heading": () => {
    document.querySelector("h1")!.before(document.createComment("inserted"));
  },
  "a field of its own inserted before the first": () => {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "password";
    (document.querySelector("main form") ?? document.querySelector("main")!).prepend(input);
  },
  "each input wrapped": () => {
    for (const input of document.querySelectorAll("#app input")) {
      const wrapper = document.createElement("span");
      input.replaceWith(wrapper);
      wrapper.append(input);
    }
  },
  "each button and link wrapped": () => {
    for (const button of document.querySelectorAll("#app button, #app a")) {
      const wrapper = document.createElement("span");
      button.replaceWith(wrapper);
      wrapper.append(button);
    }
  },
  "the heading wrapped": () => {
    const heading = document.querySelector("h1")!;
    const wrapper = document.createElement("div");
    heading.replaceWith(wrapper);
    wrapper.append(heading);
  },
  "all of the main part wrapped": () => {
    const main = document.querySelector("main")!;
    const wrapper = document.createElement("div");
    wrapper.append(...main.childNodes);
    main.append(wrapper);
  },
  "all of the container wrapped": () => {
    const app = document.querySelector("#app")!;
    const wrapper = document.createElement("div");
    wrapper.append(...app.childNodes);
    app.append(wrapper);
  },
  "the footer removed": () => document.querySelector("footer")!.remove(),
  "the logo removed": () => document.querySelector("svg")!.remove(),
  "the live regions removed": () => {
    for (const region of document.querySelectorAll("main > [role=status]")) region.remove();
  },
  "the comments stripped": () => {
    const comments = document.createNodeIterator(document, NodeFilter.SHOW_COMMENT);
    for (let comment = comments.nextNode(); comment; comment = comments.nextNode()) (comment as Comment).remove();
  },
  "the comments of the main part stripped": () => {
    const comments = document.createNodeIterator(document.querySelector("main")!, NodeFilter.SHOW_COMMENT);
    for (let comment = comments.nextNode(); comment; comment = comments.nextNode()) (comment as Comment).remove();
  },
  "the texts translated": () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) found.push(texts.currentNode as Text);
    for (const text of found) {
      if (!text.data.trim() || text.parentElement!.closest("script, noscript")) continue;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      outer.append(inner);
      inner.append(`[${text.data}]`);
      text.replaceWith(outer);
    }
  },
  "the texts split": () => {
    const texts = document.createTreeWalker(document.querySelector("main")!, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) found.push(texts.currentNode as Text);
    for (const text of found) if (text.length > 1) text.splitText(1);
  },
  "the texts of paragraphs removed": () => {
    const texts = [...document.querySelectorAll("main p")].flatMap((paragraph) => [...paragraph.childNodes]);
    for (const text of texts) if (text.nodeType === Node.TEXT_NODE) text.remove();
  },
};

/** Changes that leave the container's structure alone. */
export const HARMLESS: Record<string, Change> = {
  "a banner at the start of the document": () => document.body.prepend(document.createElement("div")),
  "another element with the id of the container": () => {
    const other = document.createElement("div");
    other.id = "app";
    document.body.prepend(other);
  },
  "an element at the end of the document": () => document.body.append(document.createElement("my-extension")),
  "attributes added": () => {
    for (const input of document.querySelectorAll("input")) {
      input.setAttribute("data-lpignore", "true");
      input.style.setProperty("background-color", "yellow");
    }
    document.body.className = "extended";
  },
  "each input replaced by a copy": () => {
    for (const input of document.querySelectorAll("main input")) input.replaceWith(input.cloneNode());
  },
  "the texts changed in place": () => {
    const texts = document.createTreeWalker(document.querySelector("main")!, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.nodeValue = `[${texts.currentNode.nodeValue}]`;
  },
};
